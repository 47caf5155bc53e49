"""ChatLab interchange 0.0.2, as one JSON document or as JSON lines: ids, replies, roles, cards.

Example line: `{"_type": "message", "platformMessageId": "m4", "sender": "wxid_nq1", "timestamp": 1709251547, ...}`.
"""

from __future__ import annotations

import json
from typing import Any

from nuanqun.simulate.model import SimulatedChat, SimulatedMember, SimulatedMessage
from nuanqun.simulate.writers.sentences import sentence
from nuanqun.simulate.writers.writer import Writer, addressed, plain_name, wxid

TYPES = {
    "text": 0, "chain": 0, "image": 1, "voice": 2, "video": 3, "file": 4, "sticker": 5, "link": 7, "location": 8,
    "red_packet": 20, "forward": 26,
}  # fmt: skip
REPLY, NUDGE, SYSTEM, RECALL = 25, 22, 80, 81
NO_TEXT = ("image", "voice", "video", "sticker")


def text(chat: SimulatedChat, message: SimulatedMessage) -> str | None:
    """All words; system lines as WeChat's sentences."""
    if message.kind == "system":
        return sentence(message, _name, owner_is_you=False)
    return "" if message.kind in NO_TEXT else addressed(message, _name, "\u2005")


def _head(chat: SimulatedChat) -> dict[str, Any]:
    end = int(chat.messages[-1].sent_at.timestamp())
    meta = {"name": chat.name, "platform": "wechat", "type": "group", "groupId": "59000000002@chatroom"}
    return {
        "chatlab": {"version": "0.0.2", "exportedAt": end, "generator": "nuanqun simulate"},
        "meta": meta | {"ownerId": wxid(chat.owner)},
    }


def _members(chat: SimulatedChat) -> list[dict[str, Any]]:
    rows = []
    for member in chat.members:
        row: dict[str, Any] = {"platformId": wxid(member), "accountName": member.name}
        if member.card:
            row["groupNickname"] = member.card
        if member.platform_role != "member":
            row["roles"] = [{"id": member.platform_role}]
        rows.append(row)
    return rows


def _messages(chat: SimulatedChat) -> list[dict[str, Any]]:
    ids = {m: f"m{number}" for number, m in enumerate(chat.messages)}
    rows = []
    for message in chat.messages:
        body = text(chat, message)
        if body is not None:
            rows.append(_message(message, body, ids))
    return rows


def _message(message: SimulatedMessage, body: str, ids: dict[SimulatedMessage, str]) -> dict[str, Any]:
    row: dict[str, Any] = {"platformMessageId": ids[message], "timestamp": int(message.sent_at.timestamp())}
    if message.sender is None:
        kind = {"recall": RECALL, "nudge": NUDGE}.get(message.event or "", SYSTEM)
        return row | {"sender": "system", "accountName": "system", "type": kind, "content": body}
    row |= {"sender": wxid(message.sender), "accountName": message.sender.name}
    if message.sender.card:
        row["groupNickname"] = message.sender.card
    if message.quotes and message.answers in ids:
        return row | {"type": REPLY, "content": body, "replyToMessageId": ids[message.answers]}
    return row | {"type": TYPES[message.kind], "content": body or None}


def render_json(chat: SimulatedChat) -> str:
    """One document."""
    document = {**_head(chat), "members": _members(chat), "messages": _messages(chat)}
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"


def render_jsonl(chat: SimulatedChat) -> str:
    """One object a line: header, members, messages."""
    rows = [{"_type": "header", **_head(chat)}]
    rows += [{"_type": "member", **m} for m in _members(chat)]
    rows += [{"_type": "message", **m} for m in _messages(chat)]
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def _name(member: SimulatedMember) -> str:
    return member.card or member.name


def _sender(chat: SimulatedChat, member: SimulatedMember) -> str:
    return wxid(member)


JSON = Writer("chatlab_json", lambda chat: f"{plain_name(chat.name)}.json", render_json, text, _sender)
JSONL = Writer("chatlab_jsonl", lambda chat: f"{plain_name(chat.name)}.jsonl", render_jsonl, text, _sender)
