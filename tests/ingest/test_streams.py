"""The shared machinery under the formats: records of text logs, JSON streams, tables."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest import ParseIssue, Source
from ingest.json_stream import read_before, read_items, read_json_lines, read_tagged
from ingest.tables import cell_text, map_header, read_csv, sniff_delimiter
from ingest.text_lines import lock_dialect, split_records

HEADER = re.compile(r"(\d\d:\d\d) (\w+)$")
JSON = st.recursive(st.none() | st.booleans() | st.integers(-9, 9) | st.text(), lambda x: st.lists(x, max_size=3))


def numbered(text: str) -> list[tuple[int, str]]:
    return list(enumerate(text.split("\n"), 1))


def test_records_are_header_and_body():
    records = list(split_records(numbered("intro\n10:00 anna\none\n\ntwo\n\n10:01 ben\n"), HEADER))
    assert [(r.line, r.header and r.header[2], r.body) for r in records] == [
        (1, None, "intro"),
        (2, "anna", "one\n\ntwo"),
        (7, "ben", ""),
    ]


def test_a_header_may_have_to_follow_an_empty_line():
    records = list(split_records(numbered("10:00 anna\n10:01 ben\n\n10:02 zoe"), HEADER, after_blank=True))
    assert [r.body for r in records] == ["10:01 ben", ""]


def test_the_dialect_of_most_lines_is_locked():
    dialects = [("a", re.compile(r"\[\d")), ("b", re.compile(r"\d"))]
    assert lock_dialect(numbered("1 x\n2 y\n[3 z"), dialects) == "b"
    assert lock_dialect(numbered("x"), dialects) is None


@given(st.lists(JSON, max_size=8), st.integers(0, 400))
def test_a_cut_array_gives_a_prefix_of_its_elements(items, cut):
    data = json.dumps({"name": "x", "messages": items}).encode()
    found = list(read_items(Source.of_bytes(data[: len(data) - cut]), "messages.item"))
    whole = [item for item in found if not isinstance(item, ParseIssue)]
    assert whole == items[: len(whole)]
    assert cut == 0 or cut >= len(data) or isinstance(found[-1], ParseIssue)
    assert cut > 0 or whole == items


def test_values_before_an_array_are_read_without_the_array():
    source = Source.of_bytes(b'\xef\xbb\xbf{"name": "x", "info": {"a": [1]}, "messages": [{"a": 1}], "late": 2}')
    assert read_before(source, "messages") == {"name": "x", "info": {"a": [1]}}


def test_nested_arrays_keep_what_stands_before_them():
    data = {"chats": {"list": [{"name": "a", "messages": [{"id": 1}, {"id": 2}]}, {"name": "b", "messages": []}]}}
    prefixes = ("chats.list.item.name", "chats.list.item.messages.item")
    found = [value for _, value in read_tagged(Source.of_bytes(json.dumps(data).encode()), *prefixes)]
    assert found == ["a", {"id": 1}, {"id": 2}, "b"]


def test_json_in_utf16_is_read():
    source = Source.of_bytes('[{"名": "张"}]'.encode("utf-16"))
    assert list(read_items(source, "item")) == [{"名": "张"}]


def test_broken_lines_stand_in_their_place():
    found = list(read_json_lines(Source.of_bytes(b'{"a": 1}\n\n# x\n{"a":\n{"a": 2}\n')))
    assert [line for line, _ in found] == [1, 4, 5]
    assert isinstance(found[1][1], ParseIssue)


@pytest.mark.parametrize(("text", "delimiter"), [("a;b;c", ";"), ("时间\t内容", "\t"), ("sep=|\na|b", "|"), ("x", ",")])
def test_delimiters(text, delimiter):
    assert sniff_delimiter(text) == delimiter


CELLS = st.text(st.characters(blacklist_characters="\0\ufeff\r", blacklist_categories=["Cs"]), min_size=1)


@given(st.lists(st.lists(CELLS, min_size=2, max_size=4), min_size=1, max_size=6), st.sampled_from(";,\t"))
def test_any_table_comes_back(rows, delimiter):
    rows = [["time", "text"], *rows]
    text = "\n".join(delimiter.join('"' + cell.replace('"', '""') + '"' for cell in row) for row in rows)
    assert [cells for _, cells in read_csv(Source.of_bytes(text.encode()), delimiter)] == rows


def test_headers_by_meaning():
    assert map_header(["序号", "日期", "时间", "昵称", "QQ号", "消息内容"]) == {
        "date": 1, "clock": 2, "sender": 3, "sender_id": 4, "text": 5,
    }  # fmt: skip
    assert map_header(["Time (UTC)", "User ID", "Body"]) == {"time": 0, "sender_id": 1, "text": 2}


def test_whole_numbers_of_a_spreadsheet_lose_their_point():
    assert [cell_text(value) for value in (7.0, 7.5, None, "x", 10**17)] == ["7", "7.5", "", "x", str(10**17)]
