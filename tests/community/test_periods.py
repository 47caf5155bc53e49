"""Periods on invented counts: known answers, honest silence, and how often chance is taken for a change."""

from __future__ import annotations

import numpy as np
import pytest

from community.periods import compare, compare_share

SEED = 7


def chance(days: int, level: float) -> np.ndarray:
    """Two periods of the same habit: Poisson days, quiet weekends."""
    spin = np.random.default_rng(SEED)
    week = np.tile([1, 1, 1, 1, 1.3, 0.6, 0.6], 2 * days // 7 + 1)[: 2 * days]
    return spin.poisson(level * week)


def test_twice_as_much_is_up_and_the_interval_holds_the_difference():
    weeks = np.tile([4, 6, 5, 5, 7, 3, 2], 8).astype(float)
    found = compare(np.concatenate([weeks[:28], 2 * weeks[:28]]), 28)
    assert found.arrow == "up" and found.difference == pytest.approx(weeks[:28].mean())
    assert found.low is not None and found.high is not None and found.low < found.difference < found.high


def test_mondays_meet_mondays():
    """The rhythm of the week alone is no noise: the same week again has an interval of nothing."""
    found = compare(np.tile([9, 1, 1, 1, 1, 1, 30], 8).astype(float), 28)
    assert (found.low, found.high, found.arrow) == (0, 0, "same")


@pytest.mark.parametrize("days", [7, 28, 84])
def test_chance_is_seldom_called_a_change(days):
    spin = np.random.default_rng(SEED)
    wrong = sum(compare(spin.permutation(chance(days, 6)), days).arrow in ("up", "down") for _ in range(300))
    assert wrong <= 0.08 * 300


def test_too_little_says_so():
    assert compare(np.ones(20), 28).arrow == "few"  # no period before
    assert compare(np.array([0.0] * 50 + [1] * 6), 28).arrow == "few"  # six messages
    assert compare(np.array([np.nan] * 50 + [1] * 6), 28, counts=False).arrow == "few"
    assert np.isnan(compare(np.zeros(0), 28).now)


def test_a_share_is_the_sum_by_the_sum():
    part, whole = np.r_[np.ones(28), np.full(28, 5)], np.r_[np.full(28, 10), np.full(27, 10), 100]
    found = compare_share(part, whole, 28)
    assert found.now == pytest.approx(5 * 28 / whole[28:].sum()) and found.before == pytest.approx(0.1)
    assert found.arrow == "up"
    assert compare_share(part, np.zeros(56), 28).arrow == "few"
