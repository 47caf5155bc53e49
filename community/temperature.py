"""Activity temperature 活跃温度, 0..100, of every local day.

In: counts a day and the (member, day) pairs of those who spoke. Out: `Temperature`, whose three parts add up to the
value. Absolute on purpose; the chat's own history is a second needle. Example:
`measure_temperature(*presence(talk, talk.clean), days=talk.days, window=28)`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from community.talk import Talk

SPEAKERS_FULL = 50
MESSAGES_FULL = 1000


@dataclass(frozen=True, slots=True)
class Temperature:
    """One entry a local day, for the window that ends with it: `value` = `days` + `speakers` + `volume`."""

    value: np.ndarray
    days: np.ndarray  # 0..50
    speakers: np.ndarray  # 0..25
    volume: np.ndarray  # 0..25
    active_days: np.ndarray  # count in the window
    distinct_speakers: np.ndarray
    messages: np.ndarray


def presence(talk: Talk, kept: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Messages a day, and the distinct (member, day) pairs sorted by member, of the kept records."""
    counts = np.bincount(talk.day[kept], minlength=talk.days)
    pairs = np.unique(talk.sender[kept].astype(np.int64) * talk.days + talk.day[kept])
    return counts, pairs // talk.days, pairs % talk.days


def measure_temperature(counts: np.ndarray, member: np.ndarray, day: np.ndarray, window: int = 28) -> Temperature:
    """T = 50 days/28 + 25 min(1, ln(1+speakers)/ln 51) + 25 min(1, ln(1+messages)/ln 1001)."""
    active = rolling_sum(counts > 0, window)
    speakers = rolling_speakers(member, day, len(counts), window)
    messages = rolling_sum(counts, window)
    parts = (
        50.0 * active / window,
        25.0 * np.minimum(1, np.log1p(speakers) / np.log1p(SPEAKERS_FULL)),
        25.0 * np.minimum(1, np.log1p(messages) / np.log1p(MESSAGES_FULL)),
    )
    return Temperature(parts[0] + parts[1] + parts[2], *parts, active, speakers, messages)


def rolling_sum(values: np.ndarray, window: int) -> np.ndarray:
    """Sum over the `window` days that end with each day; days before the first count as empty."""
    total = np.concatenate([[0], np.cumsum(values)])
    end = np.arange(1, len(values) + 1)
    return total[end] - total[np.maximum(end - window, 0)]


def rolling_speakers(member: np.ndarray, day: np.ndarray, days: int, window: int) -> np.ndarray:
    """Distinct members over the `window` days that end with each day, in time linear in the pairs.

    A pair covers the window-ends [day, day + window), cut where the same member's next pair takes over.
    """
    step = np.zeros(days + 1, np.int64)
    if not len(day):
        return step[:days]
    following = np.append(np.where(member[1:] == member[:-1], day[1:], days), days)
    np.add.at(step, day, 1)
    np.add.at(step, np.minimum(np.minimum(day + window, following), days), -1)
    return np.cumsum(step)[:days]


def own_percentile(value: np.ndarray, window: int = 182, least: int = 56) -> np.ndarray:
    """Rank of each day's value within the 26 weeks that end with it, 0..100; nan with less than 8 weeks."""
    found = np.full(len(value), np.nan)
    padded = np.concatenate([np.full(window - 1, np.nan), value])
    view = np.lib.stride_tricks.sliding_window_view(padded, window)
    for start in range(least, len(value), 4096):
        block = view[start : start + 4096]
        now = value[start : start + 4096, None]
        known = np.minimum(np.arange(start, start + len(block)) + 1, window)
        below = (block < now).sum(1) + 0.5 * ((block == now).sum(1) - 1)
        found[start : start + 4096] = 100 * below / np.maximum(known - 1, 1)
    return found


def gini(counts: np.ndarray) -> float:
    """Inequality of positive counts, 0 = all equal, towards 1 = one has all; nan when empty."""
    values = np.sort(counts[counts > 0])
    n = len(values)
    if not n:
        return float("nan")
    return float((2 * np.arange(1, n + 1) - n - 1) @ values / (n * values.sum()))
