"""irssi logs: day lines, actions, server lines, lists of names, mixed encodings."""

from __future__ import annotations

from datetime import datetime

from ingest import Source, find_sources, read_export
from ingest.formats.irssi import FORMAT
from ingest.message import Message

LOG = """--- Log opened Fri Dec 31 23:58:00 2021
23:58 -!- anna [~a@host.example] has joined #tea
23:58 [Users #tea]
23:58 [@anna] [ b|ob  ]
23:58 <@anna> 12:00 <bob> pasted
23:59  * b|ob waves at < anna>
--- Day changed Sat Jan 01 2022
00:00 < b|ob> happy new year
00:01 -!- anna is now known as an-na
00:02 -!- an-na was kicked from #tea by b|ob [bye]
00:03 -!- mode/#tea [+o b|ob] by ChanServ
00:04 -!- Netsplit *.net <-> *.split quits: an-na, zoe
00:05 -!- zoe [z@h] has quit [Ping timeout]
stray
--- Log closed Sat Jan 01 00:09:00 2022
"""


def read(data: bytes, name: str = "tea.txt") -> list:
    source = Source.of_bytes(data, name)
    assert FORMAT.sniff(source.head, source.tail, name) > 0.9
    return list(FORMAT.parse(source))


def test_talk_actions_and_events():
    start, *records = read(LOG.encode())
    rows = [record for record in records if isinstance(record, Message)]
    assert (start.name, start.resolution) == ("#tea", "min")
    assert [row.event for row in rows] == [
        "join", None, None, None, "rename", "kick", "role_change", "other", "leave",
    ]  # fmt: skip
    assert [row.kind for row in rows[1:4]] == ["text", "action", "text"]
    assert [row.sent_at for row in rows[2:4]] == [datetime(2021, 12, 31, 23, 59), datetime(2022, 1, 1)]
    assert [row.sender_name for row in rows[1:4]] == ["anna", "b|ob", "b|ob"]
    assert rows[1].text == "12:00 <bob> pasted"
    assert (rows[5].actor_ids, rows[5].target_ids) == (["b|ob"], ["an-na"])


def test_only_the_stray_line_is_reported():
    reading = read_export(Source.of_bytes(LOG.encode(), "tea.txt"))
    list(reading)
    (receipt,) = reading.receipts.values()
    assert [(issue.line, issue.excerpt) for issue in receipt.skipped] == [(14, "stray")]


def test_lines_in_another_encoding_are_decoded_alone():
    data = LOG.encode() + "--- Day changed Sun Jan 02 2022\n10:00 < zoe> grün\n".encode("latin-1")
    rows = [record for record in read(data) if isinstance(record, Message)]
    assert rows[-1].text == "grün"


def test_two_files_of_one_channel_are_one_chat(tmp_path):
    (tmp_path / "1.txt").write_text(LOG, encoding="utf-8")
    (tmp_path / "2.txt").write_text(LOG.replace("2022", "2023").replace("2021", "2022"), encoding="utf-8")
    ids = set()
    for source in find_sources([tmp_path]):
        assert isinstance(source, Source)
        reading = read_export(source)
        list(reading)
        ids |= set(reading.receipts)
    assert len(ids) == 1
