"""WeFlow JSON, detailed and arkme-json: `{"weflow": {...}, "session": {...}, "messages": [...]}`.

    {"localId": 1, "createTime": 1709251260, "type": "文本消息", "localType": 1, "content": "早上好",
     "senderUsername": "wxid_a", "senderDisplayName": "张三", "platformMessageId": "7000000000000000001"}
localType (v4, SubType << 32 | Type) and type -> kind; senderUsername, or senderID into senders[], -> sender_id;
quotedContent, replyToMessageId -> the quote. Newer builds write accountId for wxid.
Source: hicccc77/WeFlow JsonFormatter.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ingest.formats import ExportFormat, Record
from ingest.source import Source
from ingest.wechat_session import read_session


def sniff(head: str, tail: str, name: str) -> float:
    """1 where the file opens with WeFlow's own key; its session may hold an avatar longer than the head."""
    if re.match(r"\s*\{\s*\"weflow\"\s*:\s*\{", head):
        return 1.0
    return 0.9 if head.lstrip().startswith("{") and '"weflow"' in head and '"session"' in head else 0.0


def parse(source: Source) -> Iterator[Record]:
    """One chat, one Message an element of `messages`."""
    yield from read_session(source)


FORMAT = ExportFormat(
    id="weflow_json",
    title="微信 · WeFlow JSON",
    platform="wechat",
    extensions=(".json",),
    sniff=sniff,
    parse=parse,
    how_to_export="WeFlow：导出 → 选择群聊 → 格式选 JSON（或 Arkme JSON）→ 开始导出。",
)
