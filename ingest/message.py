"""MESSAGES: what every export becomes.

In: `ChatStart` and `Message` rows from a parser (the only place where rows exist). Out: one `pyarrow.Table`
with schema `MESSAGES`. Example: `to_table(chat, rows, source="a.txt")`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

import pyarrow as pa
import pyarrow.compute as pc

KINDS = (
    "text", "image", "voice", "video", "file", "link", "card", "mini_program", "sticker", "red_packet",
    "transfer", "location", "call", "chain", "poll", "forward", "action", "unknown", "system",
)  # fmt: skip
"""What a record is. `chain` = 接龙, `card` = contact card, `forward` = merged forward, `action` = IRC /me."""

EVENTS = (
    "join", "leave", "kick", "invite", "scan_qr", "rename", "recall", "nudge", "announce", "pin",
    "red_packet_taken", "role_change", "group_created", "call", "topic", "mode", "other",
)  # fmt: skip
"""What a system line reports. A row has an event exactly when no member sent it as a message."""

RESOLUTIONS = ("s", "min", "day")


@dataclass(slots=True)
class ChatStart:
    """A parser says: the rows that follow belong to this chat."""

    name: str
    platform_chat_id: str | None = None
    zone: str | None = None  # IANA name or ±HH:MM when the export itself states it
    resolution: str = "s"  # one of RESOLUTIONS: how fine the clock of the export is
    platform: str | None = None  # when the export states one (interchange formats), else the format's


@dataclass(slots=True)
class Message:
    """One record of an export as the parser saw it.

    `sent_at` is aware, or naive = wall clock of the exporting device (the zone setting places it).
    `event` is None for what a member sent; a system line carries an event, its actors and its targets.
    `mentions` holds ids or names as written, "@all" for everyone.
    """

    sent_at: datetime
    text: str = ""
    kind: str = "text"
    sender_id: str | None = None
    sender_name: str | None = None
    sender_card: str | None = None
    sender_role: str | None = None  # owner, admin, member, bot
    platform_id: str | None = None  # the platform's own message id
    reply_to: str | None = None  # platform_id of the message this one answers
    quoted_text: str | None = None
    quoted_name: str | None = None
    mentions: list[str] = field(default_factory=list)
    urls: list[str] = field(default_factory=list)  # links that the text does not show
    event: str | None = None
    actor_ids: list[str] = field(default_factory=list)
    target_ids: list[str] = field(default_factory=list)
    line: int = 0


MESSAGES = pa.schema(
    [
        pa.field("chat_id", pa.string(), nullable=False),
        pa.field("message_id", pa.string(), nullable=False),
        pa.field("sent_at", pa.timestamp("ms", tz="UTC"), nullable=False),
        pa.field("zone", pa.string(), nullable=False),  # the chat's zone: IANA name or ±HH:MM
        pa.field("time_resolution", pa.string(), nullable=False),
        pa.field("sender_id", pa.string()),  # null only where event is set and no actor is known
        pa.field("sender_name", pa.string()),  # the name at that time
        pa.field("sender_card", pa.string()),  # the card (group nickname) at that time
        pa.field("sender_role", pa.string()),
        pa.field("kind", pa.string(), nullable=False),
        pa.field("text", pa.string(), nullable=False),
        pa.field("reply_to", pa.string()),  # message_id of the answered message
        pa.field("quoted_text", pa.string()),  # never scored as the sender's own words
        pa.field("quoted_name", pa.string()),
        pa.field("mentions", pa.list_(pa.string()), nullable=False),
        pa.field("urls", pa.list_(pa.string()), nullable=False),
        pa.field("event", pa.string()),  # null = a member's message
        pa.field("actor_ids", pa.list_(pa.string()), nullable=False),
        pa.field("target_ids", pa.list_(pa.string()), nullable=False),
        pa.field("source", pa.string(), nullable=False),
        pa.field("source_line", pa.int32(), nullable=False),
    ],
    metadata={"schema": "message/1"},
)


def check_messages(messages: pa.Table) -> pa.Table:
    """Return `messages` unchanged if it obeys MESSAGES, else raise ValueError naming the column and the rule.

    pyarrow does not enforce `nullable=False`, so this does; it also checks that ids are unique and that
    kinds, events and resolutions are of the closed lists above.
    """
    if not messages.schema.equals(MESSAGES, check_metadata=False):
        raise ValueError(f"MESSAGES: expected the columns of message/1, got {messages.schema.names}")
    for column in MESSAGES:
        if not column.nullable and messages[column.name].null_count:
            raise ValueError(f"MESSAGES: column {column.name} must not be null")
    for name, allowed in (("kind", KINDS), ("event", EVENTS), ("time_resolution", RESOLUTIONS)):
        values = pc.drop_null(pc.unique(messages[name]))
        strange = set(values.to_pylist()) - set(allowed)
        if strange:
            raise ValueError(f"MESSAGES: {name} {sorted(strange)} not in {allowed}")
    if pc.count_distinct(messages["message_id"]).as_py() != messages.num_rows:
        raise ValueError("MESSAGES: message_id must be unique")
    return messages
