"""dircproxy logs: masks, identification marks, the year of the file name."""

from __future__ import annotations

from datetime import datetime

from ingest.formats.irc_dircproxy import FORMAT
from ingest.message import ChatStart, Message
from ingest.source import Source

LOG = (
    "[31 Dec 23:53] *** You connected\n"
    "[31 Dec 23:54] <anna!n=a@host> +hello\n"
    "[31 Dec 23:55] <anna!n=a@host> -1 for that\n"
    "[31 Dec 23:56] * anna waves\n"
    "[ 1 Jan 00:01] <x!y@z> lost\n"
    "[1 Jan 00:01] <me!m@host> -5 degrees\n"
    "[1 Jan 00:02] <me!m@host> cold\n"
    "[1 Jan 00:03] <anna!n=a@host> +\n"
)


def test_marks_are_stripped_only_for_speakers_who_always_have_one() -> None:
    source = Source.of_bytes(LOG.encode(), "2023-tea.log")
    assert FORMAT.sniff(source.head, source.tail, source.name) > 0.6
    start, *records = FORMAT.parse(source)
    assert isinstance(start, ChatStart)
    assert start.resolution == "min"
    rows = [record for record in records if isinstance(record, Message)]
    assert len(rows) == len(records) - 1  # the line with the odd date is reported
    assert [row.text for row in rows] == ["You connected", "hello", "1 for that", "waves", "-5 degrees", "cold", ""]
    assert rows[0].event == "other"
    assert rows[3].kind == "action"
    assert [row.sent_at.year for row in rows] == [2023] * 4 + [2024] * 3
    assert rows[-1].sent_at == datetime(2024, 1, 1, 0, 3)
