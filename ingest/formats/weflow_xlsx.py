"""WeFlow Excel: one sheet 聊天记录, a few rows about the chat, then a header in one of two widths.

    会话信息 / 微信ID | 1@chatroom | | 昵称 | 团购群 / 导出工具 | WeFlow | …      (newer builds: 账号ID)
    序号 时间 发送者昵称 发送者微信ID 发送者备注 [群昵称] 发送者身份 消息类型 内容      full
    序号 时间 发送者身份 消息类型 内容                                               compact
发送者微信ID -> sender_id, 群昵称 -> sender_card; without ids 发送者身份 is the name. System rows have the room as
sender. Source: hicccc77/WeFlow ExcelFormatter.
"""

from __future__ import annotations

from collections.abc import Iterator

from ingest.clock import read_datetime
from ingest.errors import ParseIssue
from ingest.formats import ExportFormat, Record
from ingest.message import ChatStart, Message
from ingest.source import Source
from ingest.tables import read_sheets
from ingest.wechat_rows import WeChatRow, is_room, to_message

COLUMNS = frozenset(("序号", "时间", "发送者身份", "消息类型", "内容"))
_ROWS_ABOVE = 20


def sniff(head: str, tail: str, name: str) -> float:
    """1 where a sheet has WeFlow's header."""
    return 1.0 if any(COLUMNS.issubset(line.split("\t")) for line in head.split("\n")) else 0.0


def parse(source: Source) -> Iterator[Record]:
    """One chat a sheet that has the header; other sheets are no chats."""
    for _, rows in read_sheets(source):
        about: list[str] = []
        columns: dict[str, int] = {}
        for line, cells in rows:
            if columns:
                yield _message(line, {name: cells[at] for name, at in columns.items() if at < len(cells)})
            elif COLUMNS.issubset(cells):
                columns = {name: at for at, name in enumerate(cells) if name}
                yield ChatStart(_after(about, "昵称"), _after(about, "微信ID", "账号ID") or None)
            elif line > _ROWS_ABOVE:
                break
            else:
                about += cells


def _after(about: list[str], *labels: str) -> str:
    """The first filled cell after one of the labels."""
    for place, cell in enumerate(about):
        if cell in labels:
            value = next((later for later in about[place + 1 :] if later), "")
            return "" if value in ("昵称", "备注") else value
    return ""


def _message(line: int, row: dict[str, str]) -> Message | ParseIssue:
    sent_at = read_datetime(row.get("时间", ""))
    if sent_at is None:
        return ParseIssue(line, "bad_time", " ".join(row.values())[:80])
    shown = row.get("发送者身份", "")
    sender_id = row.get("发送者微信ID") or row.get("发送者账号ID") or None
    found = WeChatRow(sent_at, row.get("内容", ""), type_name=row.get("消息类型", ""), sender_id=sender_id, line=line)
    found.sender_name = row.get("发送者昵称") or shown or None
    found.sender_card = row.get("群昵称") or None
    found.system = is_room(shown)
    return to_message(found)


FORMAT = ExportFormat(
    id="weflow_xlsx",
    title="微信 · WeFlow Excel",
    platform="wechat",
    extensions=(".xlsx",),
    sniff=sniff,
    parse=parse,
    how_to_export="WeFlow：导出 → 选择群聊 → 格式选 Excel → 开始导出。",
)
