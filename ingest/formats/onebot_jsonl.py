"""OneBot v11 event logs (NapCat, Lagrange, go-cqhttp): one event a line, the best source for joins and leaves on QQ.

    {"time":s,"post_type":"message","message_type":"group","group_id":…,"user_id":…,"message_id":…,
     "message":[{"type":"text","data":{"text":…}}] or "[CQ:at,qq=10001] 早", "sender":{"nickname","card","role"}}
    {"time":s,"post_type":"notice","notice_type":"group_increase","sub_type":"invite","operator_id":…,"user_id":…}
Heartbeats and requests are no events of a chat and are passed over. Chats may alternate line by line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from ingest.clock import read_epoch
from ingest.errors import ParseIssue
from ingest.formats import ExportFormat, Record
from ingest.json_stream import read_rows
from ingest.message import ChatStart, Message
from ingest.onebot import read_segments
from ingest.source import Source

NOTICES = {
    ("group_increase", "approve"): "join", ("group_increase", "invite"): "invite",
    ("group_decrease", "leave"): "leave", ("group_decrease", "kick"): "kick", ("group_decrease", "kick_me"): "kick",
    ("group_recall", ""): "recall", ("friend_recall", ""): "recall", ("notify", "poke"): "nudge",
    ("notify", "lucky_king"): "red_packet_taken", ("group_admin", "set"): "role_change",
    ("group_admin", "unset"): "role_change", ("essence", "add"): "pin", ("notify", "group_name"): "rename",
    ("group_name_change", ""): "rename",
}  # fmt: skip
_KEYS = ('"post_type"', '"self_id"', '"time"')


def sniff(head: str, tail: str, name: str) -> float:
    """Sure when the first line is an event with its post type."""
    line = head.lstrip("[ \n\r\t").split("\n", 1)[0]
    if not line.startswith("{") or '"post_type"' not in head[:4000]:
        return 0.0
    return 0.97 if sum(key in head[:4000] for key in _KEYS) == len(_KEYS) else 0.6


def parse(source: Source) -> Iterator[Record]:
    """Yield messages and notices; a `ChatStart` wherever another chat speaks."""
    current: tuple[str, str] | None = None
    for line, event in read_rows(source):
        if isinstance(event, ParseIssue):
            yield event
            continue
        if not isinstance(event, Mapping) or "post_type" not in event:
            yield ParseIssue(line, "bad_json: no event", str(event)[:80])
            continue
        record = _record(event, line)
        if record is None:
            continue
        chat = _chat(event)
        if chat != current:
            # A later event may lack the name; the number alone keeps the chat together.
            yield ChatStart(chat[1], chat[0])
            current = chat
        yield record


def _record(event: Mapping[str, Any], line: int) -> Message | ParseIssue | None:
    kind = event["post_type"]
    if kind not in ("message", "message_sent", "notice"):
        return None
    try:
        sent_at = read_epoch(event["time"])
    except (KeyError, TypeError, ValueError, OverflowError):
        return ParseIssue(line, "bad_time", str(event.get("time"))[:80])
    row = _notice(event, line) if kind == "notice" else _message(event, line)
    row.sent_at = sent_at
    return row


def _chat(event: Mapping[str, Any]) -> tuple[str, str]:
    """(id, name) of the group, or of the other person of a private chat."""
    group = event.get("group_id")
    if group:
        return str(group), str(event.get("group_name") or group)
    peer = event.get("target_id") if event.get("post_type") == "message_sent" else None
    peer = str(peer or event.get("user_id") or "")
    return f"private:{peer}", peer


def _message(event: Mapping[str, Any], line: int) -> Message:
    sender, anonymous = _object(event.get("sender")), _object(event.get("anonymous"))
    content = read_segments(event.get("message", event.get("raw_message", "")))
    who = str(event.get("user_id") or sender.get("user_id") or "")
    if anonymous:
        who = f"anonymous:{anonymous.get('id') or anonymous.get('name')}"
    return Message(
        read_epoch(0),
        content.text,
        content.kind,
        who or None,
        str(anonymous.get("name") or sender.get("nickname") or "") or None,
        str(sender.get("card") or "") or None,
        str(sender.get("role") or "") or None,
        str(event["message_id"]) if event.get("message_id") is not None else None,
        content.reply_to,
        mentions=content.mentions,
        urls=content.urls,
        line=line,
    )


def _notice(event: Mapping[str, Any], line: int) -> Message:
    """A notice as an event: who acts and whom it happens to."""
    notice, sub = str(event.get("notice_type") or ""), str(event.get("sub_type") or "")
    kind = NOTICES.get((notice, sub)) or NOTICES.get((notice, "")) or "other"
    user, operator = _id(event.get("user_id")), _id(event.get("operator_id"))
    if kind == "nudge":
        actors, targets = user, _id(event.get("target_id"))
    elif kind in ("join", "leave"):
        actors, targets = user, []
    elif kind == "recall":
        actors, targets = operator or user, user if operator and operator != user else []
    elif operator or kind in ("kick", "invite", "role_change"):
        actors, targets = operator, user
    else:
        actors, targets = user, _id(event.get("target_id"))
    text = str(_object(event.get("file")).get("name") or "")
    recalled = str(event.get("message_id")) if kind == "recall" and event.get("message_id") else None
    return Message(
        read_epoch(0), text, "system", event=kind, actor_ids=actors, target_ids=targets, reply_to=recalled, line=line
    )


def _object(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _id(value: Any) -> list[str]:
    return [str(value)] if value and re.fullmatch(r"\d{4,}", str(value)) else []


FORMAT = ExportFormat(
    id="onebot_jsonl",
    title="QQ · OneBot v11 事件日志",
    platform="qq",
    extensions=(".jsonl", ".json", ".log"),
    sniff=sniff,
    parse=parse,
    how_to_export="用 NapCat、Lagrange 或 go-cqhttp 登录机器人，把上报的 OneBot v11 事件逐行存成 .jsonl。",
)
