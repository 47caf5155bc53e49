"""A seeded writer of believable Chinese group chats with ground truth.

In: a seed. Out: `SimulatedChat` objects, and exports in any shipped dialect with `truth.json` beside them.
Example: `write(simulate(7), Path("exports"))`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date
from random import Random

from nuanqun.simulate.ads import make_campaign
from nuanqun.simulate.bulk import bulk, write_bulk
from nuanqun.simulate.chat import simulate_chat
from nuanqun.simulate.export import MIXED, write
from nuanqun.simulate.fates import FATES
from nuanqun.simulate.model import SimulatedChat, SimulatedMember, SimulatedMessage

OWNER = "nuanqun"
START = date(2025, 3, 3)

__all__ = [
    "FATES",
    "MIXED",
    "SimulatedChat",
    "SimulatedMember",
    "SimulatedMessage",
    "bulk",
    "simulate",
    "write",
    "write_bulk",
]


def simulate(
    seed: int, *, fates: Iterable[str] = tuple(FATES), start: date | None = None, scale: float = 1.0
) -> list[SimulatedChat]:
    """Chats of the given fates (ids of FATES, repeats allowed) from `start` on; `scale` multiplies members and traffic.

    The same seed gives the same chats. Raises ValueError for an unknown fate or a scale outside 0.2..20.
    """
    fates = list(fates)
    if unknown := set(fates) - set(FATES):
        raise ValueError(f"unknown fates {sorted(unknown)}; choose from {', '.join(FATES)}")
    if not 0.2 <= scale <= 20:
        raise ValueError(f"scale must lie in 0.2..20, got {scale}")
    rng = Random(f"nuanqun/{seed}/campaigns")
    campaigns = [make_campaign(rng, number) for number in range(90)]
    copies: Counter[str] = Counter()
    chats = []
    for fate in fates:
        chats.append(simulate_chat(FATES[fate], seed, copies[fate], start or START, scale, campaigns))
        copies[fate] += 1
    return chats
