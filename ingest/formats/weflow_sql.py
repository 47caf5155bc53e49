"""WeFlow SQL: table weflow_messages, one INSERT a row.

    INSERT INTO weflow_messages (session_id, local_id, message_id, create_time, sender, is_send, local_type, ...)
    VALUES ('1@chatroom', '2', '7000000000000000001', 1709251260, 'wxid_a', FALSE, 1, NULL, '早上好', NULL);
local_type (v4, SubType << 32 | Type) -> kind, sender -> sender_id; there are no names. System rows have the room as
sender. Source: hicccc77/WeFlow SqlFormatter.
"""

from __future__ import annotations

from collections.abc import Iterator

from ingest.clock import read_epoch
from ingest.errors import ParseIssue
from ingest.formats import ExportFormat, Record
from ingest.message import ChatStart, Message
from ingest.source import Source
from ingest.sql_rows import read_inserts
from ingest.wechat_rows import WeChatRow, server_id, to_message

TABLE = "weflow_messages"


def sniff(head: str, tail: str, name: str) -> float:
    """1 where WeFlow's table is filled."""
    return 1.0 if TABLE in head and "INSERT INTO" in head + tail else 0.0


def parse(source: Source) -> Iterator[Record]:
    """One chat a session_id, named by the file where there is only one."""
    session = None
    for line, table, row in read_inserts(source):
        if table != TABLE:
            continue
        if isinstance(row, ParseIssue):
            yield row
            continue
        if row.get("session_id") != session:
            # The table has no names: the file carries that of its first chat.
            first = session is None
            session = row.get("session_id") or ""
            yield ChatStart("" if first else session, session or None)
        yield _message(line, row)


def _message(line: int, row: dict[str, str | None]) -> Message | ParseIssue:
    try:
        sent_at = read_epoch(row["create_time"] or "")
        number = int(row.get("local_type") or 0)
    except (KeyError, ValueError, OverflowError):
        return ParseIssue(line, "bad_time", str(row)[:80])
    message_id = row.get("message_id")
    found = WeChatRow(sent_at, row.get("content") or "", number=number, sender_id=row.get("sender") or None, line=line)
    # Where WeChat has no id of its own, WeFlow repeats the local one.
    found.platform_id = server_id(message_id) if message_id != row.get("local_id") else None
    if found.sender_id is None:
        found.sender_name = "我" if (row.get("is_send") or "").upper() in ("TRUE", "1") else None
    return to_message(found)


FORMAT = ExportFormat(
    id="weflow_sql",
    title="微信 · WeFlow SQL",
    platform="wechat",
    extensions=(".sql",),
    sniff=sniff,
    parse=parse,
    how_to_export="WeFlow：导出 → 选择群聊 → 格式选 PostgreSQL → 开始导出。",
)
