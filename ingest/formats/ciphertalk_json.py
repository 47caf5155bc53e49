"""CipherTalk JSON: `{"exportInfo": {"generator": "CipherTalk", "format": "detailed-json"}, "session", "messages"}`.

    {"createTime": 1709251260, "type": "文本消息", "localType": 1, "content": "早上好", "rawContent": "早上好",
     "senderUsername": "wxid_a", "senderDisplayName": "张三", "groupNickname": "群主-张三"}
As WeFlow's, with the raw XML beside the readable content and groupNickname -> sender_card. The chatRecords inside a
merged forward are part of that one message. Source: ILoveBingLu/CipherTalk exportService.
"""

from __future__ import annotations

from collections.abc import Iterator

from ingest.formats import ExportFormat, Record
from ingest.source import Source
from ingest.wechat_session import read_session


def sniff(head: str, tail: str, name: str) -> float:
    """1 where exportInfo names CipherTalk, less where it has only the shape."""
    if not head.lstrip().startswith("{") or '"exportInfo"' not in head:
        return 0.0
    if '"CipherTalk"' in head:
        return 1.0
    return 0.9 if '"detailed-json"' in head and '"session"' in head else 0.0


def parse(source: Source) -> Iterator[Record]:
    """One chat, one Message an element of `messages`."""
    yield from read_session(source)


FORMAT = ExportFormat(
    id="ciphertalk_json",
    title="微信 · CipherTalk（密语）JSON",
    platform="wechat",
    extensions=(".json",),
    sniff=sniff,
    parse=parse,
    how_to_export="CipherTalk：导出数据 → 选择群聊 → 格式选 JSON（详细）→ 导出。",
)
