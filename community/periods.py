"""A period against the equal one before it: how much changed, and whether that is more than chance.

In: one value a day, nan where nothing is known. Out: `Period` with the means and the 95 % interval of their difference.
Days are paired by their place in the period, so with whole weeks Mondays meet Mondays; neighbouring days resemble each
other, which widens the interval (Student's t over the differences, their number reduced by the first autocorrelation,
e.g. von Storch and Zwiers 1999, section 6.6). Example: `compare(messages_a_day, 28).arrow` -> "down".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import t as student

LEAST_DAYS = 7
"""Fewer pairs of days with a value say nothing about chance."""
LEAST_COUNT = 20
"""Fewer messages in both periods together, or fewer than half of it in one that has a share, are an anecdote."""
STRONGEST = 0.8
"""More autocorrelation than this is not told from a few weeks."""


@dataclass(frozen=True, slots=True)
class Period:
    """Means of two periods; `low` and `high` bound the difference, None = too little to compare."""

    days: int
    now: float
    before: float
    low: float | None
    high: float | None
    on_record: int  # days of the period that the record holds: fewer than `days` where it is short

    @property
    def difference(self) -> float:
        """Now minus before, nan without a period before."""
        return self.now - self.before

    @property
    def arrow(self) -> str:
        """`up`, `down`, `same` (zero lies in the interval) or `few`."""
        if self.low is None or self.high is None:
            return "few"
        return "up" if self.low > 0 else "down" if self.high < 0 else "same"


def compare(values: np.ndarray | Sequence[float], days: int, *, counts: bool = True) -> Period:
    """The last `days` values against as many before; `counts` = numbers of messages, too few say nothing."""
    values = np.asarray(values, float)
    now, before = values[-days:], values[-2 * days : -days] if len(values) >= 2 * days else np.zeros(0)
    enough = len(before) > 0 and (not counts or np.nansum(now) + np.nansum(before) >= LEAST_COUNT)
    return _period(days, now, before, enough=enough)


def compare_share(part: np.ndarray, whole: np.ndarray, days: int) -> Period:
    """The same for the sum of `part` by the sum of `whole` in each period, both one value a day."""
    part, whole = np.asarray(part, float), np.asarray(whole, float)
    known = ~np.isnan(part) & (whole > 0)
    part, whole = np.where(known, part, 0.0), np.where(known, whole, 0.0)
    cuts = [slice(-days, None), slice(-2 * days, -days)] if len(part) >= 2 * days else [slice(-days, None)]
    now, *rest = [_linear(part[cut], whole[cut]) for cut in cuts]
    before = rest[0] if rest else np.zeros(0)
    enough = len(before) > 0 and min(whole[cut].sum() for cut in cuts) >= LEAST_COUNT / 2
    return _period(days, now, before, enough=enough)


def _linear(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """One value a day whose mean is the share of the period and whose spread is that of the share (delta method)."""
    if not whole.sum():
        return np.full(len(part), np.nan)
    share = part.sum() / whole.sum()
    return share + (part - share * whole) / whole.mean()


def _period(days: int, now: np.ndarray, before: np.ndarray, *, enough: bool) -> Period:
    mean, past = (float(np.nanmean(side)) if np.any(~np.isnan(side)) else np.nan for side in (now, before))
    if not enough or len(now) != len(before):
        return Period(days, mean, past, None, None, len(now))
    pairs = now - before
    pairs = pairs[~np.isnan(pairs)]
    if len(pairs) < LEAST_DAYS:
        return Period(days, mean, past, None, None, len(now))
    middle, half = mean - past, _half_width(pairs)
    return Period(days, mean, past, middle - half, middle + half, len(now))


def _half_width(pairs: np.ndarray) -> float:
    """Half of the 95 % interval of a mean of neighbouring days."""
    n, spread = len(pairs), pairs - pairs.mean()
    total = float(spread @ spread)
    if not total:
        return 0.0
    # The estimate of a short stretch is too low by about 1/n (Kendall 1954).
    r = float(np.clip(float(spread[1:] @ spread[:-1]) / total + 1 / n, 0, STRONGEST))
    alike = max(n * (1 - r) / (1 + r), 2.0)
    return float(student.ppf(0.975, alike - 1) * np.sqrt(total / (n - 1) / alike))
