"""Telegram Desktop JSON of one chat: ids, replies, text as string or array of pieces.

Example: `{"id": 6, "type": "message", "from_id": "user90000000001", "reply_to_message_id": 5, "text": "好"}`.
"""

from __future__ import annotations

import json
import re
from typing import Any

from nuanqun.simulate.model import SimulatedChat, SimulatedMember, SimulatedMessage
from nuanqun.simulate.writers.writer import Writer, plain_name, user_id

LINK = re.compile(r"https?://[^\s，。]+")
ABSENT = "(File not included. Change data exporting settings to download.)"
MEDIA: dict[str, dict[str, Any]] = {
    "image": {"photo": ABSENT, "width": 1280, "height": 960},
    "sticker": {"file": ABSENT, "media_type": "sticker", "sticker_emoji": "😂"},
    "voice": {"file": ABSENT, "media_type": "voice_message", "mime_type": "audio/ogg", "duration_seconds": 7},
    "video": {"file": ABSENT, "media_type": "video_file", "mime_type": "video/mp4", "duration_seconds": 15},
}
DROPPED = ("red_packet",)
ACTIONS = {
    "group_created": "create_group", "invite": "invite_members", "scan_qr": "join_group_by_link",
    "kick": "remove_members", "leave": "remove_members",
}  # fmt: skip


def text(chat: SimulatedChat, message: SimulatedMessage) -> str | None:
    """All words; service lines have none, recalled messages leave a gap."""
    if message.kind == "system":
        return "" if message.event in ACTIONS else None
    if message.kind in DROPPED:
        return None
    if message.kind in MEDIA or message.kind == "file":
        return ""
    return "".join(f"{m.name} " for m in message.mentions) + message.text


def render(chat: SimulatedChat) -> str:
    """The whole file, indented by one blank as Telegram does."""
    ids = {m: number for number, m in enumerate(chat.messages, 1)}
    records = [_record(chat, m, ids) for m in chat.messages if text(chat, m) is not None]
    about = {"name": chat.name, "type": "private_supergroup", "id": 90_000_000_001}
    return json.dumps({**about, "messages": records}, ensure_ascii=False, indent=1) + "\n"


def _record(chat: SimulatedChat, message: SimulatedMessage, ids: dict[SimulatedMessage, int]) -> dict[str, Any]:
    clock = {
        "date": message.sent_at.strftime("%Y-%m-%dT%H:%M:%S"),
        "date_unixtime": str(int(message.sent_at.timestamp())),
    }
    if message.sender is None:
        return {"id": ids[message], "type": "service", **clock, **_service(chat, message)}
    record: dict[str, Any] = {"id": ids[message], "type": "message", **clock}
    record |= {"from": message.sender.name, "from_id": user_id(message.sender)}
    if message.quotes and message.answers in ids:
        record["reply_to_message_id"] = ids[message.answers]
    if message.kind == "forward":
        record["forwarded_from"] = "频道转发"
    if message.kind == "file":
        return record | {"file": ABSENT, "file_name": message.text, "text": "", "text_entities": []}
    if message.kind in MEDIA:
        return record | MEDIA[message.kind] | {"text": "", "text_entities": []}
    pieces = _pieces(message)
    return record | {"text": _written(pieces), "text_entities": pieces}


def _service(chat: SimulatedChat, message: SimulatedMessage) -> dict[str, Any]:
    """Who did it to whom; who leaves removes himself."""
    event = message.event or ""
    newcomers = event == "scan_qr"
    actor = message.targets[0] if newcomers else message.actors[0]
    fields: dict[str, Any] = {"actor": actor.name, "actor_id": user_id(actor), "action": ACTIONS[event]}
    if newcomers:
        fields["inviter"] = message.actors[0].name
    elif event == "group_created":
        fields |= {"title": chat.name, "members": [actor.name]}
    else:
        fields["members"] = [m.name for m in message.targets or message.actors]
    return fields | {"text": "", "text_entities": []}


def _pieces(message: SimulatedMessage) -> list[dict[str, str]]:
    """The text as entities: mentions, links and plain stretches."""
    pieces = []
    for member in message.mentions:
        pieces.append({"type": "mention_name", "text": member.name, "user_id": user_id(member).removeprefix("user")})
    rest = (" " if pieces else "") + message.text
    start = 0
    for found in LINK.finditer(rest):
        pieces += [{"type": "plain", "text": rest[start : found.start()]}, {"type": "link", "text": found[0]}]
        start = found.end()
    pieces.append({"type": "plain", "text": rest[start:]})
    return [p for p in pieces if p["text"]]


def _written(pieces: list[dict[str, str]]) -> str | list[str | dict[str, str]]:
    """Telegram writes a plain text as a string, anything else as an array."""
    if all(p["type"] == "plain" for p in pieces):
        return "".join(p["text"] for p in pieces)
    return [p["text"] if p["type"] == "plain" else p for p in pieces]


def _sender(chat: SimulatedChat, member: SimulatedMember) -> str:
    return user_id(member)


WRITER = Writer(
    id="telegram_json",
    file_name=lambda chat: f"ChatExport_{plain_name(chat.name)}/result.json",
    render=render,
    text=text,
    sender=_sender,
)
