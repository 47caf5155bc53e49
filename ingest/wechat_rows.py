"""One row of any WeChat exporter as a Message: who, what kind, which words, which event.

In: `WeChatRow`, the columns an exporter wrote. Out: `Message`. Example:
`to_message(WeChatRow(sent_at, "[图片]", sender_name="小王", line=3)).kind == "image"`.
What an exporter states outweighs what its words look like: with a type of its own a hand-typed "[图片]" stays text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime

from ingest.message import Message
from ingest.system_lines import read_system
from ingest.wechat_sentences import is_system_sentence
from ingest.wechat_types import media_text, name_event, name_kind, read_placeholder, split_type, type_kind
from ingest.wechat_xml import XmlBody, is_xml, read_xml, resolve_members

NOBODY = frozenset({"系统消息", "系统", "系统通知", "未知", "system"})
"""What exporters write as the sender of a row that no member sent."""
PLAIN = frozenset({"文本", "文本消息"})
"""Type names of what a member typed: such a body is taken as it is."""
VAGUE = frozenset({"unknown", "link", "file"})
"""Kinds that exporters also give to what they do not know; a placeholder in the body tells more."""

# Blank lines are tried from the first of them only: from each they would take a square of their number.
_QUOTE = re.compile(r"(?P<text>.*?)(?<!\n)\n*\[引用(?:[ :：](?:(?P<name>[^\n]*?)[：:])?(?P<quoted>.*))?\]", re.DOTALL)
_PREFIX = re.compile(r"(?P<id>[\w@.-]{3,60}):\n")
_NAMED = re.compile(r"(?P<name>.*)\((?P<id>[\w-]{3,}(?:@\w+)?)\)", re.DOTALL)
_ACTS_ITSELF = frozenset({"recall", "nudge", "rename"})


@dataclass(slots=True)
class WeChatRow:
    """The columns of a row, empty where an exporter has none. `number` is a v3 Type or a v4 local_type."""

    sent_at: datetime
    body: str
    number: int = 0
    subtype: int = 0
    type_name: str = ""
    sender_id: str | None = None
    sender_name: str | None = None
    sender_card: str | None = None
    platform_id: str | None = None
    reply_to: str | None = None
    quoted_text: str | None = None
    quoted_name: str | None = None
    mentions: list[str] = field(default_factory=list)
    url: str = ""
    system: bool = False  # the exporter says outright that no member sent it
    line: int = 0


def is_room(name: str | None) -> bool:
    """Whether this id is a group: exporters write it as the sender of system rows."""
    return bool(name) and name.endswith(("@chatroom", "@im.chatroom"))


def is_nobody(sender_id: str | None, name: str | None = None) -> bool:
    """Whether this sender is the system or the group itself; a member may be named 系统, but has another id."""
    return is_room(sender_id) or sender_id in NOBODY or (not sender_id and is_room(name))


def server_id(value: object) -> str | None:
    """WeChat's own message id as text; local system rows all have 0, which is none."""
    text = str(value).strip() if value is not None else ""
    return text if text.strip("0") else None


def to_message(row: WeChatRow) -> Message:
    """Read one row; never raises."""
    body, kind = _strip_prefix(row), _stated_kind(row)
    plain = row.number == 1 or row.type_name.strip() in PLAIN
    xml = read_xml(body, row.number, row.subtype) if not plain and is_xml(body) else None
    if xml:
        body = xml.text
        kind = xml.kind if xml.kind == "system" or kind is None or kind in VAGUE else kind
    if _is_system(row, kind, body, plain):
        return _system_message(row, body, xml)
    if not xml and not plain:
        kind, body = _read_body(row, kind, body)
        if kind == "system":
            return _system_message(row, body, None)
    return _member_message(row, kind or "text", body, xml, plain)


def split_quote(text: str) -> tuple[str, str | None, str | None]:
    """(reply, quoted name, quoted text) of "reply[引用 name：text]"; the names are None where nothing is quoted."""
    if not text.endswith("]") or "[引用" not in text:
        return text, None, None
    found = _QUOTE.fullmatch(text)
    if not found:
        return text, None, None
    return found["text"], found["name"] or None, found["quoted"] or None


def _strip_prefix(row: WeChatRow) -> str:
    """Raw group content starts with "wxid_abc:" on a line of its own; only what is clearly an id is cut off."""
    found = _PREFIX.match(row.body)
    if found and (found["id"] == row.sender_id or found["id"].startswith("wxid_") or found["id"].endswith("@openim")):
        return row.body[found.end() :]
    return row.body


def _stated_kind(row: WeChatRow) -> str | None:
    """The kind from the number where it is specific, else from the type name."""
    number, upper = split_type(row.number)
    subtype = row.subtype or upper
    named = name_kind(row.type_name) if row.type_name else None
    if number and (number != 49 or subtype):
        return type_kind(number, subtype) or named or "unknown"
    return named or (type_kind(number) if number else None)


def _is_system(row: WeChatRow, kind: str | None, body: str, plain: bool) -> bool:
    if row.system or kind == "system" or is_nobody(row.sender_id, row.sender_name):
        return True
    return not plain and kind in (None, "unknown") and is_system_sentence(body, row.sender_name)


def _read_body(row: WeChatRow, kind: str | None, body: str) -> tuple[str | None, str]:
    """Kind and words of a body that an exporter has already turned into text."""
    if kind not in (None, "text") and name_kind(body) == kind:
        return kind, ""
    found = read_placeholder(body)
    if not found or (kind == "text" and found.kind != "text"):
        return kind, media_text(kind or "text", body)
    if found.word in PLAIN:
        return "text", ""
    row.type_name = row.type_name or found.word
    if kind is None or (kind in VAGUE and found.kind != "unknown"):
        kind = found.kind
    return kind, found.text


def _system_message(row: WeChatRow, body: str, xml: XmlBody | None) -> Message:
    text = resolve_members(re.sub(r"<!\[CDATA\[|\]\]>|</?(?:a|img|revo|_wc_cus)\b[^<>]*>", "", body)).strip()
    found = read_system(text)
    event = (xml.event if xml else None) or name_event(row.type_name) or found.event
    actors = (xml.actors if xml else []) or [_member(name) for name in found.actors]
    targets = (xml.targets if xml else []) or [_member(name) for name in found.targets]
    sender = None if is_nobody(row.sender_id, row.sender_name) else row.sender_id or row.sender_name
    if sender and event in _ACTS_ITSELF and len(actors) <= 1:
        actors = [sender]
    acts = sender is not None and sender in actors
    return Message(
        row.sent_at,
        text,
        "system",
        sender_id=row.sender_id if acts else None,
        sender_name=row.sender_name if acts else None,
        platform_id=row.platform_id,
        event=event,
        actor_ids=actors,
        target_ids=targets,
        line=row.line,
    )


def _member_message(row: WeChatRow, kind: str, text: str, xml: XmlBody | None, plain: bool) -> Message:
    quoted_name, quoted_text, reply_to = row.quoted_name, row.quoted_text, row.reply_to
    if xml:
        quoted_name, quoted_text = quoted_name or xml.quoted_name, quoted_text or xml.quoted_text
        reply_to = reply_to or xml.reply_to
    if kind == "text" and not plain:
        text, name, quoted = split_quote(text)
        quoted_name, quoted_text = quoted_name or name, quoted_text or quoted
    if kind in ("text", "unknown") and text.startswith("#接龙"):
        kind = "chain"  # older versions send a 接龙 as plain text
    url = row.url or (xml.url if xml else "")
    announced = "群公告" in row.type_name or split_type(row.number)[1] == 87 or row.subtype == 87
    return Message(
        row.sent_at,
        text,
        kind,
        sender_id=row.sender_id,
        sender_name=row.sender_name,
        sender_card=row.sender_card,
        platform_id=row.platform_id,
        reply_to=reply_to,
        quoted_text=quoted_text,
        quoted_name=quoted_name,
        mentions=row.mentions or (["@all"] if announced else []),
        urls=[url] if url and url not in text else [],
        line=row.line,
    )


def _member(name: str) -> str:
    """The id of "name(wxid_abc)", which some exporters write into sentences; else the name itself."""
    found = _NAMED.fullmatch(name)
    return found["id"] if found and ("wxid_" in found["id"] or "@" in found["id"]) else name
