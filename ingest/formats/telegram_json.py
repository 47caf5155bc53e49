"""Telegram Desktop JSON: result.json of one chat, or of a whole account (chats.list, left_chats.list).

    {"name": "读书会", "type": "private_supergroup", "id": 123, "messages": [{"id": 1, "type": "message",
     "date": "2024-03-01T08:00:00", "date_unixtime": "1709251200", "from": "张三", "from_id": "user1", "text": "早"}]}
date_unixtime -> sent_at (absolute; before 2021 only the local `date`), from_id -> sender_id (a bare integer before
2021), text is a string or an array of strings and {type, text, href}. Streamed: one message in memory at a time.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from ingest.clock import read_epoch, zone_of
from ingest.errors import ParseIssue
from ingest.formats import ExportFormat, Record
from ingest.json_stream import read_before, read_items, read_tagged
from ingest.message import ChatStart, Message
from ingest.placeholders import kind_of
from ingest.source import Source

CHAT_TYPES = (
    "personal_chat bot_chat saved_messages private_group private_supergroup public_supergroup private_channel"
    " public_channel"
).split()
_MEDIA = {
    "sticker": "sticker", "animation": "sticker", "voice_message": "voice", "video_message": "video",
    "video_file": "video", "audio_file": "file",
}  # fmt: skip
_KEYS = {
    "photo": "image", "location_information": "location", "contact_information": "card", "poll": "poll",
    "invoice_information": "transfer", "giveaway_information": "red_packet", "file": "file", "game_title": "link",
}  # fmt: skip
_ACTIONS = {
    "create_group": "group_created", "create_channel": "group_created", "invite_members": "invite",
    "remove_members": "kick", "join_group_by_link": "join", "join_group_by_request": "join",
    "edit_group_title": "rename", "edit_channel_title": "rename", "pin_message": "pin", "phone_call": "call",
    "group_call": "call", "invite_to_group_call": "call", "group_call_scheduled": "call", "topic_created": "topic",
    "topic_edit": "topic",
}  # fmt: skip
_BOTH_CLOCKS = re.compile(r'"date"\s*:\s*"([\dT:-]{19})"\s*,\s*"date_unixtime"\s*:\s*"(\d+)"')


def sniff(head: str, tail: str, name: str) -> float:
    """By keys that no other tool writes: date_unixtime, from_id with a plain date, the account's chapters."""
    if not head.lstrip().startswith("{"):
        return 0.0
    if '"date_unixtime"' in head or '"personal_information"' in head:
        return 0.97
    typed = re.search(r'"type"\s*:\s*"(?:' + "|".join(CHAT_TYPES) + r')"', head)
    if typed and '"messages"' in head:
        return 0.95
    return 0.8 if '"from_id"' in head and '"date"' in head and '"messages"' in head else 0.0


def parse(source: Source) -> Iterator[Record]:
    """Chats in file order; an account export yields each of its chats."""
    zone = _zone(source)
    if re.search(r'"(?:left_)?chats"\s*:\s*\{', source.head) or '"personal_information"' in source.head:
        yield from _account(source, zone)
        return
    about = read_before(source, "messages")
    yield _chat(about.get("name"), about.get("id"), zone)
    for item in read_items(source, "messages.item"):
        yield item if isinstance(item, ParseIssue) else _message(item)


def _account(source: Source, zone: str | None) -> Iterator[Record]:
    roots = ("chats.list.item", "left_chats.list.item")
    keys = [f"{root}.{key}" for root in roots for key in ("name", "id", "messages.item")]
    about: dict[str, Any] = {}
    started = False
    for prefix, value in read_tagged(source, *keys):
        if isinstance(value, ParseIssue):
            yield value
        elif prefix.endswith(".messages.item"):
            if not started:
                yield _chat(about.get("name"), about.get("id"), zone)
                started = True
            yield _message(value)
        else:
            # name and id come before the messages; the first of them opens the next chat.
            about, started = ({} if started else about), False
            about[prefix.rsplit(".", 1)[1]] = value


def _chat(name: str | None, number: int | None, zone: str | None) -> ChatStart:
    return ChatStart(name or "", str(number) if number is not None else None, zone)


def _zone(source: Source) -> str | None:
    """The exporter's offset from a message that has both clocks; None where it agrees with the setting."""
    found = _BOTH_CLOCKS.search(source.head)
    if not found:
        return None
    try:
        local, instant = datetime.fromisoformat(found[1]), datetime.fromtimestamp(int(found[2]), UTC)
    except (ValueError, OverflowError, OSError):  # no instant of this calendar
        return None
    offset = local - instant.replace(tzinfo=None)
    if instant.astimezone(zone_of(source.settings.zone)).utcoffset() == offset:
        return None
    minutes = round(offset.total_seconds() / 60)
    return f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02d}:{abs(minutes) % 60:02d}"


def _message(item: Any) -> Record:
    sent_at = _sent_at(item) if isinstance(item, dict) else None
    if sent_at is None:
        return ParseIssue(0, "bad_time", str(item)[:80])
    number = item.get("id")
    platform_id = None if number is None else str(number)
    if item.get("type") == "service" or "action" in item:
        return _service(item, sent_at, platform_id)
    text, links = _text(item.get("text", ""))
    reply = item.get("reply_to_message_id")
    return Message(
        sent_at,
        text,
        _kind(item, text),
        sender_id=_id(item.get("from_id")),
        sender_name=item.get("from") or None,
        platform_id=platform_id,
        reply_to=None if reply is None else str(reply),
        mentions=_mentions(item.get("text")),
        urls=links,
    )


def _sent_at(item: dict[str, Any]) -> datetime | None:
    try:
        if item.get("date_unixtime"):
            return read_epoch(item["date_unixtime"])
        value = item.get("date")
        return datetime.fromisoformat(value) if isinstance(value, str) else read_epoch(value) if value else None
    except (ValueError, OverflowError):
        return None


def _id(value: Any) -> str | None:
    """ "user123", and the bare 123 of exports before 2021 alike."""
    if value is None or value == "":
        return None
    return f"user{value}" if isinstance(value, int) else str(value)


def _kind(item: dict[str, Any], text: str) -> str:
    media = _MEDIA.get(item.get("media_type", ""))
    return media or next((kind for key, kind in _KEYS.items() if item.get(key)), None) or kind_of(text)


def _text(value: Any) -> tuple[str, list[str]]:
    """(plain text, links hidden behind other words) of a text field."""
    pieces = value if isinstance(value, list) else [value]
    texts, links = [], []
    for piece in pieces:
        if isinstance(piece, dict):
            texts.append(str(piece.get("text", "")))
            if piece.get("href") and piece["href"] != piece.get("text"):
                links.append(str(piece["href"]))
        elif piece is not None:
            texts.append(str(piece))
    return "".join(texts), links


def _mentions(value: Any) -> list[str]:
    """Ids of members mentioned by name and names mentioned by @."""
    found = []
    for piece in value if isinstance(value, list) else []:
        if isinstance(piece, dict) and piece.get("type") == "mention_name" and piece.get("user_id"):
            found.append(f"user{piece['user_id']}")
        elif isinstance(piece, dict) and piece.get("type") == "mention":
            found.append(str(piece.get("text", "")).lstrip("@"))
    return [name for name in found if name]


def _service(item: dict[str, Any], sent_at: datetime, platform_id: str | None) -> Message:
    action, actor = str(item.get("action", "")), item.get("actor")
    members = [str(member) for member in item.get("members") or [] if member]
    event = _ACTIONS.get(action, "other")
    if members == [actor] and event in ("invite", "kick"):
        event, members = ("join" if event == "invite" else "leave"), []
    inviter = item.get("inviter")
    actor_id = _id(item.get("actor_id")) or (str(actor) if actor else None)
    words = [action.replace("_", " "), *members, str(item.get("title") or "")]
    return Message(
        sent_at,
        " ".join(word for word in words if word),
        sender_id=_id(item.get("actor_id")),
        sender_name=actor or None,
        platform_id=platform_id,
        event=event,
        actor_ids=[actor_id] if actor_id else [],
        target_ids=members or ([inviter] if inviter and inviter != "Group" else []),
    )


FORMAT = ExportFormat(
    id="telegram_json",
    title="Telegram · 桌面版 JSON",
    platform="telegram",
    extensions=(".json",),
    sniff=sniff,
    parse=parse,
    how_to_export="Telegram Desktop：群聊右上角 ⋮ → 导出聊天记录 → 格式选“机器可读的 JSON”。",
)
