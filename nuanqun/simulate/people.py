"""Members: a fate and a theme in, a cast with names, roles, hands and arrivals out.

Example: `cast_members(theme, fate, start, scale, rng)[0].platform_role` -> "owner".
"""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random

from nuanqun.simulate.bank import Theme, fill
from nuanqun.simulate.fates import Fate
from nuanqun.simulate.model import SimulatedMember, Voice
from nuanqun.simulate.voice import make_voice

REGULARS = (
    ("joiner", "talker"), ("joiner", "asker"), ("critic", "thinker"), ("joiner", "talker"), ("critic", "challenger"),
    ("collector", "undecided"), ("joiner", "asker"), ("joiner", "talker"), ("critic", "thinker"),
)  # fmt: skip
"""(participation, social) of the regulars behind owner and KOLs, strongest first, repeated as needed."""
CUSTOMERS = (("joiner", "talker"), ("joiner", "asker"), ("joiner", "undecided"))
"""The same in a trader's chat, where nobody explains and nobody argues."""
FOCUSED = ("asker", "thinker", "challenger")
"""They make few kinds of moves, so each of them more often."""
SPECTATOR, INACTIVE = ("spectator", "onlooker"), ("inactive", "onlooker")


def cast_members(theme: Theme, fate: Fate, start: datetime, scale: float, rng: Random) -> list[SimulatedMember]:
    """Owner first, then KOLs, regulars, spectators and inactive members; arrivals included."""
    total = max(12, round(fate.members * scale))
    regulars = max(8, round(fate.regulars * scale))
    roles = [("creator" if fate.kols else "joiner", "organizer"), *[("creator", "thinker")] * fate.kols]
    kinds = CUSTOMERS if fate.incentives else REGULARS
    roles += [kinds[i % len(kinds)] for i in range(regulars - len(roles))]
    roles += [SPECTATOR if rng.random() < 0.72 else INACTIVE for _ in range(total - len(roles))]
    taken: set[str] = set()
    members = [_member(theme, number, role, taken, rng) for number, role in enumerate(roles)]
    members[0].platform_role, members[0].voice = "owner", Voice()
    members[0].kol = fate.incentives > 0  # a trader's chat turns around the trader
    for member in members[1 + fate.kols : 3 + fate.kols]:
        member.platform_role = "admin" if rng.random() < 0.5 else "member"
    _set_activity(members, fate)
    _set_arrivals(members, fate, start, rng)
    return members


def _member(theme: Theme, number: int, role: tuple[str, str], taken: set[str], rng: Random) -> SimulatedMember:
    """A member; few people share a name, and nobody shares one with the owner or a KOL."""
    name = make_name(theme, rng)
    while name in taken and (number < 6 or rng.random() < 0.9):
        name = make_name(theme, rng)
    taken.add(name)
    card = make_name(theme, rng).strip() if rng.random() < 0.15 else None
    return SimulatedMember(number, name, *role, voice=make_voice(rng), card=card)


def make_name(theme: Theme, rng: Random) -> str:
    """A nickname as people in such a chat have it; blanks, colons and parentheses included."""
    return fill(rng.choice(theme.nicks), rng, theme.slots, {})


def _set_activity(members: list[SimulatedMember], fate: Fate) -> None:
    """Zipf-like weights and the chance to look in on a day."""
    for rank, member in enumerate(members):
        if member.participation == "spectator":
            member.weight, member.presence = 0.015, 0.06
        elif member.participation == "inactive":
            member.weight, member.presence = 0.0, 0.0
        elif 1 <= rank <= fate.kols:
            member.kol, member.weight, member.presence = True, 1.25, 0.94
        else:
            order = rank + 1 - fate.kols if rank else 2.0
            member.weight, member.presence = order**-0.75, 0.85 * order**-0.42
            if member.social in FOCUSED:
                member.weight, member.presence = 1.6 * member.weight, min(0.7, 1.3 * member.presence)


def _set_arrivals(members: list[SimulatedMember], fate: Fate, start: datetime, rng: Random) -> None:
    """Founders on the first morning, the rest brought in by members over `arrivals` days."""
    opening = start + timedelta(hours=rng.uniform(8.2, 9.5))
    founders = 1 + fate.kols + max(5, round(0.35 * len(members)))
    for member in members:
        early = member.number <= fate.kols or rng.random() < founders / len(members)
        if early:
            member.joined, member.joined_by = opening, "founder"
            member.invited_by = members[0] if member.number else None
            continue
        days = fate.arrivals * rng.betavariate(1, 1.6)
        member.joined = opening + timedelta(days=int(days), hours=rng.uniform(0.5, 13))
        member.joined_by = rng.choices(("invite", "scan_qr"), (6, 4))[0]
    for member in sorted(members, key=lambda m: m.joined or start):
        if member.joined_by != "founder":
            there = [m for m in members if m.joined and member.joined and m.joined < member.joined and m.weight > 0]
            member.invited_by = rng.choices(there, [m.weight + 0.05 for m in there])[0]
