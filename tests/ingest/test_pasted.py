"""Old records pasted into a message stay in it; older batches appended to a file do not."""

from __future__ import annotations

import re
from datetime import datetime

from ingest.pasted import without_pasted
from ingest.text_lines import split_records

HEADER = re.compile(r"(?P<time>\d{4}-\d\d-\d\d \d\d:\d\d) (?P<name>\S+)$")


def read(text: str) -> list[tuple[str, str]]:
    def when(record):
        try:
            return datetime.fromisoformat(record.header["time"])
        except ValueError:
            return None

    lines = list(enumerate(text.split("\n"), 1))
    found = without_pasted(lambda: split_records(lines, HEADER), when, lambda record: (record.header or {})["name"])
    return [(record.header["name"], record.body) for record in found if record.header]


def test_a_leap_back_under_a_new_name_is_text():
    text = "2023-05-06 07:30 甲\n看\n2022-01-01 07:30 外人\n旧\n2022-01-01 07:31 路人\n旧2\n2023-05-06 07:31 乙\n好"
    assert read(text) == [("甲", "看\n2022-01-01 07:30 外人\n旧\n2022-01-01 07:31 路人\n旧2"), ("乙", "好")]


def test_a_known_name_or_a_small_step_back_is_believed():
    text = "2023-05-06 07:30 甲\na\n2023-05-06 07:20 甲\nb\n2023-05-06 07:19 丙\nc\n2023-05-06 07:31 丙\nd"
    assert [name for name, _ in read(text)] == ["甲", "甲", "丙", "丙"]


def test_a_date_that_does_not_exist_is_text():
    assert read("2023-05-06 07:30 甲\na\n2023-13-99 07:30 乙\nb") == [("甲", "a\n2023-13-99 07:30 乙\nb")]


def test_the_end_of_a_file_is_no_paste():
    text = "2023-05-06 07:30 甲\na\n2022-05-06 07:30 乙\nb\n2022-05-06 07:31 丙\nc"
    assert [name for name, _ in read(text)] == ["甲", "乙", "丙"]
