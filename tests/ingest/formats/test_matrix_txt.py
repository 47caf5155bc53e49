"""Element's plain text in any locale, names with colons, pasted headers."""

from __future__ import annotations

from datetime import datetime

import pytest

from ingest.formats.matrix_txt import FORMAT
from ingest.message import Message
from ingest.source import Source


def read(text: str, encoding: str = "utf-8") -> list[Message]:
    source = Source.of_bytes(text.encode(encoding), "matrix-room.txt")
    assert FORMAT.sniff(source.head, source.tail, source.name) > 0.9
    return [record for record in FORMAT.parse(source) if isinstance(record, Message)]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("2024/3/1 00:01:00", "2024/3/13 20:30:05"),
        ("2024/3/1 上午12:01:00", "2024/3/13 下午8:30:05"),
        ("3/1/2024, 12:01:00 AM", "3/13/2024, 8:30:05 PM"),
        ("3/1/2024, 12:01:00\u202fAM", "3/13/2024, 8:30:05\u202fPM"),
        ("01/03/2024, 00:01:00", "13/03/2024, 20:30:05"),
        ("1.3.2024, 00:01:00", "13.3.2024, 20:30:05"),
    ],
)
def test_dates_of_every_locale(first: str, second: str) -> None:
    rows = read(f"{first} - anna: hi\n{second} - ben: yo\n")
    assert [row.sent_at for row in rows] == [datetime(2024, 3, 1, 0, 1), datetime(2024, 3, 13, 20, 30, 5)]


def test_bodies_keep_lines_in_other_shapes_and_names_may_hold_colons() -> None:
    rows = read(
        "2024/3/1 08:00:00 - A: b: 一\n3/1/2024, 8:00:00 AM - x: 贴的\n\n10:00 王\n"
        "2024/3/1 08:00:01 - A: b: 二\n"
        "2024/3/1 08:00:02 - 小王: 注意: 三\n"
        "2024/3/1 08:00:03 - 小王: 四\n"
        "2024/3/1 08:00:04 - 小王: \n"
    )
    assert [row.sender_name for row in rows] == ["A: b", "A: b", "小王", "小王", "小王"]
    assert rows[0].text == "一\n3/1/2024, 8:00:00 AM - x: 贴的\n\n10:00 王"
    assert rows[2].text == "注意: 三"
    assert rows[4].text == ""


def test_events_emotes_replies_and_media() -> None:
    rows = read(
        "2024/3/1 08:00:00 - anna joined the room\n"
        "2024/3/1 08:00:01 - anna invited ben\n"
        "2024/3/1 08:00:02 - anna removed carl: spam\n"
        '2024/3/1 08:00:03 - "A: b" 拍了拍 "小王"\n'
        "2024/3/1 08:00:04 - anna changed the room name from a to b\n"
        "2024/3/1 08:00:05 - * anna waves\n"
        '2024/3/1 08:00:06 - ben: <@anna:x.org "早上..."> 好\n'
        "2024/3/1 08:00:07 - ben: a.jpg (Media omitted)\n"
        "2024/3/1 08:00:08 - ben: Message deleted\n"
        "2024/3/1 08:00:09 - ben: anna joined the room\n"
    )
    assert [row.event for row in rows[:5]] == ["join", "invite", "kick", "nudge", "rename"]
    assert (rows[2].actor_ids, rows[2].target_ids) == (["anna"], ["carl"])
    assert rows[3].actor_ids == ["A: b"]
    assert (rows[5].kind, rows[5].sender_name, rows[5].text) == ("action", "anna", "waves")
    assert (rows[6].text, rows[6].quoted_name, rows[6].quoted_text) == ("好", "@anna:x.org", "早上...")
    assert [row.kind for row in rows[7:]] == ["image", "unknown", "text"]
    assert rows[9].event is None


def test_utf16_and_whatsapp_lines_are_told_apart() -> None:
    assert len(read("2024/3/1 08:00:00 - 安娜: 早\n2024/3/1 08:00:01 - 安娜: 好\n", "utf-16")) == 2
    assert FORMAT.sniff("3/1/24, 10:00 - anna: hi\n", "", "x.txt") == 0.0
