"""Does the chat talk more after a member speaks? Against matched moments of the same hour and weekday.

In: `Talk`, a member. Out: `Uplift`, extra speakers and messages in the 30 minutes after. A moment is a member's
message after 30 minutes without one of theirs; its matches lie whole weeks away, in the same pace (others' messages
of the 30 minutes before: none, 1 to 3, more), with the member silent around. Example: `measure_uplift(talk, 3)`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from community.talk import DAY_MS, MINUTE_MS, Talk

SPAN = 30 * MINUTE_MS
WEEKS = 8
LEAST = 8
MOST = 200
WINDOW = 84
PACES = (1, 4)


@dataclass(frozen=True, slots=True)
class Uplift:
    """Means over moments with their 95 % interval; `low` > 0 means more than chance."""

    moments: int
    speakers: float
    low: float
    high: float
    messages: float


def measure_uplift(talk: Talk, member: int) -> Uplift | None:
    """Extra speakers and messages of others after the member speaks; None with fewer than 8 matched moments."""
    start = max(talk.now - WINDOW * DAY_MS, int(talk.at[0]))
    clean = np.flatnonzero(talk.clean & (talk.at >= start))
    own = talk.at[clean[talk.sender[clean] == member]]
    rest = clean[talk.sender[clean] != member]
    at, who = talk.at[rest], talk.sender[rest]
    moments = own[np.append(True, np.diff(own) > SPAN)] if len(own) else own
    extra = []
    for moment in moments[moments + SPAN < talk.now][-MOST:].tolist():
        matches = [moment + k * 7 * DAY_MS for k in range(-WEEKS, WEEKS + 1) if k]
        matches = [m for m in matches if start + SPAN <= m < talk.now - SPAN and _silent(own, m)]
        matches = [m for m in matches if _pace(at, m) == _pace(at, moment)]
        if matches:
            here, there = _after(at, who, moment), np.array([_after(at, who, m) for m in matches]).mean(0)
            extra.append(here - there)
    if len(extra) < LEAST:
        return None
    table = np.array(extra)
    mean, half = table.mean(0), 1.96 * table.std(0, ddof=1) / np.sqrt(len(table))
    return Uplift(len(table), float(mean[0]), float(mean[0] - half[0]), float(mean[0] + half[0]), float(mean[1]))


def _silent(own: np.ndarray, moment: int) -> bool:
    near = np.searchsorted(own, [moment - SPAN, moment + SPAN])
    return bool(near[0] == near[1])


def _pace(at: np.ndarray, moment: int) -> int:
    near = np.searchsorted(at, [moment - SPAN, moment])
    return int(np.searchsorted(PACES, near[1] - near[0], "right"))


def _after(at: np.ndarray, who: np.ndarray, moment: int) -> np.ndarray:
    span = slice(*np.searchsorted(at, [moment, moment + SPAN]))
    return np.array([len(np.unique(who[span])), span.stop - span.start], float)
