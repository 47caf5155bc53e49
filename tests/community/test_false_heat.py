"""虚火, holidays and seasons: what does not warm a chat, and what the calendar explains."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np

from community import CommunitySettings, analyse
from community.holidays import holidays
from community.season import expect_messages, weekday_factors
from community.talk import read_talk
from community.temperature import measure_temperature, temperature_band

EPOCH = date(1970, 1, 1)


def day_number(year, month, day):
    return (date(year, month, day) - EPOCH).days


def test_rows_of_plus_one_and_echoes_are_floods_and_their_first_is_not(chat):
    for k in range(8):
        chat.say(f"成员{k}", k / 10_000, "+1")
    for k in range(4):
        chat.say(f"成员{k}", 0.5 + k / 10_000, "明天上午十点老地方见")
    chat.say("成员1", 0.9, "收到")
    talk, _ = read_talk(*chat.tables())
    assert talk.flood.tolist() == [False] + [True] * 7 + [False] + [True] * 3 + [False]


def test_one_person_repeating_themselves_is_no_echo(chat):
    for k in range(6):
        chat.say("成员1", k / 10_000, "有人在吗帮我看看这个")
    assert not read_talk(*chat.tables())[0].flood.any()


def test_raw_equals_clean_plus_the_four_parts_on_every_day(chat):
    for day in range(40):
        chat.say("安", day, f"第{day}章")
        chat.say("推广", day + 0.1, "加我", ad=True)
        chat.say("签到机器人", day + 0.2, "打卡提醒")
        chat.say("宝", day + 0.3, "恭喜发财", kind="red_packet")
        for k in range(6):
            chat.say(f"跟{k}", day + 0.4 + k / 10_000, "+1")
    days = analyse(*chat.tables(), name="群", platform="wechat", settings=CommunitySettings()).days.to_pandas()
    parts = days[[f"false_heat_{name}" for name in ("ads", "bots", "packets", "floods")]]
    assert np.allclose(days.temperature + parts.sum(axis=1), days.temperature_raw, atol=1e-3)
    assert (parts.iloc[-1] > 0).all()
    assert ((days.temperature_low <= days.temperature) & (days.temperature <= days.temperature_high)).all()


def test_a_small_sample_gives_a_wide_band():
    def width(levels):
        counts = np.array(levels)
        pairs = np.array(sorted({(k % 20, d) for d, n in enumerate(levels) for k in range(n)}))
        low, high = temperature_band(measure_temperature(counts, *pairs.T), counts)
        return high[-1] - low[-1]

    assert width([20] * 40) < width([1, 0, 0, 0] * 10)


def test_the_spring_festival_moves_with_the_moon_and_stays_at_home():
    first = day_number(2024, 2, 1)
    known = holidays("Asia/Shanghai", first, 29)
    assert [k + 1 for k in np.flatnonzero(known == "spring_festival")] == list(range(8, 17))
    assert not (holidays("Europe/Berlin", first, 29) != "").any()


def test_every_tabled_spring_festival_is_a_new_moon_of_late_winter():
    month = 29.530588
    for year in range(2010, 2036):
        start = day_number(year, 1, 1)
        found = np.flatnonzero(holidays("Asia/Shanghai", start, 70) == "spring_festival")
        new_year = EPOCH + timedelta(days=start + int(found[0]) + 2)
        assert date(year, 1, 21) <= new_year <= date(year, 2, 21)
        age = ((new_year - date(2000, 1, 6)).days - 0.25) % month  # a new moon: 2000-01-06 18:14 UTC
        assert min(age, month - age) < 1.1


def test_double_eleven_national_day_and_june_18_are_known():
    for day, name in (((2025, 11, 11), "singles_day"), ((2030, 10, 3), "national_day"), ((2012, 6, 18), "june_18")):
        assert holidays("Asia/Shanghai", day_number(*day), 1)[0] == name


def test_the_weekday_rhythm_is_found_and_expected():
    first = day_number(2024, 3, 4)  # a Monday
    counts = np.array([10, 10, 10, 10, 10, 40, 40] * 20)
    ordinary = np.full(len(counts), "", object)
    factors = weekday_factors(counts, first, ordinary == "")
    assert factors[5] > 2 * factors[0]
    expected = expect_messages(counts, first, ordinary)
    assert abs(expected[-1] - 40) < 8 and abs(expected[-3] - 10) < 4


def test_a_cut_chat_knows_nothing_of_what_came_later(chat):
    for day in range(60):
        chat.say(f"成员{day % 5}", day, f"第{day}章")
    talk, _ = read_talk(*chat.tables())
    end = int(talk.at[30]) + 12 * 3_600_000
    then = talk.until(end)
    assert len(then.at) == 31 and then.now == end and then.days == 31 and len(then.texts) == 31
    assert talk.until(int(talk.at[-1]) + 5 * 86_400_000).days == 65  # silence counts as days too
