"""echotrace JSON: `{"session": {"username", "displayName", "type"}, "messages": [...], "exportTime"}`.

    {"localId": 1, "createTime": 1709251260, "formattedTime": "...", "type": "文本消息", "localType": 1,
     "content": "早上好", "isSend": 0, "senderUsername": "wxid_a", "source": ""}
The ancestor of WeFlow's JSON, without a key of its own. Source: ycccccccy/echotrace chat_export_service.
"""

from __future__ import annotations

from collections.abc import Iterator

from ingest.formats import ExportFormat, Record
from ingest.source import Source
from ingest.wechat_session import read_session

_FOREIGN = ('"weflow"', '"exportInfo"', '"chatlab"')


def sniff(head: str, tail: str, name: str) -> float:
    """0.9 for a session with messages that have localType and createTime, and no other tool's key."""
    if not head.lstrip().startswith("{") or '"session"' not in head or any(key in head for key in _FOREIGN):
        return 0.0
    text = head + tail
    return 0.9 if '"createTime"' in text and '"localType"' in text and '"isSend"' in text else 0.0


def parse(source: Source) -> Iterator[Record]:
    """One chat, one Message an element of `messages`."""
    yield from read_session(source)


FORMAT = ExportFormat(
    id="echotrace_json",
    title="微信 · EchoTrace JSON",
    platform="wechat",
    extensions=(".json",),
    sniff=sniff,
    parse=parse,
    how_to_export="EchoTrace：聊天记录导出 → 选择群聊 → 格式选 JSON → 导出。",
)
