"""What a day would bring by the chat's own habit: its weekday rhythm on its recent level, holidays left out.

In: counts a day. Out: expected counts a day. The weekday factors come from the whole record, drawn to 1 where there are
few weeks; the level is that of the 28 days before. Example: `expect_messages(counts, first_day, holiday)`.
"""

from __future__ import annotations

import numpy as np

from community.temperature import rolling_sum

PRIOR_WEEKS = 4.0
LEVEL_DAYS = 28


def weekday(first_day: int, days: int) -> np.ndarray:
    """0 = Monday .. 6 = Sunday of each day; `first_day` counts from 1970-01-01, a Thursday."""
    return (first_day + 3 + np.arange(days)) % 7


def weekday_factors(counts: np.ndarray, first_day: int, ordinary: np.ndarray) -> np.ndarray:
    """Seven factors around 1: mean share of each weekday in its own week, over `ordinary` days."""
    day = weekday(first_day, len(counts))
    week = np.maximum(rolling_sum(counts, 7), 1)[np.minimum(np.arange(len(counts)) + 3, len(counts) - 1)]
    share = 7 * counts / week
    total = np.bincount(day[ordinary], np.minimum(share, 7)[ordinary], minlength=7)
    number = np.bincount(day[ordinary], minlength=7)
    factors = (total + PRIOR_WEEKS) / (number + PRIOR_WEEKS)
    return factors / factors.mean()


def expect_messages(counts: np.ndarray, first_day: int, holiday: np.ndarray) -> np.ndarray:
    """Messages each day would bring by weekday and the level of the 28 days before; nan in the first two weeks."""
    ordinary = holiday == ""
    factor = weekday_factors(counts, first_day, ordinary)[weekday(first_day, len(counts))]
    level = np.where(ordinary, counts / factor, 0.0)
    number = rolling_sum(ordinary, LEVEL_DAYS)
    mean = rolling_sum(level, LEVEL_DAYS) / np.maximum(number, 1)
    expected = np.append(np.nan, mean[:-1]) * factor
    expected[:14] = np.nan
    return expected
