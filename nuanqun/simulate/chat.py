"""One chat from its first day to its last: a fate in, a `SimulatedChat` out.

Example: `simulate_chat(FATES["tech"], seed=7, copy=0, start=date(2025, 3, 3), scale=1.0, campaigns=[...])`.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta, timezone
from random import Random

from nuanqun.simulate import moments
from nuanqun.simulate.ads import Campaign, advertise
from nuanqun.simulate.bank import Thread, fill, load_theme
from nuanqun.simulate.fates import Fate, value, vary
from nuanqun.simulate.model import SimulatedChat, SimulatedMember
from nuanqun.simulate.people import cast_members
from nuanqun.simulate.scene import Scene
from nuanqun.simulate.talk import converse

ZONE = timezone(timedelta(hours=8))
LAST_WEEKS = 28
REVIVAL = 4.5
"""Conversations on the day a quiet chat comes to life."""


def simulate_chat(
    fate: Fate, seed: int, copy: int, start: date, scale: float, campaigns: list[Campaign]
) -> SimulatedChat:
    """Write one chat; the same arguments give the same chat, whatever else is simulated beside it."""
    rng = Random(f"nuanqun/{seed}/{fate.id}/{copy}")
    theme = load_theme(fate.id)
    fate = vary(fate, rng)
    morning = datetime(start.year, start.month, start.day, tzinfo=ZONE)
    scene = Scene(theme, fate, rng, cast_members(theme, fate, morning, scale, rng))
    plan_departures(scene, morning)
    name = fill(rng.choice(theme.names), rng, theme.slots, {}) + (f"·{copy + 1}" if copy else "")
    scene.opened = morning + timedelta(hours=9, minutes=40)
    scene.revivals = set(rng.sample(range(20, fate.days - LAST_WEEKS), fate.revivals)) if fate.revivals else set()
    scene.tell("group_created", morning + timedelta(hours=8), [scene.owner], [], name)
    active = _tail_days(fate, rng)
    for day in range(fate.days):
        if day < fate.days - LAST_WEEKS or day in active:
            live_day(scene, morning + timedelta(days=day), day, scale, campaigns)
            if fate.tail and day >= fate.days - LAST_WEEKS:
                kindle(scene, scene.clock(morning + timedelta(days=day)))
        depart(scene, morning + timedelta(days=day))
    last_word(scene, morning + timedelta(days=fate.days - 1))
    end = start + timedelta(days=fate.days)
    return _finish(scene, name, start, end, morning)


def _tail_days(fate: Fate, rng: Random) -> set[int]:
    """The days of the last four weeks on which anything happens; all of them unless the fate is a cold end."""
    days = range(max(0, fate.days - LAST_WEEKS), fate.days)
    if fate.tail is None:
        return set(days)
    return set(rng.sample(days[:-1], rng.randint(*fate.tail) - 1))


def live_day(scene: Scene, day: datetime, number: int, scale: float, campaigns: list[Campaign]) -> None:
    """Everything that happens on one day; `day` is its midnight."""
    rng, fate = scene.rng, scene.fate
    rate = value(fate.threads, number) * scene.theme.weekdays[day.weekday()] * scale
    if number in scene.revivals:
        rate = REVIVAL * scale
    scene.level = min(1.0, rate / max(y for _, y in fate.threads) / scale)
    scene.look_in(day)
    arrive(scene, day)
    if fate.checkins and rng.random() < 0.97:
        moments.check_in(scene, day)
    if rng.random() < fate.greetings * scene.level:
        moments.greet(scene, day)
    for _ in range(scene.poisson(rate)):
        kindle(scene, scene.clock(day))
    for act, weekly in _programme(scene):
        for _ in range(scene.poisson(weekly / 7)):
            act(scene.clock(day))
    ads = scene.poisson(value(fate.ads, number) * max(1.0, scale))
    for at in sorted(scene.clock(day) for _ in range(ads)):
        advertise(scene, campaigns, at)
    if rng.random() < 0.06 * scene.level:
        _trifle(scene, scene.clock(day))


def _programme(scene: Scene) -> list[tuple[Callable[[datetime], object], float]]:
    """Planned acts with their rate a week."""
    fate, rng, warmth = scene.fate, scene.rng, 0.2 + 0.8 * scene.level
    acts: list[tuple[Callable[[datetime], object], float]] = [
        (lambda at: moments.trader_incentive(scene, at), fate.incentives),
        (lambda at: moments.offer(scene, at), fate.offers),
        (lambda at: moments.red_packet(scene, at, takers=rng.randint(4, 9)), fate.red_packets * warmth),
    ]
    for moment, rate in (("announcement", fate.announcements), ("offline_meeting", fate.meetings)):
        for thread in (t for t in scene.theme.threads if t.moment == moment):
            play = moments.meeting if moment == "offline_meeting" else _announce
            acts.append((lambda at, t=thread, p=play: p(scene, t, at), rate * warmth))
    return acts


def _announce(scene: Scene, thread: Thread, at: datetime) -> None:
    converse(scene, thread, at, opener=scene.owner)


def kindle(scene: Scene, at: datetime) -> None:
    """Start a conversation; it may kindle further ones while people are there."""
    while True:
        thread = choose_thread(scene, at.month)
        last = converse(scene, thread, at) if thread else None
        if last is None or scene.rng.random() >= scene.fate.follow * scene.level:
            return
        at = last.sent_at + timedelta(minutes=scene.rng.lognormvariate(1.8, 0.8))
        if at.hour < 6:
            return


def choose_thread(scene: Scene, month: int) -> Thread | None:
    """A topic nobody has had for long, by the kind of opener the chat is used to."""
    rng = scene.rng
    if scene.level < 0.35 and rng.random() < 0.3:
        wanted = [t for t in scene.theme.threads if t.moment == "silence"]
    elif scene.fate.fate == "ad_flood" and scene.level < 0.8 and rng.random() < 0.3:
        wanted = [t for t in scene.theme.threads if t.moment == "flood"]
    elif rng.random() < scene.fate.common:
        wanted = [t for t in scene.theme.common if not t.months or month in t.months]
    else:
        by = rng.choices([o for o, _ in scene.fate.openers], [w for _, w in scene.fate.openers])[0]
        everyday = [t for t in scene.theme.threads if t.moment in (None, "secondhand", "festival")]
        wanted = [t for t in everyday if t.by == by] or everyday
    return scene.draw(tuple(id(t) for t in wanted), wanted) if wanted else None


def plan_departures(scene: Scene, morning: datetime) -> None:
    """Who leaves or falls silent when: the core member, the flooded ones, and some for no reason."""
    fate, rng = scene.fate, scene.rng
    for member in scene.members[1:]:
        stays = timedelta(days=rng.uniform(2, 20))
        if fate.core_leaves and member.number == 1:
            member.quiet_after = morning + timedelta(days=int(fate.core_leaves), hours=21)
            member.left = member.quiet_after + timedelta(minutes=rng.randint(5, 40))
        elif fate.fate == "ad_flood" and fate.decline and (member.kol or rng.random() < 0.8):
            days = fate.decline + (rng.uniform(44, 60) if member.kol else rng.betavariate(1.6, 1.3) * 62)
            member.quiet_after = max(morning + timedelta(days=days), (member.joined or morning) + stays)
            if rng.random() < 0.45:
                member.left = member.quiet_after + timedelta(hours=rng.uniform(1, 60))
        elif not member.kol and rng.random() < 0.1 and fate.days > 30:
            planned = morning + timedelta(days=rng.uniform(0.3, 0.98) * fate.days)
            member.quiet_after = max(planned, (member.joined or morning) + stays)
            member.left = member.quiet_after + timedelta(days=rng.uniform(0, 9))


def arrive(scene: Scene, day: datetime) -> None:
    """Write the notices of those who come in on this day, and how they are received."""
    tomorrow = day + timedelta(days=1)
    coming = [m for m in scene.members[1:] if not m.ad_account and m.joined and day <= m.joined < tomorrow]
    founders = [m for m in coming if m.joined_by == "founder"]
    if founders:
        scene.tell("invite", founders[0].joined or day, [scene.owner], founders)
    for member in (m for m in coming if m.joined_by != "founder"):
        scene.tell(member.joined_by, member.joined or day, [member.invited_by or scene.owner], [member])
        moments.welcome(scene, member)


def depart(scene: Scene, day: datetime) -> None:
    """Write the notices of those who leave on this day; a core member says goodbye first."""
    tomorrow = day + timedelta(days=1)
    for member in (m for m in scene.members if not m.ad_account):
        if member.kol and member.quiet_after and day <= member.quiet_after < tomorrow:
            _farewell(scene, member)
        if member.left and day <= member.left < tomorrow:
            scene.tell("leave", member.left, [member], [])


def _farewell(scene: Scene, member: SimulatedMember) -> None:
    threads = [t for t in scene.theme.threads if t.moment == "farewell"]
    if threads and member.quiet_after:
        converse(scene, threads[0], member.quiet_after - timedelta(minutes=4), opener=member)


def _trifle(scene: Scene, at: datetime) -> None:
    """A recall or a nudge."""
    if len(scene.present) < 2:
        return
    one, other = scene.rng.sample(scene.present, 2)
    if scene.rng.random() < 0.5:
        scene.tell("recall", at, [one], [])
    else:
        scene.tell("nudge", at, [one], [other])


def last_word(scene: Scene, day: datetime) -> None:
    """The end of the export: a closing announcement, or one more voice into the silence, or an ordinary evening."""
    at = day + timedelta(hours=scene.rng.uniform(18, 21.5))
    scene.look_in(day)
    moment = "farewell" if scene.fate.closes else "silence"
    threads = [t for t in scene.theme.threads if t.moment == moment]
    if scene.fate.closes:
        end = day + timedelta(hours=22)
        scene.messages = [m for m in scene.messages if m.sent_at < end]
        converse(scene, threads[0], end, opener=scene.owner)
    elif threads and (scene.level < 0.35 or scene.fate.tail or max(m.sent_at for m in scene.messages) < day):
        scene.level = 0.0
        line = scene.draw((id(threads[0]), "open"), threads[0].moves["open"])
        who = scene.rng.choice(scene.present or [scene.owner])
        scene.say(who, line.turns[0], at, bound={}, tag=line.tag)


def _finish(scene: Scene, name: str, start: date, end: date, morning: datetime) -> SimulatedChat:
    fate = scene.fate
    close = morning + timedelta(days=fate.days)
    messages = [m for m in scene.messages if m.sent_at < close]
    messages.sort(key=lambda m: (m.sent_at, m.order))
    for message in messages:
        message.sent_at = message.sent_at.replace(microsecond=0)
    decline = start + timedelta(days=int(fate.decline)) if fate.decline else None
    return SimulatedChat(
        id=fate.id,
        name=name,
        platform=fate.platform,
        format_id=fate.format_id,
        fate=fate.fate,
        start=start,
        end=end,
        members=scene.members,
        messages=messages,
        decline_start=decline,
        core_left=scene.members[1].quiet_after if fate.core_leaves else None,
        incentive_dependent=fate.fate == "incentive_only",
    )
