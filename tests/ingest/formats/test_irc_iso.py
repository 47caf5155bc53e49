"""Logs with ISO times; encodings may change from line to line."""

from __future__ import annotations

from datetime import UTC, datetime

from ingest.formats.irc_iso import FORMAT
from ingest.message import ChatStart, Message
from ingest.source import Source


def read(data: bytes, name: str = "tea.log") -> list:
    source = Source.of_bytes(data, name)
    assert FORMAT.sniff(source.head, source.tail, source.name) > 0.7
    return list(FORMAT.parse(source))


def test_lines_of_talk_actions_and_events() -> None:
    start, joined, said, acted, renamed, notice = read(
        "2005-01-08T23:33:54  *** bob has joined #tea\n"
        "2005-01-08T23:34:46  <anna> 2005-01-08T23:34:46  <x> 贴\n"
        "2005-01-08T23:34:47  * anna waves\n"
        "2005-01-08T23:49:00Z  *** anna is now known as away\n"
        "[2005-01-08 23:49] -bob- psst\n".encode()
    )
    assert start == ChatStart("#tea")
    assert [joined.event, said.event, acted.event, renamed.event] == ["join", None, None, "rename"]
    assert said.text == "2005-01-08T23:34:46  <x> 贴"
    assert acted.kind == "action"
    assert renamed.sent_at == datetime(2005, 1, 8, 23, 49, tzinfo=UTC)
    assert (notice.sender_name, notice.text) == ("bob", "psst")


def test_each_line_has_its_own_encoding() -> None:
    data = "2011-01-15T20:32:39  <k> č\n".encode("iso8859-13") + "2011-01-15T20:38:43  <m> ąčę 茶\n".encode()
    rows = [row for row in read(data) if isinstance(row, Message)]
    assert len(rows) == 2
    assert rows[1].text == "ąčę 茶"
