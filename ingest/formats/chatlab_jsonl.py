"""ChatLab JSONL: one object a line, `_type` header, member or message; empty lines and # comments are ignored.

    {"_type": "header", "chatlab": {...}, "meta": {"name": "读书会", "platform": "qq"}}
    {"_type": "message", "sender": "10001", "timestamp": 1709251200, "type": 0, "content": "早"}
A line that is no JSON is reported and the rest is read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ingest.chatlab import ChatLab
from ingest.errors import ParseIssue
from ingest.formats import ExportFormat, Record
from ingest.json_stream import read_json_lines
from ingest.source import Source


def sniff(head: str, tail: str, name: str) -> float:
    """Sure when a line carries `_type` header, member or message."""
    return 0.98 if re.search(r'^\{\s*"_type"\s*:\s*"(?:header|member|message)"', head, re.MULTILINE) else 0.0


def parse(source: Source) -> Iterator[Record]:
    """The one chat of the file; without a header line it is named after the file."""
    lab, started = ChatLab(), False
    for number, item in read_json_lines(source):
        if isinstance(item, ParseIssue):
            yield item
            continue
        kind = item.get("_type") if isinstance(item, dict) else None
        if kind == "header" or (kind == "message" and not started):
            yield lab.start(item.get("meta"))
            started = True
        if kind == "member":
            lab.member(item)
        elif kind == "message":
            yield lab.message(item, number)
        elif kind != "header":
            yield ParseIssue(number, "not_a_record", str(item)[:80])


FORMAT = ExportFormat(
    id="chatlab_jsonl",
    title="ChatLab 交换格式 JSONL",
    platform="chatlab",
    extensions=(".jsonl",),
    sniff=sniff,
    parse=parse,
    how_to_export="ChatLab 或支持它的工具：导出 → ChatLab 格式（JSONL，适合大文件）。",
)
