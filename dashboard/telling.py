"""Reports, downloads and channels: what leaves the dashboard, each behind the guard.

In: choices of the pages. Out: reports, files, stored channels. Example: `report(chat_id, None, mask_names=True)`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from dashboard.guard import act, need
from dashboard.opened import store, workspace
from nuanqun import subscriptions
from nuanqun.downloads import write_table
from nuanqun.notify import deliver, trial_notice
from nuanqun.report import WeeklyReport, read_facts, render, weekly_report
from nuanqun.settings import ChannelSettings, load_settings
from nuanqun.subscriptions import Subscription

TABLES = ("days", "members", "alerts")
"""Tables of one chat that can be downloaded."""


def report(chat_id: str, end: date | None, *, mask_names: bool) -> WeeklyReport:
    """The weekly report of a chat for the screen."""
    need("report", chat_id)
    return weekly_report(read_facts(store(), chat_id, end=end), mask_names=mask_names)


@act("report", "end", "mask_names", "form")
def report_file(chat_id: str, end: date | None, mask_names: bool, form: str) -> bytes:
    """The weekly report as a file."""
    return render(report(chat_id, end, mask_names=mask_names), form)


@act("report", "name", "form")
def table_file(chat_id: str, name: str, form: str) -> bytes:
    """One table of a chat as a file."""
    if name not in TABLES:
        raise KeyError(name)
    return write_table(store().table(name, chat_id), form)


# --- channels


def _settings() -> ChannelSettings:
    return load_settings(workspace()).channels


def channels() -> list[Subscription]:
    """Every channel that is set up."""
    need("change_settings")
    return subscriptions.listed(store().engine)


def deliveries(days: int = 14) -> list[dict[str, Any]]:
    """Attempts of the last days, newest first, with the name of their channel."""
    since = datetime.now(UTC) - timedelta(days=days)
    found = [
        {**row, "channel": subscription.name}
        for subscription in channels()
        for row in subscriptions.attempts(store().engine, subscription.id, since)
    ]
    return sorted(found, key=lambda row: row["at"], reverse=True)


@act("change_settings", "name", "kind", "least", "chats", "weekly", "mask_names")
def add_channel(
    name: str,
    kind: str,
    config: Mapping[str, str],
    least: str,
    chats: Iterable[str] | None,
    weekly: bool,
    mask_names: bool,
) -> int:
    """Set up a channel; raises NuanqunError on a bad configuration."""
    return subscriptions.add(
        store().engine, name, kind, config, inside=_settings().inside, least=least, chats=chats, weekly=weekly,
        mask_names=mask_names,
    )  # fmt: skip


@act("change_settings", "subscription_id", "enabled")
def switch_channel(subscription_id: int, enabled: bool) -> None:
    """Turn a channel on or off."""
    subscriptions.switch(store().engine, subscription_id, enabled=enabled)


@act("change_settings", "subscription_id")
def remove_channel(subscription_id: int) -> None:
    """Delete a channel with its secrets."""
    subscriptions.remove(store().engine, subscription_id)


@act("change_settings", "subscription_id")
def try_channel(subscription_id: int) -> str:
    """Send a test message; returns "" or why it was not taken."""
    now = datetime.now(UTC)
    (wanted,) = [s for s in subscriptions.listed(store().engine) if s.id == subscription_id]
    return deliver(wanted, trial_notice(now), _settings(), now)
