"""Matrix, Element's "Export chat" as JSON: the room's events as they are.

    {"room_name", "room_creator", "topic", "export_date", "exported_by", "messages": [{"type": "m.room.message",
     "sender": "@anna:example.org", "origin_server_ts": 1709251205005, "event_id": "$1", "content": {"msgtype", "body",
     "m.relates_to"?}, "unsigned": {"redacted_because"?}}]}
Names come from m.room.member events as they pass. An edit (m.replace) changes the words of the message it edits and is
no record of its own; nor are reactions. A redacted message has no content.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from ingest.attachments import kind_of_words
from ingest.clock import read_epoch
from ingest.errors import ParseIssue
from ingest.formats import ExportFormat, Record
from ingest.json_stream import read_before, read_items
from ingest.message import ChatStart, Message
from ingest.source import Source

KINDS = {
    "m.text": "text", "m.notice": "text", "m.emote": "action", "m.image": "image", "m.file": "file",
    "m.video": "video", "m.audio": "voice", "m.location": "location", "m.server_notice": "text",
}  # fmt: skip
STATES = {
    "m.room.name": "rename", "m.room.topic": "topic", "m.room.create": "group_created",
    "m.room.power_levels": "role_change", "m.room.pinned_events": "pin", "m.call.invite": "call",
    "m.room.redaction": "recall",
}  # fmt: skip
POLLS = ("m.poll.start", "org.matrix.msc3381.poll.start")
NO_RECORDS = ("m.reaction", "m.poll.response", "org.matrix.msc3381.poll.response")
_FALLBACK = re.compile(r"(?P<quote>(?:^> .*\n?|^>\n)+)\n?", re.MULTILINE)
_QUOTED = re.compile(r"> (?:\* )?<(?P<name>[^>]+)> ?(?P<text>.*)", re.DOTALL)
Names = dict[str, str]


def sniff(head: str, tail: str, name: str) -> float:
    """By the frame of the export, or by the events themselves."""
    if '"room_name"' in head and ('"exported_by"' in head or '"room_creator"' in head):
        return 0.98
    return 0.6 if '"origin_server_ts"' in head and '"event_id"' in head and '"messages"' in head else 0.0


def parse(source: Source) -> Iterator[Record]:
    """The room as one chat."""
    about = read_before(source, "messages")
    room = re.search(r'"room_id"\s*:\s*"(![^"]+)"', source.head)
    yield ChatStart(str(about.get("room_name") or ""), room[1] if room else None)
    edits, names = _edits(source), {}
    for item in read_items(source, "messages.item"):
        if isinstance(item, ParseIssue):
            yield item
        elif (record := _record(item, names, edits)) is not None:
            yield record


def _edits(source: Source) -> dict[str, dict[str, Any]]:
    """The last new content of every edited message, by its event id; the file is only parsed for it if it has any."""
    with source.open() as stream:
        last = b""
        for block in iter(lambda: stream.read(1 << 20), b""):
            if b"m.replace" in last[-16:] + block:
                break
            last = block
        else:
            return {}
    edits = {}
    for item in read_items(source, "messages.item"):
        content = item.get("content") if isinstance(item, dict) else None
        relation = (content or {}).get("m.relates_to") or {}
        if relation.get("rel_type") == "m.replace" and relation.get("event_id"):
            edits[relation["event_id"]] = (content or {}).get("m.new_content") or {}
    return edits


def _record(item: Any, names: Names, edits: dict[str, dict[str, Any]]) -> Record | None:
    stamp = item.get("origin_server_ts") if isinstance(item, dict) else None
    if not isinstance(stamp, int | float):
        return ParseIssue(0, "bad_time", str(item)[:80])
    kind, content = str(item.get("type", "")), item.get("content") or {}
    relation = content.get("m.relates_to") or {}
    if kind in NO_RECORDS or relation.get("rel_type") == "m.replace":
        return None
    sender = item.get("sender")
    message = Message(read_epoch(stamp), sender_id=sender, platform_id=item.get("event_id") or None)
    if kind == "m.room.member":
        _make_member_event(message, item, content, names)
    elif kind in ("m.room.message", "m.sticker", "m.room.encrypted", *POLLS):
        _fill(message, kind, edits.get(message.platform_id or "") or content, relation, item)
    else:
        message.event, message.actor_ids = STATES.get(kind, "other"), [sender] if sender else []
        message.text = str(content.get("name") or content.get("topic") or content.get("reason") or "")
        message.reply_to = item.get("redacts")
    message.sender_name = names.get(sender or "")
    return message


def _make_member_event(message: Message, item: dict[str, Any], content: dict[str, Any], names: Names) -> None:
    who, sender = item.get("state_key") or message.sender_id, message.sender_id
    before = (item.get("unsigned") or {}).get("prev_content") or item.get("prev_content") or {}
    now, was = content.get("membership"), before.get("membership")
    if who and content.get("displayname"):
        names[who] = str(content["displayname"])
    own = who == sender
    if now == "join" and was == "join":
        event = "rename" if content.get("displayname") != before.get("displayname") else "other"
    elif now in ("leave", "ban"):
        event = "leave" if own and now == "leave" else "kick"
    else:
        event = {"join": "join", "invite": "invite"}.get(now or "", "other")
    message.event, message.actor_ids = event, [sender] if sender else []
    message.target_ids = [] if own or not who else [who]
    if event == "rename":
        message.target_ids = [name for name in (content.get("displayname"),) if name]
    message.text = str(content.get("reason") or "")


def _fill(message: Message, kind: str, content: dict[str, Any], relation: dict[str, Any], item: dict[str, Any]) -> None:
    """Kind, words and relations of what a member sent."""
    body = str(content.get("body") or "")
    answered = (relation.get("m.in_reply_to") or {}).get("event_id")
    if relation.get("rel_type") == "m.thread" and relation.get("is_falling_back", True):
        answered = relation.get("event_id")
    elif answered:
        body = _strip_fallback(message, body)
    message.reply_to, message.text = answered, body
    if content.get("msgtype") == "m.notice":
        message.sender_role = "bot"
    told = content.get("m.mentions") or {}
    message.mentions = [*map(str, told.get("user_ids") or []), *(["@all"] if told.get("room") else [])]
    if kind in POLLS:
        _fill_poll(message, content)
    elif kind == "m.sticker":
        message.kind = "sticker"
    elif kind == "m.room.encrypted" or content.get("msgtype") == "m.bad.encrypted" or not content:
        message.kind, message.text = "unknown", ""
    else:
        message.kind = KINDS.get(str(content.get("msgtype")), "unknown")
        message.kind = kind_of_words(body) if message.kind == "text" else message.kind
    if message.kind in ("image", "video", "voice") and body == content.get("filename", body):
        message.text = ""  # a file name is no word of the sender


def _fill_poll(message: Message, content: dict[str, Any]) -> None:
    poll = next((content[key] for key in POLLS if isinstance(content.get(key), dict)), content)
    lines = [poll.get("question") or {}, *(poll.get("answers") or [])]
    message.kind = "poll"
    message.text = "\n".join(_plain(line) for line in lines if isinstance(line, dict)) or message.text


def _plain(line: dict[str, Any]) -> str:
    return next((str(line[key]) for key in ("body", "org.matrix.msc1767.text", "m.text") if line.get(key)), "")


def _strip_fallback(message: Message, body: str) -> str:
    """The reply without the quoted lines before it; they become the quote."""
    found = _FALLBACK.match(body)
    if not found:
        return body
    lines = [line[2:] if line.startswith("> ") else "" for line in found["quote"].rstrip("\n").split("\n")]
    quote = _QUOTED.match("> " + "\n".join(lines))
    message.quoted_name, message.quoted_text = (quote["name"], quote["text"]) if quote else (None, "\n".join(lines))
    return body[found.end() :]


FORMAT = ExportFormat(
    id="matrix_json",
    title="Matrix · Element JSON",
    platform="matrix",
    extensions=(".json",),
    sniff=sniff,
    parse=parse,
    how_to_export="Element：房间信息 → 导出聊天 → 格式选 JSON，消息选“从头开始”。",
)
