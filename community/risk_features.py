"""Language-free features of a chat's rhythm at given days, for the dormancy model.

In: messages a day and the (member, day, count) triples of clean messages. Out: one row of `FEATURES` an anchor; an
anchor is the day index before which everything is known. The product asks for one anchor (the end of the export),
training for one a week, and both run this code. Example: `features(rhythm, np.array([rhythm.days]))`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from community.temperature import gini

LAUNCH_DAYS = 14
STRONG_WEEK = 0.025  # of the peak 28 days: a tenth of a peak week
HALF_LIFE = 14.0
FEATURES = (
    "recency", "ratio_peak", "log_messages", "log_trend_28", "log_trend_56", "slope", "week_ratio", "half_ratio",
    "log_members", "member_ratio", "retained_share", "newcomer_share", "top1_share", "gini", "active_days",
    "active_days_84", "max_gap", "burstiness", "log_age", "log_peak", "weeks_since_peak", "branching",
    "regulars", "shared_days", "active_days_7", "log_year", "temperature", "strong_weeks", "log_daily_speakers",
    "smooth_ratio",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Rhythm:
    """Messages a day, and who wrote how many on which day (triples sorted by day)."""

    counts: np.ndarray
    day: np.ndarray
    member: np.ndarray
    times: np.ndarray

    @property
    def days(self) -> int:
        """Local dates from the first to the last record."""
        return len(self.counts)


def read_rhythm(day: np.ndarray, member: np.ndarray, days: int) -> Rhythm:
    """Count messages by day and by (day, member); `day` starts at 0, `member` are small integers."""
    span = int(member.max()) + 1 if len(member) else 1
    key, times = np.unique(day.astype(np.int64) * span + member, return_counts=True)
    return Rhythm(np.bincount(day, minlength=days), key // span, key % span, times)


def features(rhythm: Rhythm, anchors: np.ndarray) -> np.ndarray:
    """One row of FEATURES for each anchor day, float64."""
    total = np.concatenate([[0], np.cumsum(rhythm.counts)])
    past = _Past(total, *running_peak(rhythm.counts), _first_days(rhythm))
    rows = [_row(rhythm, past, int(anchor)) for anchor in anchors]
    return np.array(rows, float).reshape(-1, len(FEATURES))


def running_peak(counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The largest 28-day volume up to each day and the day it was reached, launch windows not counted.

    Windows that begin in the first 14 days are left out: nearly every chat starts with a burst, and a fall from
    that burst is not an illness. As long as no other window exists, the newest one stands in.
    """
    total = np.concatenate([[0], np.cumsum(counts)])
    end = np.arange(1, len(counts) + 1)
    volume = total[end] - total[np.maximum(end - 28, 0)]
    settled = end - 28 >= LAUNCH_DAYS
    peak = np.where(settled, volume, 0)
    peak = np.maximum.accumulate(peak) if settled.any() else peak
    where = np.maximum.accumulate(np.where(settled & (volume >= peak) & (peak > 0), end - 1, 0))
    return np.where(settled, peak, volume), np.where(settled, where, end - 1)


def _first_days(rhythm: Rhythm) -> np.ndarray:
    first = np.full(int(rhythm.member.max(initial=0)) + 1, rhythm.days, np.int64)
    np.minimum.at(first, rhythm.member, rhythm.day)
    return first


@dataclass(frozen=True, slots=True)
class _Past:
    """Running totals shared by all anchors."""

    total: np.ndarray  # messages before each day
    peaks: np.ndarray
    peak_days: np.ndarray
    first_day: np.ndarray  # of each member

    def volume(self, anchor: int, start: int, end: int = 0) -> float:
        """Messages from `start` days before the anchor until `end` days before it."""
        return float(self.total[max(anchor - end, 0)] - self.total[max(anchor - start, 0)])


def _row(rhythm: Rhythm, past: _Past, anchor: int) -> list[float]:
    a28, a56 = past.volume(anchor, 28), past.volume(anchor, 56)
    weekly = np.log1p([past.volume(anchor, 7 * k + 7, 7 * k) for k in range(7, -1, -1)])
    peak = max(float(past.peaks[anchor - 1]), 1.0)
    speakers, *people = _people(rhythm, past.first_day, anchor)
    days7, days28, days84 = (float((rhythm.counts[max(anchor - d, 0) : anchor] > 0).sum()) for d in (7, 28, 84))
    recency, gap, burstiness, branching = _evenness(rhythm.counts[max(anchor - 56, 0) : anchor])
    warmth = 50 * days28 / 28 + 25 * min(1.0, np.log1p(speakers) / np.log(51))
    return [
        recency,
        min(a28 / peak, 1.5),
        np.log1p(a28),
        np.log1p(a28) - np.log1p(past.volume(anchor, 56, 28)),
        np.log1p(a56) - np.log1p(past.volume(anchor, 112, 56)),
        float(np.polyfit(np.arange(8), weekly, 1)[0]),
        np.log1p(past.volume(anchor, 7)) - np.log1p(a28 / 4),
        np.log1p(past.volume(anchor, 14)) - np.log1p(past.volume(anchor, 28, 14)),
        *people,
        days28,
        days84,
        gap,
        burstiness,
        np.log1p(anchor),
        np.log(peak),
        min((anchor - 1 - int(past.peak_days[anchor - 1])) / 7, 104.0),
        branching,
        *_shared(rhythm, anchor),
        days7,
        np.log1p(past.volume(anchor, 364)),
        warmth + 25 * min(1.0, np.log1p(a28) / np.log(1001)),
        *_strength(rhythm, anchor, peak),
    ]


def _evenness(counts: np.ndarray) -> tuple[float, float, float, float]:
    """Days since the last message, longest silence, burstiness (Goh-Barabasi 2008), branching ratio."""
    active = np.flatnonzero(counts)
    gaps = np.diff(np.concatenate([[-1], active, [len(counts)]]))
    mean, deviation = float(counts.mean()), float(counts.std())
    burstiness = (deviation - mean) / (deviation + mean) if deviation + mean else 1.0
    branching = 1 - np.sqrt(mean / deviation**2) if deviation**2 > mean > 0 else 0.0
    recency = float(len(counts) - active[-1] - 1) if len(active) else 56.0
    return recency, float(gaps.max()), burstiness, branching


def _strength(rhythm: Rhythm, anchor: int, peak: float) -> list[float]:
    """Share of strong weeks in the last 26, and smoothed speakers and messages a day (half-life 14 days)."""
    start = max(anchor - 182, 0)
    counts = rhythm.counts[start:anchor]
    span = _slice(rhythm, start, anchor)
    speakers = np.bincount(rhythm.day[span] - start, minlength=len(counts))
    weight = 0.5 ** (np.arange(len(counts))[::-1] / HALF_LIFE)
    weight /= weight.sum()
    weeks = counts[len(counts) % 7 :].reshape(-1, 7).sum(1)
    return [
        float((weeks >= STRONG_WEEK * peak).mean()),
        np.log1p(float(speakers @ weight)),
        np.log1p(28 * float(counts @ weight)) - np.log(peak),
    ]


def _slice(rhythm: Rhythm, start: int, end: int) -> slice:
    return slice(*np.searchsorted(rhythm.day, [max(start, 0), max(end, 0)]))


def _people(rhythm: Rhythm, first_day: np.ndarray, anchor: int) -> list[float]:
    """Speakers, then log speakers, ratio to the month before, retained, newcomers, share of the first, Gini."""
    span = _slice(rhythm, anchor - 28, anchor)
    now, place = np.unique(rhythm.member[span], return_inverse=True)
    before = np.unique(rhythm.member[_slice(rhythm, anchor - 56, anchor - 28)])
    per = np.bincount(place, rhythm.times[span], minlength=len(now)) if len(now) else np.zeros(0)
    return [
        float(len(now)),
        np.log1p(len(now)),
        np.log1p(len(now)) - np.log1p(len(before)),
        float(np.isin(before, now, assume_unique=True).mean()) if len(before) else 0.0,
        float((first_day[now] >= anchor - 28).mean()) if len(now) else 0.0,
        float(per.max() / per.sum()) if len(now) else 1.0,
        gini(per) if len(now) else 0.0,
    ]


def _shared(rhythm: Rhythm, anchor: int) -> list[float]:
    """Members present on four days or more of the last 28, and days on which at least two spoke."""
    span = _slice(rhythm, anchor - 28, anchor)
    days_each = np.unique(rhythm.member[span], return_counts=True)[1]
    voices = np.unique(rhythm.day[span], return_counts=True)[1]
    return [np.log1p(float((days_each >= 4).sum())), float((voices >= 2).sum())]
