"""What must follow for a warning to have been right, and what it should have foreseen: yardsticks of the back-test.

In: the whole record of a chat and the moment of a warning. Out: true, false or unknown. A rule names one of these as
its `proof`; a rule without one describes a state, and is right when the state is still there four weeks later.
Example: `FALLS.right(whole, end, members)`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from community.lifecycle import FAINT
from community.risk_features import running_peak
from community.talk import Talk

WEEK = 7


@dataclass(frozen=True, slots=True)
class Whole:
    """A chat up to the end of its archive: clean messages a day, who wrote when."""

    talk: Talk
    counts: np.ndarray
    total: np.ndarray  # messages before each day
    peak: np.ndarray

    def volume(self, start: int, end: int) -> float:
        """Clean messages of days [start, end)."""
        return float(self.total[end] - self.total[max(start, 0)])


def read_whole(talk: Talk) -> Whole:
    """Prepare a chat for proofs."""
    counts = np.bincount(talk.day[talk.clean], minlength=talk.days)
    return Whole(talk, counts, np.concatenate([[0], np.cumsum(counts)]), running_peak(counts)[0])


@dataclass(frozen=True, slots=True)
class Proof:
    """`right` judges a warning given before day `day` about `members`, None = the record ends too early.

    `events` are the days at which it happened anyway; a warning within `horizon` days before has foreseen one.
    """

    id: str
    horizon: int
    right: Callable[[Whole, int, Sequence[int]], bool | None]
    events: Callable[[Whole], list[int]]


def _dormancy_onsets(whole: Whole) -> list[int]:
    """Days from which two 28-day blocks hold less than a tenth of the peak so far; the next needs a revival before."""
    found, asleep = [], False
    for day in range(56, whole.talk.days - 56 + 1, WEEK):
        faint = FAINT * whole.peak[day - 1]
        now = max(whole.volume(day, day + 28), whole.volume(day + 28, day + 56)) < faint
        if now and not asleep and whole.peak[day - 1] >= 20:
            found.append(day)
        asleep = now or (asleep and whole.volume(day - 28, day) < 3 * faint)
    return found


def _sleeps(whole: Whole, day: int, members: Sequence[int]) -> bool | None:
    """Dormancy begins within twelve weeks."""
    faint = FAINT * whole.peak[day - 1]
    starts = [s for s in range(day, day + 85, WEEK) if s + 56 <= whole.talk.days]
    if any(max(whole.volume(s, s + 28), whole.volume(s + 28, s + 56)) < faint for s in starts):
        return True
    return False if len(starts) == 13 else None


def _falls(whole: Whole, day: int, members: Sequence[int]) -> bool | None:
    """The next four weeks bring less than 60 % of the eight weeks before the last two: the step was no accident."""
    if day + 28 > whole.talk.days:
        return None
    return whole.volume(day, day + 28) / 28 < 0.6 * whole.volume(day - 70, day - 14) / 56


def _steps_down(whole: Whole) -> list[int]:
    """Weeks at which the next four weeks bring less than half of the eight before, at least two messages a day."""
    found: list[int] = []
    for day in range(56, whole.talk.days - 28 + 1, WEEK):
        before = whole.volume(day - 56, day) / 56
        if before >= 2 and whole.volume(day, day + 28) / 28 < 0.5 * before and (not found or day - found[-1] > 84):
            found.append(day)
    return found


def _stays_away(whole: Whole, day: int, members: Sequence[int]) -> bool | None:
    """The first of the members says nothing for four more weeks, or comes back for less than a quarter."""
    if day + 28 > whole.talk.days or not members:
        return None
    own = whole.talk.day[whole.talk.clean & (whole.talk.sender == members[0])]
    after = ((own >= day) & (own < day + 28)).sum() / 28
    before = ((own >= day - 112) & (own < day)).sum() / 112
    return bool(after < 0.25 * before)


def _departures(whole: Whole) -> list[int]:
    """Days after the last word of members who carried 5 % of the twelve weeks before and stay silent for eight."""
    talk = whole.talk
    rows = np.flatnonzero(talk.clean)
    who, day = talk.sender[rows], talk.day[rows]
    order = np.lexsort((day, who))
    who, day = who[order], day[order]
    ends = np.append((who[1:] != who[:-1]) | (day[1:] - day[:-1] > 56), True) if len(who) else np.zeros(0, bool)
    found = []
    for member, last in zip(who[ends].tolist(), day[ends].tolist(), strict=True):
        if last + 56 > talk.days or last < 56:
            continue
        own = day[(who == member) & (day > last - 84) & (day <= last)] if ends.sum() < 20_000 else np.zeros(0)
        if len(own) >= 20 and len(own) >= 0.05 * whole.volume(last - 83, last + 1) and len(np.unique(own)) >= 8:
            found.append(last + 1)
    return sorted(found)


DORMANT = Proof("dormant_in_12_weeks", 84, _sleeps, _dormancy_onsets)
FALLS = Proof("stays_below_60_percent", 28, _falls, _steps_down)
STAYS_AWAY = Proof("member_stays_away", 56, _stays_away, _departures)
