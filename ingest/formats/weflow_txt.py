"""WeFlow text: `time 'name'`, the body, an empty line.

    2024-03-01 08:01:00 '群主-张店长'
    早上好                                       or [图片] [语音消息] [链接]标题 …, quotes as 回复[引用 名：原文]
System rows stand under the id of the room. In private chats the owner is 我. Source: hicccc77/WeFlow TxtFormatter.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime

from ingest.clock import read_datetime
from ingest.errors import ParseIssue
from ingest.formats import ExportFormat, Record
from ingest.message import ChatStart
from ingest.pasted import without_pasted
from ingest.source import Source
from ingest.text_lines import TextRecord, split_records
from ingest.wechat_rows import WeChatRow, is_room, to_message

HEADER = re.compile(r"(?P<time>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d) '(?P<name>.*)'$", re.DOTALL)


def sniff(head: str, tail: str, name: str) -> float:
    """By the quoted names in the headers after empty lines."""
    blocks = re.findall(r"(?:\A|\n\n)(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d [^\n]*)", head.replace("\r\n", "\n"))
    quoted = sum(HEADER.match(line) is not None for line in blocks)
    return 0.97 if quoted and quoted >= 0.6 * len(blocks) and HEADER.match(_first_line(head)) else 0.0


def parse(source: Source) -> Iterator[Record]:
    """One chat, named by the file; two passes, the first one learns names."""
    yield ChatStart("")
    for record in without_pasted(lambda: split_records(source.lines(), HEADER, after_blank=True), _when, _who):
        sent_at = _when(record)
        if sent_at is None or record.header is None:
            yield ParseIssue(record.line, "not_a_record", record.body[:80])
            continue
        name = record.header["name"]
        body = "\n".join(record.lines[:-1] if record.lines[-1:] == [""] else record.lines)
        row = WeChatRow(sent_at, body, sender_name=name.strip() or None, system=is_room(name), line=record.line)
        yield to_message(row)


def _when(record: TextRecord) -> datetime | None:
    return read_datetime(record.header["time"]) if record.header else None


def _who(record: TextRecord) -> str:
    return record.header["name"] if record.header else ""


def _first_line(head: str) -> str:
    return head.lstrip("\r\n").split("\n", 1)[0].removesuffix("\r")


FORMAT = ExportFormat(
    id="weflow_txt",
    title="微信 · WeFlow 文本",
    platform="wechat",
    extensions=(".txt",),
    sniff=sniff,
    parse=parse,
    how_to_export="WeFlow：导出 → 选择群聊 → 格式选 TXT → 开始导出。",
)
