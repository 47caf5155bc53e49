"""CipherTalk Excel: a sheet a chat, named after it, header in the first row.

    序号 时间 日期 时刻 星期 发送者 微信ID 消息类型 消息内容 原始类型代码 时间戳 [头像链接] [聊天记录详情]
时间戳 (seconds) -> sent_at, 微信ID -> sender_id, 原始类型代码 (v4 local_type) -> kind. System rows have the room as
sender. Source: ILoveBingLu/CipherTalk exportService.
"""

from __future__ import annotations

from collections.abc import Iterator

from ingest.clock import read_datetime, read_epoch
from ingest.errors import ParseIssue
from ingest.formats import ExportFormat, Record
from ingest.message import ChatStart, Message
from ingest.source import Source
from ingest.tables import read_sheets
from ingest.wechat_rows import WeChatRow, is_room, to_message

COLUMNS = frozenset(("时间", "发送者", "微信ID", "消息类型", "消息内容", "原始类型代码", "时间戳"))


def sniff(head: str, tail: str, name: str) -> float:
    """1 where a sheet has CipherTalk's header."""
    return 1.0 if any(COLUMNS.issubset(line.split("\t")) for line in head.split("\n")) else 0.0


def parse(source: Source) -> Iterator[Record]:
    """One chat a sheet; sheets without the header are no chats."""
    for title, rows in read_sheets(source):
        columns = {name: at for at, name in enumerate(next(rows, (0, []))[1]) if name}
        if not COLUMNS.issubset(columns):
            continue
        # Excel cuts sheet names at 31 characters; then the file name is the better one.
        yield ChatStart("" if len(title) >= 31 or title.startswith("Sheet") else title)
        for line, cells in rows:
            yield _message(line, {name: cells[at] for name, at in columns.items() if at < len(cells)})


def _message(line: int, row: dict[str, str]) -> Message | ParseIssue:
    try:
        sent_at = read_epoch(row["时间戳"])
    except (KeyError, ValueError, OverflowError):
        sent_at = read_datetime(row.get("时间", ""))
    if sent_at is None:
        return ParseIssue(line, "bad_time", " ".join(row.values())[:80])
    number, body = row.get("原始类型代码", ""), row.get("消息内容", "")
    details = row.get("聊天记录详情", "")
    if details and "\n" not in body:
        body = f"{body}\n{details}"
    sender_id = row.get("微信ID") or None
    return to_message(
        WeChatRow(
            sent_at,
            body,
            number=int(number) if number.isdecimal() else 0,
            type_name=row.get("消息类型", ""),
            sender_id=sender_id,
            sender_name=row.get("发送者") or None,
            system=is_room(sender_id),
            line=line,
        )
    )


FORMAT = ExportFormat(
    id="ciphertalk_xlsx",
    title="微信 · CipherTalk（密语）Excel",
    platform="wechat",
    extensions=(".xlsx",),
    sniff=sniff,
    parse=parse,
    how_to_export="CipherTalk：导出数据 → 选择群聊 → 格式选 Excel → 导出。",
)
