"""The ChatLab interchange format (v0.0.2): what its JSON and its JSONL have in common.

In: member and message objects. Out: `Message`. Example: `ChatLab(meta, members).message(item, line)`.
Source: hellodigua/ChatLab, chatlab-format v0.0.2.
"""

from __future__ import annotations

from typing import Any

from ingest.clock import read_epoch
from ingest.errors import ParseIssue
from ingest.message import ChatStart, Message
from ingest.placeholders import kind_of
from ingest.system_lines import read_system

KINDS = {
    0: "text", 1: "image", 2: "voice", 3: "video", 4: "file", 5: "sticker", 7: "link", 8: "location",
    20: "red_packet", 21: "transfer", 22: "system", 23: "call", 24: "link", 25: "text", 26: "forward", 27: "card",
    80: "system", 81: "system", 99: "unknown",
}  # fmt: skip
"""ChatLab type number -> kind."""
EVENTS = {22: "nudge", 81: "recall"}
SYSTEM_SENDERS = ("system", "系统消息")


class ChatLab:
    """Members by id, filled from their list, and messages read with them."""

    def __init__(self) -> None:
        self._roles: dict[str, str] = {}
        self._names: dict[str, tuple[str | None, str | None]] = {}
        self._owner: str | None = None

    def start(self, meta: Any) -> ChatStart:
        """The chat of a `meta` object."""
        meta = meta if isinstance(meta, dict) else {}
        self._owner = _text(meta.get("ownerId"))
        return ChatStart(
            _text(meta.get("name")) or "", _text(meta.get("groupId")), platform=_text(meta.get("platform"))
        )

    def member(self, item: Any) -> None:
        """Remember one entry of `members`."""
        if not isinstance(item, dict) or not item.get("platformId"):
            return
        key = str(item["platformId"])
        self._names[key] = (_text(item.get("accountName")), _text(item.get("groupNickname")))
        for role in item.get("roles") or []:
            if isinstance(role, dict) and role.get("id") in ("owner", "admin"):
                self._roles[key] = role["id"]

    def message(self, item: Any, line: int) -> Message | ParseIssue:
        """One entry of `messages`; a ParseIssue when it has no readable time."""
        try:
            sent_at = read_epoch(item["timestamp"])
            number = int(item.get("type", 0))
        except (KeyError, TypeError, ValueError, OverflowError):
            return ParseIssue(line, "bad_time", str(item)[:80])
        sender, text = _text(item.get("sender")), _text(item.get("content")) or ""
        kind = KINDS.get(number, "unknown")
        platform_id = _text(item.get("platformMessageId"))
        if kind == "system" or sender in SYSTEM_SENDERS:
            found = read_system(text)
            actors = found.actors or ([sender] if sender and sender not in SYSTEM_SENDERS else [])
            return Message(
                sent_at, text, "system", platform_id=platform_id, event=EVENTS.get(number, found.event),
                actor_ids=actors, target_ids=found.targets, line=line,
            )  # fmt: skip
        name, card = self._names.get(sender or "", (None, None))
        return Message(
            sent_at,
            text,
            kind_of(text) if kind == "text" and text else kind,
            sender_id=sender,
            sender_name=_text(item.get("accountName")) or name,
            sender_card=_text(item.get("groupNickname")) or card,
            sender_role=self._roles.get(sender or "") or ("owner" if sender and sender == self._owner else None),
            platform_id=platform_id,
            reply_to=_text(item.get("replyToMessageId")),
            line=line,
        )


def _text(value: Any) -> str | None:
    return None if value is None or value == "" else str(value)
