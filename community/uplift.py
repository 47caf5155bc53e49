"""Does the chat talk more after a member speaks? Against matched moments of the same hour and weekday.

In: `Talk`, a member. Out: `Uplift`, extra speakers and messages in the 30 minutes after. A moment is a member's
message after 30 minutes without one of theirs; its matches lie whole weeks away, in the same pace (others' messages
of the 30 minutes before: none, 1 to 3, more), with the member silent around. Example: `measure_uplift(talk, 3)`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from community.distinct import voices
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
    moments = moments[moments + SPAN < talk.now][-MOST:]
    weeks = np.concatenate([np.arange(-WEEKS, 0), np.arange(1, WEEKS + 1)])
    other = moments[:, None] + weeks * 7 * DAY_MS
    match = (other >= start + SPAN) & (other < talk.now - SPAN) & _silent(own, other)
    match &= _pace(at, other) == _pace(at, moments)[:, None]
    found = match.any(1)
    here, there = _after(at, who, moments[found]), np.zeros((2, *match.shape))
    there[:, match] = _after(at, who, other[match])
    extra = (here - there[:, found].sum(-1) / match[found].sum(-1)).T
    if len(extra) < LEAST:
        return None
    mean, half = extra.mean(0), 1.96 * extra.std(0, ddof=1) / np.sqrt(len(extra))
    return Uplift(len(extra), float(mean[0]), float(mean[0] - half[0]), float(mean[0] + half[0]), float(mean[1]))


def _silent(own: np.ndarray, moment: np.ndarray) -> np.ndarray:
    return np.searchsorted(own, moment - SPAN) == np.searchsorted(own, moment + SPAN)


def _pace(at: np.ndarray, moment: np.ndarray) -> np.ndarray:
    return np.searchsorted(PACES, np.searchsorted(at, moment) - np.searchsorted(at, moment - SPAN), "right")


def _after(at: np.ndarray, who: np.ndarray, moment: np.ndarray) -> np.ndarray:
    """(2, moments) distinct members and messages of the 30 minutes after."""
    low, high = np.searchsorted(at, moment), np.searchsorted(at, moment + SPAN)
    return np.array([voices(who, low, high), high - low], float)
