"""qq-chat-exporter (QCE) workbook: sheet 聊天记录, with statistics and resources on further sheets.

    序号 时间 发送者 发送者QQ号 [群头衔] 消息类型 消息内容 是否撤回 资源数量
Types are `type_2` (QQ's own numbers) or words, so kinds come from the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ingest.clock import read_datetime
from ingest.errors import ParseIssue
from ingest.formats import ExportFormat, Record
from ingest.message import ChatStart, Message
from ingest.qce import SYSTEM_IDS, chat_number, is_grey_tip, read_words, system_row
from ingest.source import Source
from ingest.tables import read_sheets

COLUMNS = ("时间", "发送者", "发送者QQ号", "消息类型", "消息内容", "是否撤回")
_RESOURCES = re.compile(r"(?: ?\[(?P<type>image|video|audio|file): [^\]\n]*\])+$")
_SYSTEM_TYPES = ("系统消息", "type_5", "system")


def sniff(head: str, tail: str, name: str) -> float:
    """Sure with the columns of its message sheet."""
    rows = [line.split("\t") for line in head.split("\n")[:4]]
    return 0.98 if any(set(COLUMNS) <= set(row) for row in rows) else 0.0


def parse(source: Source) -> Iterator[Record]:
    """Read every sheet that has the columns of messages."""
    yield ChatStart("", chat_number(source))
    for _, rows in read_sheets(source):
        place: dict[str, int] = {}
        for line, cells in rows:
            if not place:
                if not set(COLUMNS) <= set(cells):
                    break
                place = {cell: index for index, cell in enumerate(cells)}
            else:
                yield _message({cell: cells[i] if i < len(cells) else "" for cell, i in place.items()}, line)


def _message(row: dict[str, str], line: int) -> Message | ParseIssue:
    sent_at = read_datetime(row["时间"])
    if sent_at is None:
        return ParseIssue(line, "bad_time", row["时间"][:80])
    resources = _RESOURCES.search(row["消息内容"]) if row.get("资源数量", "0") not in ("", "0") else None
    text = row["消息内容"][: resources.start()] if resources else row["消息内容"]
    name, number = row["发送者"], row["发送者QQ号"]
    if row["消息类型"] in _SYSTEM_TYPES or is_grey_tip(name, text):
        return system_row(sent_at, text, None if number in SYSTEM_IDS else number, platform_id=None, line=line)
    words = read_words(text, resources["type"] if resources else None)
    return Message(
        sent_at, words.text, words.kind, number or None, name or None, quoted_name=words.quoted_name,
        quoted_text=words.quoted_text, line=line,
    )  # fmt: skip


FORMAT = ExportFormat(
    id="qce_xlsx",
    title="QQ · qq-chat-exporter Excel",
    platform="qq",
    extensions=(".xlsx",),
    sniff=sniff,
    parse=parse,
    how_to_export="qq-chat-exporter（QCE）：导出格式选 Excel。",
)
