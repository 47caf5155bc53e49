"""Bracketed logs of ZNC, energymech, mIRC and eggdrop."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from ingest.errors import BrokenExport
from ingest.find import find_sources
from ingest.formats.irc_znc import FORMAT
from ingest.message import ChatStart, Message
from ingest.source import Source


def read(text: str, name: str) -> list[Message]:
    source = Source.of_bytes(text.encode(), name)
    assert FORMAT.sniff(source.head, source.tail, source.name) >= 0.7
    return [record for record in FORMAT.parse(source) if isinstance(record, Message)]


def test_a_folder_of_day_files_is_one_channel(tmp_path: Path) -> None:
    folder = tmp_path / "libera" / "#tea"
    folder.mkdir(parents=True)
    for day in (1, 2, 10):
        (folder / f"2024-03-{day:02d}.log").write_text(f"[23:59:5{day % 10}] <anna> {day}\n[00:00:01] * anna 回头\n")
    [source] = [found for found in find_sources([tmp_path]) if isinstance(found, Source)]
    start, *rows = FORMAT.parse(source)
    assert start == ChatStart("#tea")
    messages = [row for row in rows if isinstance(row, Message)]
    assert [m.sent_at.day for m in messages] == [1, 1, 2, 2, 10, 10]
    assert [m.kind for m in messages[:2]] == ["text", "action"]


def test_starred_events_notices_and_nicks() -> None:
    rows = read(
        "[10:00:00] *** Joins: anna (~a@host)\n[10:00:01] <@anna> [10:00:00] <x> 贴\n[10:00:02] -bob- 通知\n"
        "[10:00:03] *** bob was kicked by anna (spam)\n[10:00:04] * anna is now known as a legend\n",
        "#tea_20240301.log",
    )
    assert [m.event for m in rows] == ["join", None, None, "kick", None]
    assert (rows[1].sender_name, rows[1].text) == ("anna", "[10:00:00] <x> 贴")
    assert rows[2].sender_name == "bob"
    assert (rows[3].actor_ids, rows[3].target_ids) == (["anna"], ["bob"])
    assert rows[4].kind == "action"


def test_mirc_sessions_state_the_date_and_midnight_turns_it() -> None:
    rows = read(
        "Session Start: Fri Mar 01 23:58:00 2024\nSession Ident: #tea\n[23:58] * Now talking in #tea\n"
        "[23:59] * anna (a@host) has joined #tea\n[00:01] <anna> 早\n[00:02] * anna has left the kettle on\n"
        "Session Close: Sat Mar 02 00:03:00 2024\n",
        "#tea.log",
    )
    assert [m.event for m in rows] == ["other", "join", None, None]
    assert rows[2].sent_at == datetime(2024, 3, 2, 0, 1)
    assert (rows[3].kind, rows[3].text) == ("action", "has left the kettle on")


def test_eggdrop_day_lines_and_twelve_hours() -> None:
    rows = read(
        "[00:00] --- Fri Mar  1 2024\n[08:00] <anna> a\n[00:00] --- Sat Mar  2 2024\n[08:00] <anna> b\n", "x.log"
    )
    assert [m.sent_at.day for m in rows] == [1, 2]
    assert read("[12:05 am] <anna> x\n", "2024-03-01.log")[0].sent_at == datetime(2024, 3, 1, 0, 5)


def test_a_log_without_any_date_is_refused_with_a_hint() -> None:
    with pytest.raises(BrokenExport, match="file name"):
        read("[10:00] <anna> x\n[10:01] <anna> y\n", "tea.log")
