"""Text copied out of QQ: three header shapes, files without a date, lines between the messages."""

from __future__ import annotations

from datetime import datetime

import pytest

from ingest.errors import BrokenExport, ParseIssue
from ingest.formats.qq_copy import FORMAT
from ingest.message import ChatStart, Message
from ingest.source import Source

Rows = tuple[list[Message], list[ParseIssue]]


def read(text: str, name: str = "花店.txt", encoding: str = "utf-8") -> Rows:
    source = Source.of_bytes(text.encode(encoding), name)
    assert FORMAT.sniff(source.head, source.tail, source.name) > 0.5
    start, *records = FORMAT.parse(source)
    assert isinstance(start, ChatStart)
    messages = [record for record in records if isinstance(record, Message)]
    return messages, [record for record in records if isinstance(record, ParseIssue)]


def test_english_windows_puts_the_month_first() -> None:
    messages, issues = read(
        "阿梅 (店长) 2/14/2020 9:16:13 PM\n早\n2020-02-13 10:00:00 老周(10001)\n这行是贴的\n\n"
        "2020-01-01 老周 2/15/2020 12:00:05 AM\n[图片]\n\nA: B 2/15/2020 12:10:05 PM\n\n\n"
    )
    assert [m.sender_name for m in messages] == ["阿梅 (店长)", "2020-01-01 老周", "A: B"]
    assert [m.sent_at for m in messages] == [
        datetime(2020, 2, 14, 21, 16, 13),
        datetime(2020, 2, 15, 0, 0, 5),
        datetime(2020, 2, 15, 12, 10, 5),
    ]
    assert messages[0].text == "早\n2020-02-13 10:00:00 老周(10001)\n这行是贴的"
    assert [m.kind for m in messages] == ["text", "image", "unknown"]
    assert not issues


def test_an_unclear_date_order_is_said() -> None:
    _, issues = read("阿梅 2/3/2020 9:16:13 PM\n早\n\n老周 2/3/2020 9:17:13 PM\n早\n")
    assert [issue.reason for issue in issues] == ["date_order_inferred: MDY"]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030", "utf-16"])
def test_chinese_windows_puts_the_year_first(encoding: str) -> None:
    text = (
        "阿梅 2020/2/14 21:16:13\r\n我们下午就去看花吧，大家都来\r\n\r\n老周 2020/2/15 0:01:02\r\n好的，我也要去看\r\n"
    )
    messages, issues = read(text, encoding=encoding)
    assert [m.sent_at for m in messages] == [datetime(2020, 2, 14, 21, 16, 13), datetime(2020, 2, 15, 0, 1, 2)]
    assert [m.text for m in messages] == ["我们下午就去看花吧，大家都来", "好的，我也要去看"]
    assert not issues


def test_system_lines_without_a_time_leave_the_body() -> None:
    messages, issues = read(
        "阿梅 2020/2/14 21:16:13\n早\n\n你撤回了一条消息\n\n你和abc有12个共同好友，点击添加好友。\n\n"
        "老周 2020/2/14 21:17:13\n我刚才撤回了一条消息吗\n"
    )
    assert [m.text for m in messages] == ["早", "我刚才撤回了一条消息吗"]
    assert [(issue.reason, issue.line) for issue in issues] == [
        ("not_a_record: no_time", 6),
        ("not_a_record: no_time", 4),
    ]


def test_phone_forward_takes_days_from_rules() -> None:
    messages, _ = read(
        "— —  2020-2-21  — —\n\n阿梅  23:50:12 \n第一段\n\n第二段\n\n— —  2020-2-22  — —\n\n老周  00:10:00 \n早\n"
    )
    assert [m.sent_at for m in messages] == [datetime(2020, 2, 21, 23, 50, 12), datetime(2020, 2, 22, 0, 10)]
    assert messages[0].text == "第一段\n\n第二段"


BARE = "阿梅 9:59:54 PM\n早\n\n老周 11:59:58 PM\n看这个{}\n\n阿梅 12:00:03 AM\n晚安\n"


def test_without_dates_the_file_name_gives_the_first_day() -> None:
    messages, issues = read(BARE.format(""), "花店2021-05-06.txt")
    assert messages[0].sent_at == datetime(2021, 5, 6, 21, 59, 54)
    assert messages[2].sent_at == datetime(2021, 5, 7, 0, 0, 3)
    assert [issue.reason for issue in issues] == ["date_inferred: 2021-05-06"]


def test_without_dates_a_written_date_gives_the_day() -> None:
    messages, _ = read(BARE.format("\n2021-05-08 10:00:00 小李"))
    assert messages[0].sent_at == datetime(2021, 5, 8, 21, 59, 54)


def test_without_any_hint_the_file_is_refused_with_advice() -> None:
    source = Source.of_bytes(BARE.format("").encode(), "花店.txt")
    with pytest.raises(BrokenExport, match="no date"):
        list(FORMAT.parse(source))


@pytest.mark.parametrize("text", ["今天开会\n\n明天 10:00:00 再说\n", "2024-03-01 8:01:00 阿梅(10001)\n早\n", ""])
def test_other_texts_are_left_alone(text: str) -> None:
    assert FORMAT.sniff(text, text, "notes.txt") < 0.5
