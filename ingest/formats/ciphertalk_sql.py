"""CipherTalk SQL: tables sessions and messages, PostgreSQL flavour.

    INSERT INTO sessions (wxid, display_name, session_type, ...) VALUES ('1@chatroom', '团购群', '群聊', ...);
    INSERT INTO messages (session_wxid, local_id, create_time, msg_type, content, is_send, sender_username,
    sender_display_name, group_nickname, reply_to_message_id, ...) VALUES (...);
msg_type (文本消息, 图片消息, ...) -> kind, sender_username -> sender_id, group_nickname -> sender_card.
Source: ILoveBingLu/CipherTalk exportService.
"""

from __future__ import annotations

from collections.abc import Iterator

from ingest.clock import read_datetime, read_epoch
from ingest.errors import ParseIssue
from ingest.formats import ExportFormat, Record
from ingest.message import ChatStart, Message
from ingest.source import Source
from ingest.sql_rows import read_inserts
from ingest.wechat_rows import WeChatRow, server_id, to_message


def sniff(head: str, tail: str, name: str) -> float:
    """1 with the banner, less with only the columns."""
    if "INSERT INTO" not in head + tail or "session_wxid" not in head:
        return 0.0
    return 1.0 if "CipherTalk" in head else 0.9 if "sender_username" in head else 0.0


def parse(source: Source) -> Iterator[Record]:
    """One chat a session; sessions stand before their messages."""
    names: dict[str, str] = {}
    session = None
    for line, table, row in read_inserts(source):
        if isinstance(row, ParseIssue):
            yield row
        elif table == "sessions" and row.get("wxid"):
            names[row["wxid"] or ""] = row.get("display_name") or ""
        elif table == "messages":
            if session is None or row.get("session_wxid") != session:
                session = row.get("session_wxid") or ""
                yield ChatStart(names.get(session) or session, session or None)
            yield _message(line, row)


def _message(line: int, row: dict[str, str | None]) -> Message | ParseIssue:
    try:
        sent_at = read_epoch(row.get("create_time") or "")
    except (ValueError, OverflowError):
        sent_at = read_datetime(row.get("formatted_time") or "")
    if sent_at is None:
        return ParseIssue(line, "bad_time", str(row)[:80])
    kind = row.get("msg_type") or ""
    return to_message(
        WeChatRow(
            sent_at,
            row.get("content") or "",
            number=int(kind) if kind.isdecimal() else 0,
            type_name="" if kind.isdecimal() else kind,
            sender_id=row.get("sender_username") or None,
            sender_name=row.get("sender_display_name") or ("我" if row.get("is_send") == "1" else None),
            sender_card=row.get("group_nickname") or None,
            platform_id=server_id(row.get("platform_message_id")),
            reply_to=server_id(row.get("reply_to_message_id")),
            line=line,
        )
    )


FORMAT = ExportFormat(
    id="ciphertalk_sql",
    title="微信 · CipherTalk（密语）SQL",
    platform="wechat",
    extensions=(".sql",),
    sniff=sniff,
    parse=parse,
    how_to_export="CipherTalk：导出数据 → 选择群聊 → 格式选 SQL → 导出。",
)
