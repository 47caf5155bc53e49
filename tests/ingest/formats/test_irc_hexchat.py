"""HexChat and XChat logs, which lack the year."""

from __future__ import annotations

from datetime import datetime

from ingest.errors import ParseIssue
from ingest.formats.irc_hexchat import FORMAT
from ingest.message import Message
from ingest.source import Source


def read(text: str, name: str = "libera-#tea.log") -> list:
    source = Source.of_bytes(text.encode(), name)
    assert FORMAT.sniff(source.head, source.tail, source.name) > 0.8
    return list(FORMAT.parse(source))[1:]


def test_the_frame_states_the_year_and_new_year_turns_it() -> None:
    rows = read(
        "**** BEGIN LOGGING AT Sun Dec 31 23:59:00 2023\n\nDec 31 23:59:30 <anna>\t新年\nJan 01 00:00:01 <@bob>\t好\n"
        "**** ENDING LOGGING AT Mon Jan  1 00:00:02 2024\n"
    )
    assert [row.sent_at for row in rows] == [datetime(2023, 12, 31, 23, 59, 30), datetime(2024, 1, 1, 0, 0, 1)]
    assert (rows[1].sender_name, rows[1].sender_role) == ("bob", "admin")


def test_events_and_actions_look_alike_but_are_told_apart() -> None:
    rows = read(
        "**** BEGIN LOGGING AT Fri Mar  1 10:00:00 2024\n"
        "Mar 01 10:00:00 *\tNow talking on #tea\n"
        "Mar 01 10:00:01 *\tbob (~b@host) has joined\n"
        "Mar 01 10:00:02 *\tanna has left the kettle on\n"
        "Mar 01 10:00:03 *\tanna has kicked bob from #tea (spam)\n"
        "Mar 01 10:00:04 *\tanna is now known as a legend\n"
        "Mar 01 10:00:05 -->\tcarl (~c@host) has joined #tea\n"
        "Mar 01 10:00:06 -bob-\t通知\n"
    )
    assert [row.event for row in rows] == ["other", "join", None, "kick", None, "join", None]
    assert [row.kind for row in rows if row.event is None] == ["action", "action", "text"]


def test_a_year_that_nobody_states_is_taken_and_told() -> None:
    *rows, issue = read("Mar 01 10:00:00 <anna>\thi\nMar 01 10:00:01 <anna>\tyo\n")
    assert all(isinstance(row, Message) for row in rows)
    assert isinstance(issue, ParseIssue)
    assert (issue.reason.split(":")[0], issue.lost) == ("date_inferred", False)
