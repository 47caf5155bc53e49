"""KakaoTalk for Mac, CSV: `Date,User,Message`; system rows come from 시스템, an empty user, or repeat the user's name.

2024-03-01 10:00:00,"매화","안녕하세요"
"""

from __future__ import annotations

from collections.abc import Iterator

from ingest.clock import has_seconds, read_datetime
from ingest.errors import ParseIssue
from ingest.formats import ExportFormat, Record
from ingest.kakaotalk import kind_of_talk, read_talk_event
from ingest.message import ChatStart, Message
from ingest.source import Source
from ingest.tables import read_csv

HEADER = ["date", "user", "message"]
SYSTEM_USERS = ("", "시스템", "System", "system")


def sniff(head: str, tail: str, name: str) -> float:
    """Sure with exactly these three columns."""
    first = head.lstrip("\ufeff\r\n").split("\n", 1)[0].strip().lower().replace('"', "")
    return 0.95 if first.split(",") == HEADER else 0.0


def parse(source: Source) -> Iterator[Record]:
    """Yield the rows."""
    second = source.head.lstrip("\ufeff\r\n").split("\n", 2)[1:2]
    fine = has_seconds((second or [""])[0].split(",", 1)[0])
    yield ChatStart(_chat_name(source.name), resolution="s" if fine else "min")
    for line, cells in read_csv(source, ","):
        if [cell.strip().lower() for cell in cells] == HEADER:
            continue
        if len(cells) < 3:
            yield ParseIssue(line, "bad_row", ",".join(cells)[:80])
            continue
        sent_at = read_datetime(cells[0])
        if sent_at is None:
            yield ParseIssue(line, "bad_time", cells[0][:80])
            continue
        user, text = cells[1], cells[2]
        event = read_talk_event(text)
        if user in SYSTEM_USERS or (event and user in event.actors + event.targets):
            row = Message(sent_at, text, event=event.event if event else "other", line=line)
            row.actor_ids, row.target_ids = (event.actors, event.targets) if event else ([], [])
            yield row
        else:
            yield Message(sent_at, text, kind_of_talk(text), sender_name=user, line=line)


def _chat_name(file_name: str) -> str:
    """The chat in names like KakaoTalk_Chat_꽃집_2024-03-05-23-59-59.csv."""
    stem = file_name.rsplit(".", 1)[0].removeprefix("KakaoTalk_Chat_")
    head, _, stamp = stem.rpartition("_")
    return head if head and stamp[:4].isdigit() and stamp.count("-") >= 2 else stem


FORMAT = ExportFormat(
    id="kakaotalk_csv",
    title="KakaoTalk · Mac 版 CSV",
    platform="kakaotalk",
    extensions=(".csv",),
    sniff=sniff,
    parse=parse,
    how_to_export="KakaoTalk Mac 版：聊天室 ≡ → 导出对话 → CSV。",
)
