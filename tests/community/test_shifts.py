"""Chats whose level changes on a known day, by known people."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from community.analysis import analyse, examine
from community.reasons import read_reason
from community.settings import CommunitySettings
from community.shifts import change_points, find_shifts

SETTINGS = CommunitySettings()


def run(chat):
    return analyse(*chat.tables(), name="群", platform="wechat", settings=SETTINGS)


def found(chat):
    findings = examine(*chat.tables(), name="群", settings=SETTINGS)
    return findings, find_shifts(findings)


def days(chat, who: dict[str, int], start: int, end: int):
    """Each day every one of `who` writes so many messages."""
    for day in range(start, end):
        for place, (name, times) in enumerate(who.items()):
            for n in range(times):
                chat.say(name, day + (place * 10 + n) / 600, f"{name}说第{day}天第{n}句")
    return chat


BASE = {"甲": 5, "乙": 4, "丙": 1, "丁": 2}


def test_the_day_of_the_fall_and_who_stopped(chat):
    days(chat, BASE, 0, 60)
    days(chat, {"丙": 1, "丁": 2}, 60, 110)
    table = run(chat).shifts.to_pylist()
    (row,) = table
    assert row["day"] == date(2024, 5, 3) and row["kind"] == "fall"  # 60 days after March 4
    assert (row["before"], row["after"]) == (pytest.approx(12), pytest.approx(3))
    assert row["member_ids"] == ["id-甲", "id-乙"] and row["stopped"] == [True, True]
    assert row["shares"] == pytest.approx([5 / 9, 4 / 9]) and row["explained"] == pytest.approx(1)
    key, facts = read_reason(row["why"][1])
    assert key == "shift.stopped" and facts == {"names": ["甲", "乙"], "percent": 100, "days": 50}
    assert len(row["message_ids"]) == 2


def test_who_only_says_less_is_not_called_silent(chat):
    days(chat, {"甲": 9, "乙": 2}, 0, 60)
    days(chat, {"甲": 2, "乙": 2}, 60, 120)
    _, (shift,) = found(chat)
    assert shift.stopped == [False] and shift.shares == [pytest.approx(1)]


def test_a_rise_names_who_came(chat):
    days(chat, {"丙": 1, "丁": 1}, 0, 60)
    days(chat, {"丙": 1, "丁": 1, "新": 8}, 60, 120)
    findings, (shift,) = found(chat)
    assert shift.change == pytest.approx(4) and findings.names(shift.members) == ["新"] and shift.stopped == [True]


def test_a_rise_from_hardly_anything_tells_no_percentage(chat):
    days(chat, {"丙": 1, "丁": 1}, 0, 60)
    days(chat, {"丙": 1, "丁": 1, "新": 8}, 60, 120)
    key, facts = read_reason(run(chat).shifts.to_pylist()[0]["why"][0])
    assert key == "shift.rise_times" and facts["times"] == 5 and "percent" not in facts


def test_what_begins_out_of_silence_is_said_to_begin(chat):
    chat.say("丙", 0, "开群啦")
    chat.say("丙", 40, "有人吗")
    days(chat, {"新": 8}, 60, 120)
    key, facts = read_reason(run(chat).shifts.to_pylist()[0]["why"][0])
    assert key == "shift.begin" and facts["after"] == 8


def test_even_chats_have_no_shift(chat):
    assert run(days(chat, BASE, 0, 120)).shifts.num_rows == 0


def test_a_weekday_rhythm_is_no_shift(chat):
    for week in range(16):
        days(chat, {"甲": 6, "乙": 5}, 7 * week, 7 * week + 5)
        days(chat, {"甲": 1}, 7 * week + 5, 7 * week + 7)
    assert run(chat).shifts.num_rows == 0


def test_noise_alone_gives_hardly_any_points():
    rng, points = np.random.default_rng(3), 0
    for _ in range(50):
        points += len(change_points(np.log1p(rng.poisson(20, 365))))
    assert points <= 5  # of 50 years


def test_a_short_chat_has_none(chat):
    assert run(days(chat, BASE, 0, 20)).shifts.num_rows == 0
