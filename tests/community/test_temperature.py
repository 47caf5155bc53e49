"""The temperature: known values, parts that add up, raw against cleaned."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from community import CommunitySettings, analyse
from community.temperature import gini, measure_temperature, own_percentile, rolling_speakers, rolling_sum

PAIRS = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 89)), min_size=1, max_size=200)


def arrays(pairs: list[tuple[int, int]]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    unique = np.unique(np.array(pairs, np.int64), axis=0)
    counts = np.bincount([d for _, d in pairs], minlength=90)
    return counts, unique[:, 0], unique[:, 1]


@given(PAIRS)
def test_parts_add_up_and_stay_in_range(pairs):
    found = measure_temperature(*arrays(pairs))
    assert np.allclose(found.value, found.days + found.speakers + found.volume)
    for part, most in ((found.days, 50), (found.speakers, 25), (found.volume, 25), (found.value, 100)):
        assert (part >= 0).all() and (part <= most + 1e-9).all()


@given(PAIRS, st.integers(1, 40))
def test_rolling_speakers_equal_a_plain_count(pairs, window):
    counts, member, day = arrays(pairs)
    plain = [len({m for m, d in pairs if e - window < d <= e}) for e in range(len(counts))]
    assert rolling_speakers(member, day, len(counts), window).tolist() == plain


def test_a_full_month_of_fifty_people_is_hot():
    member = np.repeat(np.arange(50), 28)
    day = np.tile(np.arange(28), 50)
    found = measure_temperature(np.full(28, 40), member, day)
    assert np.isclose(found.value[-1], 100) and np.isclose(
        found.value[0], 50 / 28 + 25 + 25 * np.log1p(40) / np.log1p(1000)
    )


def test_an_empty_chat_is_cold():
    none = np.zeros(0, np.int64)
    found = measure_temperature(np.zeros(30, int), none, none)
    assert (found.value == 0).all()


def test_rolling_sum_counts_days_before_the_start_as_empty():
    assert rolling_sum(np.array([1, 2, 3, 4]), 2).tolist() == [1, 3, 5, 7]


def test_own_percentile_knows_the_record_low_and_needs_eight_weeks():
    falling = np.linspace(90, 10, 200)
    found = own_percentile(falling)
    assert np.isnan(found[:56]).all() and (found[56:] == 0).all()
    assert np.allclose(own_percentile(np.full(200, 40.0))[56:], 50)


def test_gini_of_known_shares():
    assert gini(np.array([5, 5, 5])) == 0 and np.isclose(gini(np.array([1, 3])), 0.25) and np.isnan(gini(np.array([0])))


def test_ads_bots_and_red_packet_thanks_do_not_warm_a_chat(chat):
    for day in range(60):
        chat.say("安", day)
        chat.say("推广", day + 0.1, "加我", ad=True)
        chat.say("推广", day + 0.11, "加我", ad=True)
        chat.say("签到机器人", day + 0.2, "打卡提醒")
        chat.say("宝", day + 0.3, "恭喜发财", kind="red_packet")
        chat.say("程", day + 0.301, "谢谢老板")
    found = analyse(*chat.tables(), name="群", platform="wechat", settings=CommunitySettings())
    row = found.chats.to_pylist()[0]
    assert row["temperature"] < row["temperature_raw"] - 10
    assert found.days["messages_clean"].to_pylist() == [1] * 60
    assert found.days["messages"].to_pylist() == [6] * 60
