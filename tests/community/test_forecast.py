"""Forecast and churn: steady chats stay as they are, the past alone counts, regular members are safer."""

from __future__ import annotations

import numpy as np

from community.forecast import forecast_volume
from community.member_rhythm import MEMBER_FEATURES, member_features
from community.outlook_model import shipped_linear
from community.risk_features import read_rhythm
from community.settings import CommunitySettings

SETTINGS = CommunitySettings()


def rhythm(levels, speakers=8):
    day = np.repeat(np.arange(len(levels)), levels)
    member = np.concatenate([np.arange(n) % speakers for n in levels]).astype(np.int64)
    return read_rhythm(day, member, len(levels))


def test_a_steady_chat_is_forecast_to_go_on():
    found = forecast_volume(rhythm([30] * 200, 20), SETTINGS)
    assert found and 28 * 30 / 2 < found.middle < 28 * 30 * 2
    assert 0 <= found.low < found.middle < found.high


def test_more_talk_is_forecast_where_more_is_said():
    small, large = (forecast_volume(rhythm([n] * 200, 10), SETTINGS) for n in (5, 50))
    assert small and large and small.middle < large.middle


def test_little_history_gives_no_forecast():
    assert forecast_volume(rhythm([30] * 40), SETTINGS) is None


def test_member_features_look_back_only():
    rng = np.random.default_rng(4)
    levels = rng.poisson(6, 150)
    whole, cut = rhythm(levels), rhythm(levels[:100])
    (who, rows), (same, known) = member_features(whole, 100), member_features(cut, 100)
    assert who.tolist() == same.tolist() and np.allclose(rows, known)


def test_the_regular_member_is_safer_than_the_one_who_came_once():
    day = np.concatenate([np.arange(100), [50]])
    member = np.concatenate([np.zeros(100, int), [1]])
    who, rows = member_features(read_rhythm(day, member, 100), 100)
    risk = shipped_linear("churn", MEMBER_FEATURES).score(rows)
    assert who.tolist() == [0, 1] and risk[0] < risk[1]
