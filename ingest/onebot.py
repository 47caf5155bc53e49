"""What a OneBot v11 message says: segments, or the same written as a CQ string.

In: a list of segments or "[CQ:reply,id=1][CQ:at,qq=10001] 好的". Out: `Content`.
Example: `read_segments("&#91;图片&#93;").text == "[图片]"`. Source: OneBot 11 standard, message segments.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ingest.placeholders import kind_of

Segment = tuple[str, Mapping[str, Any]]

_CODE = re.compile(r"\[CQ:(?P<type>[\w.-]+)(?P<data>(?:,[^,\]=]+=[^,\]]*)*)\]")
_KIND = {
    "image": "image", "flash": "image", "record": "voice", "video": "video", "face": "sticker", "mface": "sticker",
    "bface": "sticker", "dice": "sticker", "rps": "sticker", "file": "file", "onlinefile": "file", "share": "link",
    "music": "link", "json": "link", "xml": "link", "lightapp": "link", "contact": "card", "location": "location",
    "forward": "forward", "node": "forward", "poke": "action", "shake": "action", "redbag": "red_packet",
    "wallet": "red_packet",
}  # fmt: skip
_WORD = {
    "image": "[图片]", "flash": "[闪照]", "record": "[语音]", "video": "[视频]", "face": "[表情]", "mface": "[表情]",
    "bface": "[表情]", "dice": "[骰子]", "rps": "[猜拳]", "contact": "[推荐联系人]", "location": "[位置]",
    "forward": "[聊天记录]", "node": "[聊天记录]", "poke": "[戳一戳]", "shake": "[窗口抖动]", "redbag": "[QQ红包]",
    "wallet": "[QQ红包]", "xml": "[卡片消息]", "music": "[音乐]",
}  # fmt: skip


@dataclass(slots=True)
class Content:
    """One message: its words, what it is, whom it answers and names."""

    text: str = ""
    kind: str = "text"
    reply_to: str | None = None
    mentions: list[str] = field(default_factory=list)
    urls: list[str] = field(default_factory=list)


def read_segments(message: Any) -> Content:
    """The content of a message in either notation; unknown segments are kept as [type]."""
    content, words, kinds = Content(), [], []
    for kind, data in _segments(message):
        if kind == "text":
            words.append(str(data.get("text", "")))
        elif kind == "at":
            everyone = str(data.get("qq")) == "all"
            content.mentions.append("@all" if everyone else str(data.get("qq")))
            words.append("@全体成员" if everyone else "@" + str(data.get("name") or data.get("qq")).lstrip("@"))
        elif kind == "reply":
            content.reply_to = str(data["id"]) if data.get("id") else None
        elif kind == "markdown":
            words.append(str(data.get("content", "")))
        else:
            shown, told = _shown(kind, data)
            words.append(shown)
            kinds.append(told)
            content.urls += [str(data[key]) for key in ("url", "jumpUrl") if kind == "share" and data.get(key)]
    content.text = "".join(words).strip(" ") if content.reply_to else "".join(words)
    written = re.sub(r"\[[^\[\]\n]{1,40}\]", "", content.text).strip()
    if kinds and (not written or kinds[0] not in ("image", "sticker")):
        content.kind = kinds[0]
    elif content.text.lstrip().startswith(("#接龙", "#接龍")):
        content.kind = "chain"
    elif not content.text.strip():
        content.kind = "unknown"
    return content


def _segments(message: Any) -> Iterator[Segment]:
    if isinstance(message, str):
        yield from _codes(message)
        return
    for segment in message if isinstance(message, list) else [message]:
        if isinstance(segment, Mapping):
            data = segment.get("data")
            yield str(segment.get("type", "")), data if isinstance(data, Mapping) else {}


def _codes(text: str) -> Iterator[Segment]:
    """Segments of a CQ string; entities stand for brackets, commas and ampersands."""
    end = 0
    for found in _CODE.finditer(text):
        if found.start() > end:
            yield "text", {"text": _unescape(text[end : found.start()])}
        pairs = (pair.split("=", 1) for pair in found["data"].split(",") if "=" in pair)
        yield found["type"], {key: _unescape(value) for key, value in pairs}
        end = found.end()
    if end < len(text):
        yield "text", {"text": _unescape(text[end:])}


def _unescape(text: str) -> str:
    for entity, char in (("&#91;", "["), ("&#93;", "]"), ("&#44;", ","), ("&amp;", "&")):
        text = text.replace(entity, char)
    return text


def _shown(kind: str, data: Mapping[str, Any]) -> tuple[str, str]:
    """The words that stand for a segment, and the kind of message it makes."""
    if kind in ("json", "lightapp"):
        prompt = _prompt(data)
        told = kind_of(prompt)
        return prompt, told if told not in ("text", "unknown") else "link"
    if kind in ("file", "onlinefile"):
        return f"[文件]{data.get('name') or data.get('file_name') or data.get('file') or ''}", "file"
    if kind == "share":
        return f"[分享]{data.get('title') or ''}", "link"
    if kind == "mface" and data.get("summary"):
        return str(data["summary"]), "sticker"
    if kind == "location" and (data.get("title") or data.get("content")):
        return f"[位置]{data.get('title') or data.get('content')}", "location"
    return _WORD.get(kind, f"[{kind}]"), _KIND.get(kind, "unknown")


def _prompt(data: Mapping[str, Any]) -> str:
    """The line that QQ shows for a card: its `prompt`."""
    raw = data.get("data", data.get("content", ""))
    try:
        card = raw if isinstance(raw, Mapping) else json.loads(str(raw))
    except ValueError:
        return "[卡片消息]"
    prompt = card.get("prompt") if isinstance(card, Mapping) else None
    return str(prompt) if prompt else "[卡片消息]"
