"""What all exports of qq-chat-exporter (QCE) share: its message objects, and its words for what is no text.

In: a message of the JSON exports (V4 or V5), or the text and name of one in the others. Out: `Message`s.
Example: `QceReader().read(item)`. Source: github.com/shuakami/qq-chat-exporter, exporters of 4.x and 5.x.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ingest.clock import read_datetime, read_epoch
from ingest.errors import ParseIssue
from ingest.message import Message
from ingest.placeholders import kind_of
from ingest.source import Source
from ingest.system_lines import read_system

BRAND = "QQChatExporter"
SYSTEM_NAME = "系统消息"
REPORTERS = frozenset({"10000", "1000000"})
"""Numbers under which QQ itself speaks."""
SYSTEM_IDS = REPORTERS | {"0", ""}
"""Numbers that are no member's."""
_GREY_TIP = re.compile(r"\[\d{1,3}\]|\[系统消息\]|系统提示 \(类型: \d+\)")
_NOTHING = re.compile(r"\[(?:无文本内容|空消息|UNKNOWN_\d+消息|未知消息)\]")
_QUOTE = re.compile(r"\[回复 (?P<name>[^\n]*?): (?P<text>.*?)\]\n", re.DOTALL)
_NUMBER = re.compile(
    r"(?:^|[/!])(?:group|friend|private)_(?:[^/]*_)?(\d{5,12})_(?:\d{8}_\d{6}|chunked|streaming|modern)"
)
_NAME_NUMBER = re.compile(r"\((\d{5,12})\)(?:_[\d_]+)?\.\w+$")
_MEDIA = {
    "image": "image", "market_face": "sticker", "marketFace": "sticker", "video": "video", "audio": "voice",
    "voice": "voice", "file": "file", "forward": "forward", "json": "link", "location": "location",
    "av_record": "call", "calendar": "link", "xml": "link",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Words:
    """A body without the quotation in front of it, and that quotation."""

    text: str
    kind: str
    quoted_name: str | None = None
    quoted_text: str | None = None


def read_words(text: str, media: str | None = None) -> Words:
    """Take the quotation off and name the kind; `media` is what the export says is attached (a key of _MEDIA)."""
    quote = _QUOTE.match(text) if text.startswith("[回复 ") else None
    body = text[quote.end() :] if quote else text
    if _NOTHING.fullmatch(body.strip()):
        body = ""
    kind = _kind(body, media)
    return Words(body, kind, quote["name"] if quote else None, quote["text"] if quote else None)


def _kind(body: str, media: str | None) -> str:
    attached = _MEDIA.get(media or "")
    if body.startswith("[卡片消息:"):
        inner = kind_of(body.removeprefix("[卡片消息:").removesuffix("]").strip())
        return "link" if inner in ("text", "unknown") else inner
    told = kind_of(body)
    if attached == "link":
        return told if told not in ("text", "unknown") else "link"
    if attached:
        # A picture among words is a text with a picture, which the words decide about.
        return attached if told != "text" or not body.strip() else "text"
    return told


def is_grey_tip(name: str, text: str) -> bool:
    """Whether a row without any flag is a system line: QCE names nobody, or only the number of the tip."""
    return name == SYSTEM_NAME or _GREY_TIP.fullmatch(text.strip()) is not None


def system_row(sent_at: datetime, text: str, actor: str | None, *, platform_id: str | None, line: int) -> Message:
    """A grey tip as an event; where it only has a number, whoever QCE names did it."""
    event = read_system(text)
    actors = event.actors or ([actor] if actor and not event.targets else [])
    return Message(
        sent_at, text, kind="system", platform_id=platform_id, event=event.event, actor_ids=actors,
        target_ids=event.targets, line=line,
    )  # fmt: skip


def is_manifest(text: str) -> bool:
    """Whether the edges of a QCE JSON list chunks and hold no message."""
    listed = re.search(r'"relativePath"|"chunked|"file":\s*"[^"]*\.jsonl"', text)
    return listed is not None and re.search(r'"sender"\s*:', text) is None


def chat_number(source: Source) -> str | None:
    """The group number in the names QCE gives its files and folders."""
    part = source.parts[0]
    found = _NUMBER.search(part.path or part.name) or _NUMBER.search(part.name) or _NAME_NUMBER.search(part.name)
    return found[1] if found else None


class QceReader:
    """Reads message objects of one export; remembers which number belongs to which uid, for mentions."""

    def __init__(self) -> None:
        self._number_of: dict[str, str] = {}

    def read(self, item: Any, line: int = 0) -> Message | ParseIssue:
        """One message object; an issue where it has no sender or no readable time."""
        if not isinstance(item, Mapping) or not isinstance(item.get("sender"), Mapping):
            return ParseIssue(line, "bad_json: no message", str(item)[:80])
        sent_at = _time(item)
        if sent_at is None:
            return ParseIssue(line, "bad_time", str(item.get("timestamp"))[:80])
        sender, content = item["sender"], item.get("content") or {}
        raw = item.get("rawMessage") or {}
        uid, number = _text(sender.get("uid")), _text(sender.get("uin"))
        who = number if number not in SYSTEM_IDS or not uid else uid
        if uid and number not in SYSTEM_IDS:
            self._number_of[uid] = number
        text = _text(content.get("text"))
        platform_id = _text(item.get("id") or item.get("messageId")) or None
        reported = item.get("system") or item.get("isSystemMessage") or item.get("type") == "system"
        if reported or number in REPORTERS:
            actor = None if number in SYSTEM_IDS else who
            return system_row(sent_at, text, actor, platform_id=platform_id, line=line)
        elements = [element for element in content.get("elements") or () if isinstance(element, Mapping)]
        reply = _reply(content, elements)
        if reply.get("content"):
            text = text.removeprefix(f"[回复 {_text(reply.get('senderName'))}: {reply['content']}]\n")
        words = read_words(text, _media(content, elements))
        return Message(
            sent_at,
            words.text,
            words.kind,
            who or None,
            _text(sender.get("nickname") or raw.get("sendNickName") or sender.get("name")) or None,
            _text(sender.get("groupCard") or raw.get("sendMemberName")) or None,
            platform_id=platform_id,
            reply_to=_text(reply.get("referencedMessageId") or reply.get("messageId")) or None,
            quoted_text=_text(reply.get("content")) or words.quoted_text,
            quoted_name=_text(reply.get("senderName")) or words.quoted_name,
            mentions=[self._mention(found) for found in content.get("mentions") or () if isinstance(found, Mapping)],
            line=line,
        )

    def _mention(self, found: Mapping[str, Any]) -> str:
        uid = _text(found.get("uid"))
        if uid == "all" or found.get("type") == "all":
            return "@all"
        return self._number_of.get(uid) or _text(found.get("name")) or uid


def _time(item: Mapping[str, Any]) -> datetime | None:
    stamp = item.get("timestamp")
    try:
        if isinstance(stamp, (int, float)) and stamp > 0:
            return read_epoch(stamp)
        return read_datetime(_text(stamp) or _text(item.get("time")))
    except (ValueError, OverflowError):
        return None


def _reply(content: Mapping[str, Any], elements: list[Mapping[str, Any]]) -> Mapping[str, Any]:
    found = next((element.get("data") for element in elements if element.get("type") == "reply"), content.get("reply"))
    return found if isinstance(found, Mapping) else {}


def _media(content: Mapping[str, Any], elements: list[Mapping[str, Any]]) -> str | None:
    """The first attachment; V4 lists resources instead of elements, and emoji apart."""
    kinds = [_text(element.get("type")) for element in elements]
    kinds += [_text(found.get("type")) for found in content.get("resources") or () if isinstance(found, Mapping)]
    found = next((kind for kind in kinds if kind in _MEDIA), None)
    if found is None and kinds and all(kind == "face" for kind in kinds):
        return "market_face"
    return found


def _text(value: Any) -> str:
    return "" if value is None else str(value)
