"""Warnings -> messages to people: each once, several as one digest, tried again when the line is down.

In: a store and the time. Out: what was told, and what waits. A warning is told once in its cooldown; more than
`digest_above` new ones go as one message; a failure is tried `tries` times at once with growing pauses and again by
the next call, until `give_up` calls failed. Example: `notify(store, settings.channels, datetime.now(UTC))`.
"""

from __future__ import annotations

import smtplib
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from nuanqun import subscriptions
from nuanqun.channels import Channel, Notice, channels
from nuanqun.errors import NotDelivered, NuanqunError, UnsafeAddress
from nuanqun.figures import plain
from nuanqun.outbound import send
from nuanqun.report.facts import read_facts
from nuanqun.report.weekly import Names, weekly_report
from nuanqun.settings import ChannelSettings
from nuanqun.store import Store
from nuanqun.subscriptions import LEVELS, Subscription
from nuanqun.words import rule, sentence, t, word

LONG_AGO = timedelta(days=3650)
Row = dict[str, Any]


@dataclass
class Told:
    """What one call did, by the name of the subscription."""

    delivered: Counter[str] = field(default_factory=Counter)
    waiting: Counter[str] = field(default_factory=Counter)  # no room in this minute
    errors: dict[str, str] = field(default_factory=dict)


def notify(
    store: Store, settings: ChannelSettings, now: datetime, *, pause: Callable[[float], None] = time.sleep
) -> Told:
    """Tell every subscription what is new to it."""
    done = Told()
    for subscription in (s for s in subscriptions.listed(store.engine) if s.enabled):
        for notice, keys in _digested(_fresh(store, subscription, settings, now), settings):
            if subscriptions.room(store.engine, subscription, now) == 0:
                done.waiting[subscription.name] += len(keys)
                continue
            error = deliver(subscription, notice, settings, now, pause=pause)
            subscriptions.record(store.engine, subscription.id, keys, now, error)
            if error:
                done.errors[subscription.name] = error
            else:
                done.delivered[subscription.name] += len(keys)
    return done


def deliver(
    subscription: Subscription,
    notice: Notice,
    settings: ChannelSettings,
    now: datetime,
    *,
    pause: Callable[[float], None] = time.sleep,
) -> str:
    """Send one notice and return "" or why it was not taken; never raises for a network that is down."""
    channel, error = channels()[subscription.channel], ""
    for attempt in range(settings.tries):
        if attempt:
            pause(settings.first_pause * 4 ** (attempt - 1))
        try:
            error = _once(channel, notice, subscription, settings, now)
        except UnsafeAddress as refused:
            return str(refused)
        except (NotDelivered, smtplib.SMTPException, OSError, NuanqunError) as failed:
            error = str(failed)
        if not error:
            return ""
    return _without_secrets(error, subscription)


def _once(
    channel: Channel, notice: Notice, subscription: Subscription, settings: ChannelSettings, now: datetime
) -> str:
    if channel.post is None:
        assert channel.send is not None
        channel.send(notice, subscription.config)
        return ""
    answer = send(channel.post(notice, subscription.config, now), hosts=channel.hosts, inside=settings.inside)
    return channel.accepted(answer)


def _without_secrets(error: str, subscription: Subscription) -> str:
    for name in channels()[subscription.channel].secret:
        if value := subscription.config.get(name, ""):
            error = error.replace(value, "•••")
    return error


def trial_notice(now: datetime) -> Notice:
    """What the button "send a test" sends."""
    return Notice(t("notify.test"), (t("notify.test_line", at=f"{now:%Y-%m-%d %H:%M} UTC"),), f"test/{now:%s}")


# --- what is new


def _fresh(
    store: Store, subscription: Subscription, settings: ChannelSettings, now: datetime
) -> list[tuple[str, Notice]]:
    """(key, notice) of everything this subscription should hear and has not heard within its cooldown."""
    records = subscriptions.attempts(store.engine, subscription.id, now - LONG_AGO)
    recent = now - timedelta(days=settings.cooldown_days)
    heard = {row["key"] for row in records if not row["error"] and row["at"] >= recent}
    failed = Counter(row["key"] for row in records if row["error"])
    wanted = [*_warnings(store, subscription), *_reports(store, subscription)]
    return [(key, notice) for key, notice in wanted if key not in heard and failed[key] < settings.give_up]


def _warnings(store: Store, subscription: Subscription) -> list[tuple[str, Notice]]:
    names = {row["chat_id"]: row["name"] for row in store.chats().select(["chat_id", "name"]).to_pylist()}
    found = []
    for alert in store.table("alerts").to_pylist():
        wanted = subscription.chats is None or alert["chat_id"] in subscription.chats
        if wanted and LEVELS.index(alert["severity"]) >= LEVELS.index(subscription.least):
            key = f"{alert['chat_id']}/{alert['rule']}"
            found.append((key, _warning(store, subscription, alert, names[alert["chat_id"]], key)))
    return found


def _warning(store: Store, subscription: Subscription, alert: Row, name: str, key: str) -> Notice:
    say = sentence
    if subscription.mask_names:
        say = Names(store.table("members", alert["chat_id"]).to_pylist(), mask=True).sentence
    actions = dict(alert["actions"])
    lines = [say(why) for why in alert["why"][:3]]
    lines += [t("notify.action", action=say(actions["manager"]))] if "manager" in actions else []
    title = t(
        "notify.warning", chat=plain(name), severity=word("severity", alert["severity"]), rule=rule(alert["rule"])
    )
    return Notice(title, tuple(lines), key)


def _reports(store: Store, subscription: Subscription) -> list[tuple[str, Notice]]:
    """The last whole week of every chat, once a week of its own history."""
    found = []
    for chat in store.chats().to_pylist() if subscription.weekly else []:
        if subscription.chats is not None and chat["chat_id"] not in subscription.chats:
            continue
        report = weekly_report(read_facts(store, chat["chat_id"]), mask_names=subscription.mask_names)
        key = f"{chat['chat_id']}/weekly/{report.window}"
        steps = [said.text for section in report.sections if section.id == "steps" for said in section.sentences[:3]]
        found.append((key, Notice(report.title, (report.window, report.headline, *steps), key)))
    return found


def _digested(fresh: list[tuple[str, Notice]], settings: ChannelSettings) -> list[tuple[Notice, list[str]]]:
    """One message each, or one for all when there are many."""
    if len(fresh) <= settings.digest_above:
        return [(notice, [key]) for key, notice in fresh]
    lines = tuple(f"{notice.title} — {notice.lines[0]}" if notice.lines else notice.title for _, notice in fresh)
    keys = [key for key, _ in fresh]
    return [(Notice(t("notify.digest", count=len(fresh)), lines, "digest/" + keys[0]), keys)]
