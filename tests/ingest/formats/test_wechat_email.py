"""WeChat messages sent by e-mail from a phone: day rules, minutes, framed headers."""

from __future__ import annotations

import pytest
from invented_wechat import CHAT, ROWS, assert_conversation, read, wechat_email

from ingest import Source, read_export

SAID = [row for row in ROWS if not row.is_system]


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_the_conversation_is_read_whole(newline):
    data = wechat_email().replace("\n", newline).encode()
    assert_conversation(read(data, "x.txt"), ids=False, minutes=True, kept=SAID)
    reading = read_export(Source.of_bytes(data, "x.txt"))
    list(reading)
    (receipt,) = reading.receipts.values()
    assert (receipt.name, receipt.skipped) == (CHAT, [])


def test_a_name_and_a_time_inside_a_body_stay_text():
    text = (
        "—————  2023-05-06  —————\n\n\n苦瓜  08:01\n\n排班：\n小雨  09:00\n老周  10:00\n\n\n小雨  下午2:05\n\n好\n\n\n"
    )
    rows = read(text.encode(), "x.txt")
    assert [(row["sender_name"], row["text"]) for row in rows] == [
        ("苦瓜", "排班：\n小雨  09:00\n老周  10:00"),
        ("小雨", "好"),
    ]
    assert f"{rows[1]['sent_at']:%H:%M}" == "06:05"


def test_a_message_before_any_day_is_reported():
    text = "苦瓜  08:01\n\n早\n\n\n—————  2023-05-06  —————\n\n\n小雨  08:02\n\n早\n\n\n"
    reading = read_export(Source.of_bytes(text.encode(), "x.txt"))
    assert sum(table.num_rows for table in reading) == 1
    (receipt,) = reading.receipts.values()
    assert [issue.reason for issue in receipt.skipped] == ["bad_time"]
