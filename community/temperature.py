"""Activity temperature 活跃温度, 0..100, of every local day.

In: counts a day and the (member, day) pairs of those who spoke. Out: `Temperature`, whose three parts add up to the
value. Absolute on purpose; the chat's own history is a second needle. Example:
`measure_temperature(*presence(talk, talk.clean), days=talk.days, window=28)`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from community.distinct import distinct
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
    pairs = distinct(talk.sender[kept].astype(np.int64) * talk.days + talk.day[kept])
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


def false_heat(talk: Talk, window: int = 28) -> tuple[Temperature, Temperature, dict[str, np.ndarray]]:
    """Cleaned and raw temperature, and the degrees of 虚火 that ads, bots, red packets and floods add, in this order.

    Taken away one after the other, so that raw = clean + the four parts on every day.
    """
    kept = talk.said
    raw = now = measure_temperature(*presence(talk, kept), window=window)
    parts = {}
    for name, false in (("ads", talk.ad), ("bots", talk.bot), ("packets", talk.traffic), ("floods", talk.flood)):
        if not (kept & false).any():
            parts[name] = np.zeros(talk.days)
            continue
        kept = kept & ~false
        left = measure_temperature(*presence(talk, kept), window=window)
        parts[name], now = now.value - left.value, left
    return now, raw, parts


def temperature_band(found: Temperature, counts: np.ndarray, window: int = 28) -> tuple[np.ndarray, np.ndarray]:
    """95 % interval of the temperature: where another month of the same rhythm might lie, 0..100.

    Active days vary binomially, speakers like a Poisson count, volume with the spread of its days; a window that the
    record does not fill is widened by what is missing.
    """
    share = (found.active_days + 1) / (window + 2)
    days = 50 * np.sqrt(share * (1 - share) / window)
    speakers = 25 / np.log1p(SPEAKERS_FULL) * np.sqrt(found.distinct_speakers) / (1 + found.distinct_speakers)
    square = np.maximum(rolling_sum(counts.astype(float) ** 2, window) - found.messages**2 / window, 0)
    volume = 25 / np.log1p(MESSAGES_FULL) * np.sqrt(square) / (1 + found.messages)
    filled = np.minimum(np.arange(len(counts)) + 1, window) / window
    half = 1.96 * np.sqrt(days**2 + speakers**2 + volume**2) / np.sqrt(filled)
    return np.maximum(found.value - half, 0), np.minimum(found.value + half, 100)


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
