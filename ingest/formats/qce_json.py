"""qq-chat-exporter (QCE) JSON: one file, V4 and V5.

    {"metadata":{"name":"QQChatExporter V5 / …"},"chatInfo":{"name":…,"type":"group"},"statistics":{…},
     "messages":[{"id":…,"timestamp":ms,"sender":{"uid","uin","name","nickname","groupCard"},"content":{…},"system":…}]}
V4 has ISO times, `isSystemMessage`, `rawMessage`, and may cut the messages into `chunks`. The `type` of a message
has three numberings, so kinds come from the elements.
"""

from __future__ import annotations

from collections.abc import Iterator

from ingest.errors import ParseIssue
from ingest.formats import ExportFormat, Record
from ingest.json_stream import read_before, read_items
from ingest.message import ChatStart
from ingest.qce import BRAND, QceReader, chat_number, is_manifest
from ingest.source import Source


def sniff(head: str, tail: str, name: str) -> float:
    """Sure with QCE's metadata in front of chat and messages."""
    start = head[:2000].lstrip()
    if not start.startswith("{") or BRAND not in start or '"metadata"' not in start:
        return 0.0
    return 0.0 if is_manifest(head + tail) else 0.97


def parse(source: Source) -> Iterator[Record]:
    """Stream the messages under the chat of `chatInfo`."""
    cut = '"chunkInfo"' in source.head
    info = read_before(source, "chunks" if cut else "messages").get("chatInfo")
    info = info if isinstance(info, dict) else {}
    number = str(info.get("peerUin") or "") or chat_number(source)
    yield ChatStart(str(info.get("name") or ""), number)
    reader = QceReader()
    for item in read_items(source, "chunks.item.messages.item" if cut else "messages.item"):
        yield item if isinstance(item, ParseIssue) else reader.read(item)


FORMAT = ExportFormat(
    id="qce_json",
    title="QQ · qq-chat-exporter JSON",
    platform="qq",
    extensions=(".json",),
    sniff=sniff,
    parse=parse,
    how_to_export="qq-chat-exporter（QCE）网页界面：选择群 → 导出格式选 JSON → 下载 group_群号_日期.json。",
)
