"""DiscordChatExporter text: dates of the computer's language, pasted headers, blocks under a body, the count."""

from __future__ import annotations

from datetime import datetime

import pytest
from fuzz import time_limit

from ingest.errors import ParseIssue
from ingest.formats.discord_txt import FORMAT, RULE
from ingest.message import ChatStart, Message
from ingest.source import Source, bytes_part

HEAD = f"{RULE}\nGuild: G\nChannel: Text / 闲聊\nTopic: t\n{RULE}\n\n"


def end(count: str) -> str:
    return f"{RULE}\nExported {count} message(s)\n{RULE}\n"


def read(body: str, name: str = "a.txt") -> list:
    source = Source.of_bytes(body.encode(), name)
    assert FORMAT.sniff(source.head, source.tail, name) > 0.9
    return list(FORMAT.parse(source))


def messages(body: str) -> list[Message]:
    return [record for record in read(body) if isinstance(record, Message)]


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ("3/1/2024 12:00 AM", "3/13/2024 12:30 PM", (datetime(2024, 3, 1), datetime(2024, 3, 13, 12, 30))),
        ("01.03.2024 08:00", "13.03.2024 20:30", (datetime(2024, 3, 1, 8), datetime(2024, 3, 13, 20, 30))),
        ("2024/3/1 8:00", "2024/3/13 20:30", (datetime(2024, 3, 1, 8), datetime(2024, 3, 13, 20, 30))),
        ("2024/3/1 上午 08:00", "2024/3/13 下午 08:30", (datetime(2024, 3, 1, 8), datetime(2024, 3, 13, 20, 30))),
        ("01-Mar-24 08:00 AM", "13-Mar-24 08:30 PM", (datetime(2024, 3, 1, 8), datetime(2024, 3, 13, 20, 30))),
    ],
)
def test_dates_of_every_locale(first: str, second: str, expected: tuple[datetime, datetime]) -> None:
    start, *rows = read(f"{HEAD}[{first}] anna\nhi\n\n\n[{second}] ben#1234\nyo\n\n\n{end('2')}")
    assert start == ChatStart("闲聊", resolution="min")
    assert tuple(row.sent_at for row in rows) == expected
    assert [row.sender_name for row in rows] == ["anna", "ben#1234"]


def test_pasted_headers_are_text_and_names_may_look_odd() -> None:
    body = (
        "[3/1/2024 8:00 AM] [bot] a: b (pinned)\n10:00 张三\n[3/1/2024 8:00 AM] fake\n\n"
        "[2024/1/3 09:00:00] 张三: 贴的\n\nend\n\n\n[3/13/2024 8:00 AM] ben\n\n\n"
    )
    first, second = messages(HEAD + body + end("2"))
    assert first.sender_name == "[bot] a: b"
    assert first.text == "10:00 张三\n[3/1/2024 8:00 AM] fake\n\n[2024/1/3 09:00:00] 张三: 贴的\n\nend"
    assert second.text == ""


def test_blocks_and_events() -> None:
    body = (
        "[3/1/2024 8:00 AM] a\n\n{Attachments}\nhttps://x.example/a.jpg\n\n{Reactions}\n👍 (2)\n\n\n"
        "[3/1/2024 8:00 AM] a\n\n{Stickers}\nhttps://x.example/s.png\n\n\n"
        "[3/1/2024 8:00 AM] a\n\n{Embed}\nTitle\nWords\n\n\n"
        "[3/13/2024 8:00 AM] a\nRemoved 王 五 from the group.\n\n\n"
    )
    image, sticker, embed, kick = messages(HEAD + body + end("4"))
    assert [image.kind, sticker.kind, embed.kind] == ["image", "sticker", "link"]
    assert image.text == ""
    assert embed.text == "Title\nWords"
    assert (kick.event, kick.actor_ids, kick.target_ids) == ("kick", ["a"], ["王 五"])


def test_a_count_that_differs_is_told_and_partitions_add_up() -> None:
    one = HEAD + "[3/1/2024 8:00 AM] a\nx\n\n\n"
    records = read(one + end("1,002"))
    assert ParseIssue(0, "count_differs: 1002 stated, 1 read", lost=False) in records
    parts = (bytes_part((one + end("1")).encode(), "a.txt"), bytes_part((one + end("1")).encode(), "a [part 2].txt"))
    both = list(FORMAT.parse(Source(parts)))
    assert [r.text for r in both if isinstance(r, Message)] == ["x", "x"]
    assert not any(isinstance(r, ParseIssue) and r.reason.startswith("count") for r in both)


@pytest.mark.parametrize("letter", [" ", "\t", "0", "a", "0 ", "a "])
def test_a_line_that_might_be_a_header_is_read_at_once(letter) -> None:
    run = letter * 60_000
    with time_limit():
        texts = (f"[{run}", f"[3/1/2024 8:00 AM] a{run}b", f"[3/1/2024 8:00 AM] a{run} (pinned)")
        assert [message.text for message in messages(HEAD + "".join(f"{t}\nx\n\n\n" for t in texts))][-1:] == ["x"]
