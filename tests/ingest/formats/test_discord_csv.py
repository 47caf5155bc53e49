"""DiscordChatExporter CSV: events only by their sentences, dates of every build."""

from __future__ import annotations

from datetime import UTC, datetime

from ingest.formats.discord_csv import FORMAT
from ingest.message import ChatStart, Message
from ingest.source import Source

HEADER = "AuthorID,Author,Date,Content,Attachments,Reactions\r\n"


def read(text: str, name: str = "Guild - Text - 闲聊 [1100000000029360128].csv") -> list:
    source = Source.of_bytes(text.encode(), name)
    assert FORMAT.sniff(source.head, source.tail, name) > 0.9
    return list(FORMAT.parse(source))


def test_cells_with_line_ends_quotes_and_commas() -> None:
    start, one, two, joined = read(
        HEADER
        + '"7","anna","2024-03-01T00:00:05.1230000+00:00","a ""b"", c\n2024-03-01T00:00:05 x","",""\r\n'
        + '"8","ben","2024-03-01T00:01:00.0000000+00:00","","https://x.example/v.mp4,https://x.example/b.png","👍 (2)"\r\n'
        + '"8","ben","2024-03-01T00:02:00.0000000+00:00","Added 王 to the group.","",""\r\n'
    )
    assert start == ChatStart("闲聊")
    assert one.text == 'a "b", c\n2024-03-01T00:00:05 x'
    assert one.sent_at == datetime(2024, 3, 1, 0, 0, 5, 123000, tzinfo=UTC)
    assert (two.kind, len(two.urls)) == ("video", 2)
    assert (joined.event, joined.actor_ids, joined.target_ids) == ("invite", ["8"], ["王"])


def test_old_builds_state_local_dates_with_month_names() -> None:
    _, message = read(
        'AuthorID,Author,Date,Content,Attachments,Reactions\n"7","anna#0007","12-May-20 08:30 PM","x","",""'
    )
    assert message.sent_at == datetime(2020, 5, 12, 20, 30)


def test_the_order_of_day_and_month_comes_from_the_whole_file() -> None:
    rows = "".join(f'"7","a","{day}/03/2024 10:00","x","",""\n' for day in ("01", "02", "25"))
    records = read(HEADER + rows)
    assert [r.sent_at.day for r in records if isinstance(r, Message)] == [1, 2, 25]
