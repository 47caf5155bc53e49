"""The planted fates: what becomes of a chat, as curves over its days.

In: nothing. Out: `Fate` by id. A curve is a tuple of (day, value) knots, linear in between.
Example: `FATES["tech"].threads`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from random import Random

Curve = tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Fate:
    """One fate. Rates are per day unless said, for `scale` = 1."""

    id: str  # also the theme, the phrase bank of the same name
    fate: str  # warm | ad_flood | incentive_only | short_lived | core_lost | quiet
    days: int
    platform: str
    format_id: str  # the dialect of the bundled demo
    members: int
    regulars: int
    kols: int
    threads: Curve  # conversations that start by themselves
    ads: Curve  # advertisements
    turns: float = 6.0  # median number of answers in a conversation
    follow: float = 0.25  # probability that a conversation kindles another
    common: float = 0.25  # share of conversations on everyday topics
    checkins: float = 0.0  # members who check in on a day
    greetings: float = 0.0  # probability of a good-morning round on a day
    announcements: float = 0.0  # per week
    meetings: float = 0.0  # offline meetings per week
    red_packets: float = 0.0  # per week, in an ordinary chat
    incentives: float = 0.0  # per week: packets, draws and 接龙 of a trader
    offers: float = 0.0  # per week: the owner's goods without an incentive
    revivals: int = 0  # short comebacks of a quiet chat
    arrivals: float = 140.0  # days until everybody who comes has come
    decline: float | None = None  # day on which the organic level begins to fall
    core_leaves: float | None = None  # day on which the strongest member leaves
    tail: tuple[int, int] | None = None  # active days within the last 28
    closes: bool = False  # ends by its own announcement
    openers: tuple[tuple[str, float], ...] = (
        ("creator", 2.6), ("asker", 3.4), ("talker", 1.6), ("any", 1.2), ("collector", 0.8),
        ("challenger", 0.6), ("organizer", 0.6), ("joiner", 0.5),
    )  # fmt: skip


_READING = Fate(
    "reading_club", "warm", 280, "wechat", "wechatmsg_csv", members=62, regulars=26, kols=2,
    threads=((0, 0.55), (30, 0.68), (280, 0.72)), ads=((0, 0.03), (280, 0.06)), turns=6.5,
    checkins=2.6, greetings=0.12, announcements=1.0, meetings=0.22, red_packets=0.35, arrivals=240,
)  # fmt: skip
_MOTHERS = Fate(
    "mother_baby", "ad_flood", 280, "qq", "qq_txt", members=70, regulars=26, kols=2,
    threads=((0, 0.75), (40, 1.0), (196, 1.0), (216, 0.76), (232, 0.5), (244, 0.28), (252, 0.16), (280, 0.08)),
    ads=((0, 0.04), (176, 0.08), (188, 1.6), (206, 5.0), (234, 3.0), (252, 0.4), (280, 0.2)),
    greetings=0.15, announcements=0.4, meetings=0.12, red_packets=0.25, arrivals=170, decline=194, tail=(2, 4),
)  # fmt: skip
_TRADER = Fate(
    "group_buy", "incentive_only", 280, "wechat", "chatlab_jsonl", members=58, regulars=26, kols=0,
    threads=((0, 0.12), (280, 0.07)), ads=((0, 0.03), (280, 0.05)), turns=2.0, follow=0.05, common=0.3,
    incentives=2.0, offers=1.2, announcements=0.2, arrivals=90,
)  # fmt: skip
_FLASH = Fate(
    "flash_sale", "short_lived", 3, "wecom", "generic_table", members=85, regulars=34, kols=0,
    threads=((0, 18), (3, 16)), ads=((0, 0.8), (3, 0.8)), turns=4.0, follow=0.15, common=0.06,
    incentives=34.0, offers=60.0, announcements=2.0, arrivals=1.6, closes=True,
)  # fmt: skip
_TECH = Fate(
    "tech", "core_lost", 280, "telegram", "telegram_json", members=54, regulars=22, kols=1,
    threads=((0, 0.9), (30, 1.1), (242, 1.1), (246, 0.65), (256, 0.3), (280, 0.18)), ads=((0, 0.04), (280, 0.07)),
    common=0.15, announcements=0.3, meetings=0.07, arrivals=200, decline=243, core_leaves=243,
)  # fmt: skip
_ALUMNI = Fate(
    "alumni", "quiet", 280, "whatsapp", "whatsapp_txt", members=40, regulars=16, kols=0,
    threads=((0, 0.6), (14, 0.09), (280, 0.07)), ads=((0, 0.012), (280, 0.012)), turns=7.0, common=0.2,
    meetings=0.035, red_packets=0.05, announcements=0.03, arrivals=25, revivals=5, tail=(2, 4),
)  # fmt: skip

FATES: dict[str, Fate] = {f.id: f for f in (_READING, _MOTHERS, _TRADER, _FLASH, _TECH, _ALUMNI)}


def vary(fate: Fate, rng: Random) -> Fate:
    """The same fate with shifted days (up to 5) and levels (up to 12 %), so that no two seeds look alike."""
    shift = rng.uniform(-5, 5) if fate.decline else 0.0
    level = rng.uniform(0.9, 1.12)
    return replace(
        fate,
        threads=_bend(fate.threads, shift, level, fate.days),
        ads=_bend(fate.ads, shift, rng.uniform(0.9, 1.1), fate.days),
        decline=None if fate.decline is None else fate.decline + shift,
        core_leaves=None if fate.core_leaves is None else fate.core_leaves + shift,
    )


def _bend(curve: Curve, shift: float, level: float, days: int) -> Curve:
    return tuple((x if x in (0, days) else x + shift, y * level) for x, y in curve)


def value(curve: Curve, day: float) -> float:
    """The curve at `day`."""
    for (x0, y0), (x1, y1) in zip(curve, curve[1:], strict=False):
        if day < x1:
            return y0 + (y1 - y0) * (day - x0) / (x1 - x0)
    return curve[-1][1]
