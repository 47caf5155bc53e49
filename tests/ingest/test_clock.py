"""Clocks: every order, every 12-hour word, every epoch."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from fuzz import time_limit
from hypothesis import given
from hypothesis import strategies as st

from ingest.clock import guess_order, has_seconds, read_clock, read_date, read_datetime, read_epoch, zone_of


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("8:01", (8, 1, 0)),
        ("上午12:00", (0, 0, 0)),
        ("下午12:30:05", (12, 30, 5)),
        ("中午1:00", (13, 0, 0)),
        ("中午12:00", (12, 0, 0)),
        ("晚上11:00", (23, 0, 0)),
        ("凌晨2:15", (2, 15, 0)),
        ("午後3:00", (15, 0, 0)),
        ("오후 9:00", (21, 0, 0)),
        ("오전 12:10", (0, 10, 0)),
        ("9:00 PM", (21, 0, 0)),
        ("12:00\u202fAM", (0, 0, 0)),
        ("00:08 a. m.", (0, 8, 0)),
        ("10:00\u00a0p.\u00a0m.", (22, 0, 0)),
        ("10.05.06", (10, 5, 6)),
        ("21:16:13 PM", (21, 16, 13)),
        ("25:00", None),
        ("no clock", None),
    ],
)
def test_times_of_day(text, expected):
    assert read_clock(text) == expected


@pytest.mark.parametrize(
    ("dates", "order", "sure"),
    [
        (["2024/1/2"], "YMD", True),
        (["13/1/2024", "1/2/2024"], "DMY", True),
        (["1/13/2024"], "MDY", True),
        (["1/3/24", "2/3/24", "9/3/24"], "DMY", False),
        (["3/1/24", "3/2/24", "3/9/24"], "MDY", False),
        (["24.12.30", "24.12.31", "25.01.01"], "YMD", True),
        (["29.02.24", "01.03.24"], "DMY", True),
    ],
)
def test_the_order_of_a_date_comes_from_all_dates(dates, order, sure):
    found = guess_order(dates)
    assert (found.order, found.sure) == (order, sure)


def test_the_hint_decides_only_a_tie():
    assert guess_order(["5/6/2024"], hint="MDY").order == "MDY"
    assert guess_order(["5/6/2024"], hint="DMY").order == "DMY"
    assert guess_order(["13/6/2024"], hint="MDY").order == "DMY"


@given(st.lists(st.dates(date(2001, 1, 1), date(2060, 1, 1)), min_size=1), st.sampled_from(["DMY", "MDY"]))
def test_a_day_above_twelve_settles_the_order(days, order):
    days = [*days, date(2024, 5, 28)]
    written = [f"{d.day}/{d.month}/{d.year}" if order == "DMY" else f"{d.month}/{d.day}/{d.year}" for d in days]
    found = guess_order(written)
    assert found.order == order
    assert [read_date(text, found.order) for text in written] == days


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2024-03-01 8:01:00", datetime(2024, 3, 1, 8, 1)),
        ("2024/3/1 下午2:05", datetime(2024, 3, 1, 14, 5)),
        ("2024年3月1日 晚上9点05分", datetime(2024, 3, 1, 21, 5)),
        ("20240301080005", datetime(2024, 3, 1, 8, 0, 5)),
        ("45352.5", datetime(2024, 3, 1, 12)),
        ("2024-03-01T08:00:05.1234567+08:00", datetime(2024, 3, 1, 8, 0, 5, 123456, timezone(timedelta(hours=8)))),
        ("2024-03-01T00:00:05Z", datetime(2024, 3, 1, 0, 0, 5, tzinfo=UTC)),
        ("1709251205", datetime(2024, 3, 1, 0, 0, 5, tzinfo=UTC)),
        ("Mar 1, 2024 at 10:00 AM", datetime(2024, 3, 1, 10)),
        ("Fri Mar 01 08:00:05 2024", datetime(2024, 3, 1, 8, 0, 5)),
        ("07:03 AM, 03 Jun 2023", datetime(2023, 6, 3, 7, 3)),
        ("01.03.2024 10:00:00 UTC+08:00", datetime(2024, 3, 1, 10, tzinfo=timezone(timedelta(hours=8)))),
        ("Friday, March 1, 2024 at 2:03:04\u202fAM UTC", datetime(2024, 3, 1, 2, 3, 4, tzinfo=UTC)),
        ("2024-03-01", datetime(2024, 3, 1)),
        ("hello", None),
        ("2024-13-45 10:00", None),
        ("100", None),
        ("", None),
    ],
)
def test_moments(text, expected):
    assert read_datetime(text, "DMY") == expected


@given(st.datetimes(datetime(2005, 1, 1), datetime(2060, 1, 1), timezones=st.just(UTC)))
def test_epochs_of_every_unit_are_one_moment(moment):
    moment = moment.replace(microsecond=0)
    seconds = int(moment.timestamp())
    assert {read_epoch(seconds * 10**power) for power in (0, 3, 6, 9)} == {moment}
    assert read_epoch(str(seconds)) == moment


@pytest.mark.parametrize("name", ["Asia/Shanghai", "+08:00", "UTC+08:00"])
def test_zones_by_name_and_offset(name):
    assert datetime(2024, 1, 1, tzinfo=zone_of(name)).utcoffset() == timedelta(hours=8)


def test_an_unknown_zone_says_how_to_write_one():
    with pytest.raises(ValueError, match="Asia/Shanghai"):
        zone_of("Beijing")


def test_seconds_are_seen():
    assert has_seconds("上午10:00:01")
    assert not has_seconds("10:00")


@pytest.mark.parametrize("letter", [" ", "\t", "0", ",", "jan ", "上午", "1:"])
def test_a_cell_with_a_novel_in_it_is_read_at_once(letter):
    with time_limit():
        for text in (letter * 60_000, f"2024-01-05{letter * 60_000}", f"2024-01-05 {letter * 60_000}x"):
            read_datetime(text)
            read_clock(text)
            read_date(text)
