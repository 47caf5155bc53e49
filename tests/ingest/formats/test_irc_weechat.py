"""WeeChat logs."""

from __future__ import annotations

from datetime import UTC, datetime

from ingest.errors import ParseIssue
from ingest.formats.irc_weechat import FORMAT
from ingest.message import ChatStart, Message
from ingest.source import Source

LOG = (
    "2024-03-01 10:00:00\t-->\tanna (~a@host) has joined #茶\n"
    "2024-03-01 10:00:01\t@anna\t\x0304早\x03\t10:00 <x> 贴\n"
    "2024-03-01 10:00:02\t *\tanna waves\n"
    "2024-03-01 10:00:03\t--\tanna is now known as anna_\n"
    "2024-03-01 10:00:04\t--\tNotice(bob): 在吗\n"
    "2024-03-01 10:00:05\t<--\tanna_ (~a@host) has quit (bye)\n"
    "broken\n"
)


def test_columns_marks_and_notices() -> None:
    source = Source.of_bytes(LOG.encode(), "irc.libera.#茶.weechatlog")
    assert FORMAT.sniff(source.head, source.tail, source.name) > 0.9
    start, *rows = FORMAT.parse(source)
    assert start == ChatStart("#茶")
    assert isinstance(rows[-1], ParseIssue)
    messages = [row for row in rows if isinstance(row, Message)]
    assert [m.event for m in messages] == ["join", None, None, "rename", None, "leave"]
    said = messages[1]
    assert (said.sender_name, said.sender_role, said.text) == ("anna", "admin", "早\t10:00 <x> 贴")
    assert said.sent_at == datetime(2024, 3, 1, 10, 0, 1)
    assert (messages[2].kind, messages[2].text) == ("action", "waves")
    assert (messages[4].sender_name, messages[4].text) == ("bob", "在吗")


def test_new_builds_write_utc() -> None:
    source = Source.of_bytes(b"2024-03-01T10:00:00.250000Z\tanna\thi\n", "irc.x.#a.weechatlog")
    message = list(FORMAT.parse(source))[1]
    assert isinstance(message, Message)
    assert message.sent_at == datetime(2024, 3, 1, 10, 0, 0, 250000, tzinfo=UTC)


def test_a_table_with_a_header_is_no_log() -> None:
    table = "time\tname\ttext\n2024-03-01 10:00:00\tanna\thi\n"
    assert FORMAT.sniff(table + "2024-03-01 10:00:01\tanna\tyo\n" * 9, "", "x.txt") == 0.0
