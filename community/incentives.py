"""What red packets, lucky draws and paid calls do to a chat: lift, wake share, afterglow, dependence.

In: `Talk`. Out: `Incentives`, or None when there are fewer than three of them or times are too coarse. Every number is
an association against matched hours of the same chat; definitions in docs/metrics.md (science §2.6).
Example: `found = measure_incentives(talk)`; `found.dependent`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from community.talk import DAY_MS, MINUTE_MS, Talk

WINDOW_DAYS = 84
LEAST_EVENTS = 3
DRAWS = 200
HOUR_MS = 60 * MINUTE_MS
LIFT = 2.0
P_VALUE = 0.05
WAKE_EXCESS = 0.30
AFTERGLOW = 1.1
ECHO = 0.5
"""Where hardly anybody speaks otherwise, one late answer doubles the usual; half the first hour's must remain."""


@dataclass(frozen=True, slots=True)
class Incentives:
    """Effect of `events` clusters of incentives in the last 84 days."""

    events: int
    rows: np.ndarray  # first message of each cluster
    lift: float  # answers within 60 min against the same hour of other days
    p: float
    wake_share: float  # organic messages within 60 min of an incentive / all organic
    wake_excess: float  # minus what chance would give
    afterglow: float  # 1 to 24 h later against other days
    afterglow_p: float
    echo: float  # extra messages of those hours for each answer of the first
    quiet: np.ndarray  # clean messages outside every wake window (bool, one a record)

    @property
    def dependent(self) -> bool:
        """Only incentives wake the chat, and it falls silent again."""
        return self.depends(LIFT, P_VALUE, WAKE_EXCESS, AFTERGLOW)

    def depends(self, lift: float, p: float, excess: float, afterglow: float) -> bool:
        """Whether the chat wakes (lift, p, excess) and no afterglow beyond chance remains."""
        remains = self.afterglow > afterglow and self.afterglow_p < p and self.echo >= ECHO
        return self.lift >= lift and self.p < p and self.wake_excess >= excess and not remains


def measure_incentives(talk: Talk) -> Incentives | None:
    """Compare the hour after each incentive with hours without one, matched by hour of day."""
    if talk.resolution == "day":
        return None
    start = talk.now - WINDOW_DAYS * DAY_MS
    rows = np.flatnonzero(talk.incentive & ~talk.bot & (talk.at >= start))
    rows = rows[np.diff(talk.at[rows], prepend=-(1 << 60)) >= 30 * MINUTE_MS]
    organic_rows = talk.clean & ~talk.incentive & (talk.at >= start)
    if len(rows) < LEAST_EVENTS or organic_rows.sum() < LEAST_EVENTS:
        return None
    event, organic = talk.at[rows], talk.at[organic_rows]
    every = talk.at[np.flatnonzero(talk.incentive & ~talk.bot)]
    awake = _after(every, talk.at)
    quiet = talk.clean & ~talk.incentive & ~awake
    calm = talk.at[quiet & (talk.at >= start)]
    null = matched_times(event, every, max(start, int(talk.at[0])), talk.now, DRAWS)
    answers = count_between(organic, event, 0, HOUR_MS).mean()
    chance = count_between(calm, null, 0, HOUR_MS).reshape(DRAWS, -1).mean(1)
    expected = max(float(chance.mean()), 0.1)  # an hour without any message still bounds the lift
    later = count_between(calm, event, HOUR_MS, DAY_MS).mean()
    usual = count_between(calm, null, HOUR_MS, DAY_MS).reshape(DRAWS, -1).mean(1)
    share = float(_after(every, organic).mean())
    covered = _covered(every[every >= start], max(start, int(talk.at[0])), talk.now)
    return Incentives(
        events=len(rows),
        rows=rows,
        lift=float(answers / expected),
        p=float((1 + (chance >= answers).sum()) / (DRAWS + 1)),
        wake_share=share,
        wake_excess=share - covered,
        afterglow=float(later / max(float(usual.mean()), 0.1)),
        afterglow_p=float((1 + (usual >= later).sum()) / (DRAWS + 1)),
        echo=float((later - usual.mean()) / max(answers, 0.1)),
        quiet=quiet,
    )


def matched_times(event: np.ndarray, every: np.ndarray, start: int, end: int, draws: int) -> np.ndarray:
    """For each event `draws` moments: the same time of day on days without any of `every` near; draw by draw.

    Seeded, so that equal exports give equal numbers.
    """
    spin = np.random.default_rng(20)
    days = max((end - start) // DAY_MS, 1)
    base = start + (event - start) % DAY_MS
    times = base[None, :] + spin.integers(0, days, (draws, len(event))) * DAY_MS
    for _ in range(6):
        near = _after(every, times) | _after(every, times + HOUR_MS)
        if not near.any():
            break
        times[near] = (base[None, :] + spin.integers(0, days, times.shape) * DAY_MS)[near]
    return times.ravel()


def count_between(sorted_times: np.ndarray, event: np.ndarray, start: int, end: int) -> np.ndarray:
    """How many of the sorted times lie in (event + start, event + end]."""
    low = np.searchsorted(sorted_times, event + start, "right")
    return np.searchsorted(sorted_times, event + end, "right") - low


def _after(every: np.ndarray, times: np.ndarray) -> np.ndarray:
    """Which times lie within 60 minutes after an incentive."""
    place = np.searchsorted(every, times, "right") - 1
    return (place >= 0) & (times - every[np.maximum(place, 0)] <= HOUR_MS)


def _covered(every: np.ndarray, start: int, end: int) -> float:
    """Share of waking time (16 hours a day) that lies within 60 minutes after an incentive."""
    stretch = np.minimum(np.diff(np.append(every, end)), HOUR_MS).sum()
    return float(min(stretch / max((end - start) * 16 / 24, 1), 1))
