"""ChatLab JSON: {"chatlab": {...}, "meta": {...}, "members": [...], "messages": [...]}.

timestamp (s) -> sent_at, sender -> sender_id, type -> kind, content -> text, platformMessageId -> platform_id.
Streamed: members are kept, messages pass through one at a time.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ingest.chatlab import ChatLab
from ingest.errors import ParseIssue
from ingest.formats import ExportFormat, Record
from ingest.json_stream import read_before, read_items
from ingest.source import Source


def sniff(head: str, tail: str, name: str) -> float:
    """Sure with the `chatlab` object at the top level of one JSON document."""
    top = head.lstrip()
    if not top.startswith("{") or '"_type"' in top[:200]:
        return 0.0
    return 0.98 if re.search(r'"chatlab"\s*:\s*\{', top) and re.search(r'"meta"\s*:\s*\{', top) else 0.0


def parse(source: Source) -> Iterator[Record]:
    """The one chat of the file."""
    about = read_before(source, "messages")
    lab = ChatLab()
    yield lab.start(about.get("meta"))
    for member in about.get("members") or []:
        lab.member(member)
    for number, item in enumerate(read_items(source, "messages.item"), 1):
        yield item if isinstance(item, ParseIssue) else lab.message(item, number)


FORMAT = ExportFormat(
    id="chatlab_json",
    title="ChatLab 交换格式 JSON",
    platform="chatlab",
    extensions=(".json",),
    sniff=sniff,
    parse=parse,
    how_to_export="ChatLab 或支持它的工具：导出 → ChatLab 格式（JSON）。",
)
