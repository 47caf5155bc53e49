"""chatlog CSV: a saved response of its HTTP API with format=csv, or its web page's download.

    Time,SenderName,Sender,TalkerName,Talker,Content
    2024-03-01 08:01:00,张店长,wxid_a,团购群,1@chatroom,早上好
Time -> sent_at (wall clock), Sender -> sender_id, Talker -> chat. System rows have Sender 系统消息; quotes are > lines,
media Markdown links. Source: sjzar/chatlog.
"""

from __future__ import annotations

from collections.abc import Iterator

from ingest.chatlog import OWN, read_quote
from ingest.clock import read_datetime
from ingest.errors import ParseIssue
from ingest.formats import ExportFormat, Record
from ingest.message import ChatStart
from ingest.source import Source
from ingest.tables import read_csv
from ingest.wechat_rows import WeChatRow, to_message

COLUMNS = ("Time", "SenderName", "Sender", "TalkerName", "Talker", "Content")


def sniff(head: str, tail: str, name: str) -> float:
    """1 where the first line holds chatlog's columns."""
    header = head.lstrip("\ufeff").split("\n", 1)[0]
    return 1.0 if {cell.strip(' "\r') for cell in header.split(",")}.issuperset(COLUMNS) else 0.0


def parse(source: Source) -> Iterator[Record]:
    """One chat a Talker, one Message a row."""
    rows = read_csv(source, ",")
    columns = {name.strip(): index for index, name in enumerate(next(rows, (0, []))[1])}
    talker = None
    for line, cells in rows:
        row = dict.fromkeys(COLUMNS, "") | {name: cells[at] for name, at in columns.items() if at < len(cells)}
        sent_at = read_datetime(row["Time"])
        if len(cells) < len(columns) or sent_at is None:
            yield ParseIssue(line, "bad_row" if len(cells) < len(columns) else "bad_time", ",".join(cells)[:80])
            continue
        if row["Talker"] != talker:
            talker = row["Talker"]
            yield ChatStart(row["TalkerName"] or talker, talker or None)
        found = WeChatRow(sent_at, row["Content"], sender_name=row["SenderName"] or None, line=line)
        found.sender_id = row["Sender"] if row["Sender"] != OWN else None
        found.sender_name = found.sender_name or (OWN if row["Sender"] == OWN else None)
        read_quote(found)
        yield to_message(found)


FORMAT = ExportFormat(
    id="chatlog_csv",
    title="微信 · chatlog CSV",
    platform="wechat",
    extensions=(".csv",),
    sniff=sniff,
    parse=parse,
    how_to_export="chatlog：开启 HTTP 服务 → 网页上选群和日期 → 格式选 csv → 保存。",
)
