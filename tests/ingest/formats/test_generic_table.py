"""Tables of any shape: separators, titles above the header, date orders, spreadsheets, JSON lines."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, time

import pytest
from invented_exports import workbook

from ingest import ParseIssue, Source
from ingest.formats.generic_table import FORMAT
from ingest.message import ChatStart, Message


def read(data: str | bytes, name: str = "x.csv") -> list:
    source = Source.of_bytes(data.encode() if isinstance(data, str) else data, name)
    assert FORMAT.sniff(source.head, source.tail, name) >= 0.5
    return list(FORMAT.parse(source))


def rows_of(records: list) -> list[Message]:
    return [record for record in records if isinstance(record, Message)]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_separators_and_encodings(delimiter, encoding):
    text = f'时间{delimiter}发送人{delimiter}内容\r\n2024/3/1 9:05{delimiter}小棠{delimiter}"好{delimiter}的\n2024-01-01 10:00 ""她"""\r\n'
    (row,) = rows_of(read(text.encode(encoding), "x.txt"))
    assert (row.sent_at, row.sender_name) == (datetime(2024, 3, 1, 9, 5), "小棠")
    assert row.text == f'好{delimiter}的\n2024-01-01 10:00 "她"'


def test_declared_separator_and_english_names():
    (row,) = rows_of(read("sep=;\ndate;user;message\n2024-03-01T08:00:05+00:00;Ana;a,b\n"))
    assert (row.sent_at, row.text) == (datetime(2024, 3, 1, 8, 0, 5, tzinfo=UTC), "a,b")


def test_quotes_that_wrap_nothing_are_text():
    rows = rows_of(
        read('时间\t昵称\t内容\n2024-03-01 09:00:00\t系统\t"柚子"加入了群聊\n2024-03-01 09:01:00\t小棠\t"好"的\n')
    )
    assert (rows[0].event, rows[0].actor_ids) == ("join", ["柚子"])
    assert rows[1].text == '"好"的'


@pytest.mark.parametrize(("days", "month"), [(["1/3/24", "28/3/24"], 3), (["3/1/24", "3/28/24"], 3)])
def test_day_and_month_come_from_all_rows(days, month):
    rows = rows_of(read("date,sender,text\n" + "".join(f"{day},a,b\n" for day in days)))
    assert {row.sent_at.month for row in rows} == {month}


def test_titles_above_the_header_and_two_time_columns():
    start, row = read("某群 聊天记录\n\n序号,日期,时间,昵称,内容\n1,2024-03-01,下午2:05,小棠,好\n")
    assert start == ChatStart("", resolution="min")
    assert row.sent_at == datetime(2024, 3, 1, 14, 5)


def test_workbooks_with_real_dates_and_other_sheets():
    book = workbook(
        [["茶友"], [], ["日期", "时间", "昵称", "内容"], [date(2024, 3, 1), time(9, 5, 6), "小棠", "好"], [None] * 4]
    )
    (row,) = rows_of(read(book, "x.xlsx"))
    assert (row.sent_at, row.text) == (datetime(2024, 3, 1, 9, 5, 6), "好")


@pytest.mark.parametrize("array", [False, True])
def test_json_lines_and_arrays(array):
    items = [
        {"ts": 1709251200000, "sender_id": "7", "sender": "小棠", "text": "好", "group": "茶友"},
        {"ts": 1709251201, "sender_id": None, "sender": "系统", "text": '"柚子"退出了群聊', "group": "茶友"},
    ]
    text = json.dumps(items) if array else "\n".join(map(json.dumps, items))
    start, one, two = read(text, "x.jsonl")
    assert start.name == "茶友"
    assert (one.sender_id, one.sent_at) == ("7", datetime(2024, 3, 1, tzinfo=UTC))
    assert (two.event, two.actor_ids) == ("leave", ["柚子"])


def test_a_chat_column_separates_chats():
    records = read(
        "time,sender,text,group\n2024-01-01 10:00,a,x,一\n2024-01-01 10:01,b,y,二\n2024-01-01 10:02,a,z,一\n"
    )
    assert [r.name for r in records if isinstance(r, ChatStart)] == ["一", "二", "一"]


def test_what_cannot_be_read_is_reported_with_its_line():
    records = read('time,sender,text\n2024-01-01 10:00,a,"two\nlines"\nlater,a,x\nshort\n2024-01-01 10:05,a,z\n')
    issues = [record for record in records if isinstance(record, ParseIssue)]
    assert [(issue.line, issue.reason) for issue in issues] == [(4, "bad_time"), (5, "bad_row")]
    assert [row.line for row in rows_of(records)] == [2, 6]


def test_ids_that_a_spreadsheet_rounded_are_said():
    records = read("time,sender,sender_id,text\n2024-01-01 10:00,a,7.12E+18,x\n2024-01-01 10:00,b,7.12E+18,y\n")
    assert [record.reason for record in records if isinstance(record, ParseIssue)] == ["truncated_id"]


@pytest.mark.parametrize(
    "text", ["日期,收入,支出\n2024-01-01,1,2\n", "name,age\na,3\n", "hello\n", '{"a": 1}', "[1, 2]"]
)
def test_other_tables_are_not_claimed(text):
    source = Source.of_bytes(text.encode(), "x.csv")
    assert FORMAT.sniff(source.head, source.tail, source.name) == 0
