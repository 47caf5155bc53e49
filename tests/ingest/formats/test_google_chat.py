"""Google Chat's Takeout: long dates, topics, attachments without text."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from fuzz import time_limit

from ingest.errors import ParseIssue
from ingest.formats.google_chat import FORMAT
from ingest.message import ChatStart
from ingest.source import Source


def row(number: int, text: str = "", stamp: str = "Friday, March 1, 2024 at 2:03:04\u202fAM UTC", **more) -> dict:
    return {
        "creator": {"name": "安娜", "email": "anna@example.org", "user_type": "Human"},
        "created_date": stamp,
        "topic_id": "t1",
        "message_id": f"AAAA/t1/m{number}",
        **({"text": text} if text else {}),
        **more,
    }


def read(*rows: dict) -> list:
    info = json.dumps({"name": "茶室", "members": []}).encode()
    data = json.dumps({"messages": list(rows)}, ensure_ascii=False).encode()
    source = Source.of_bytes(data, "messages.json", siblings={"group_info.json": info})
    assert FORMAT.sniff(source.head, source.tail, source.name) > 0.9
    records = list(FORMAT.parse(source))
    assert records[0] == ChatStart("茶室", "AAAA")
    return records[1:]


@pytest.mark.parametrize(
    ("stamp", "hour"),
    [
        ("Friday, March 1, 2024 at 12:03:04\u202fAM UTC", 0),
        ("Friday, March 1, 2024 at 12:03:04 PM UTC", 12),
        ("2024年3月1日星期五 UTC 下午2:03:04", 14),
    ],
)
def test_dates_are_utc(stamp: str, hour: int) -> None:
    [message] = read(row(1, "早", stamp))
    assert message.sent_at == datetime(2024, 3, 1, hour, 3, 4, tzinfo=UTC)
    assert (message.sender_id, message.sender_name) == ("anna@example.org", "安娜")


def test_topics_quotes_files_and_deleted_messages() -> None:
    quoted = {"message_id": "AAAA/t0/m0", "creator": {"name": "Ben"}, "text": "旧"}
    first, second, quote, file, gone, broken = read(
        row(1, "问"),
        row(2, "答"),
        row(3, "引", quoted_message_metadata=quoted),
        row(4, attached_files=[{"original_name": "名单.xlsx"}]),
        row(5, message_state="DELETED"),
        row(6, "x", "yesterday"),
    )
    assert first.reply_to is None
    assert second.reply_to == first.platform_id
    assert (quote.reply_to, quote.quoted_text, quote.quoted_name) == ("AAAA/t0/m0", "旧", "Ben")
    assert (file.kind, file.text) == ("file", "名单.xlsx")
    assert gone.kind == "unknown"
    assert isinstance(broken, ParseIssue)


def test_a_date_with_a_novel_in_it_is_refused_at_once() -> None:
    with time_limit():
        [issue] = read(row(1, "早", f"Friday{' ' * 60_000}x"))
    assert isinstance(issue, ParseIssue) and issue.reason == "bad_time"
