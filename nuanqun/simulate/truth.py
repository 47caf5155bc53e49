"""The truth beside an export: chats in, `truth.json` out.

Records are named by their index among the records of the file, by second (or minute), sender and text, all as the
dialect tells them. Example: `chat_truth(chat, WRITERS["qq_txt"], "a.txt")["ads"][0]["kind"]`.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from nuanqun.simulate.model import SimulatedChat, SimulatedMember, SimulatedMessage
from nuanqun.simulate.writers import Writer


def chat_truth(chat: SimulatedChat, writer: Writer, file: str) -> dict[str, Any]:
    """Everything planted in one chat, in the terms of its export."""
    records = Records(chat, writer)
    return {
        "id": chat.id,
        "name": chat.name,
        "file": file,
        "format": writer.id,
        "platform": chat.platform,
        "fate": chat.fate,
        "start": chat.start.isoformat(),
        "end": chat.end.isoformat(),
        "decline_start": chat.decline_start.isoformat() if chat.decline_start else None,
        "core_left": chat.core_left.isoformat(timespec="seconds") if chat.core_left else None,
        "incentive_dependent": chat.incentive_dependent,
        "records": records.total,
        "messages": sum(1 for m in records.index if writer.speaks(m)),
        "kols": [records.sender(m) for m in chat.kols],
        "members": [_member(chat, records, m) for m in chat.members],
        "ads": [records.name(m) | _ad(m) for m in records.index if m.ad and m.kind == "text"],
        "ad_images": [records.name(m) | _ad(m) for m in records.index if m.ad and m.kind != "text"],
        "offers": [records.name(m) | {"kind": m.offer} for m in records.index if m.offer],
        "hard_negatives": [records.name(m) | {"kind": m.hard_negative} for m in records.index if m.hard_negative],
        "events": [records.name(m) | {"kind": m.planted} for m in records.index if m.planted],
        "replies": [
            [i, records.index[m.answers]] for m, i in records.index.items() if m.answers and m.answers in records.index
        ],
    }


class Records:
    """The records of a chat that a dialect keeps, numbered in file order."""

    def __init__(self, chat: SimulatedChat, writer: Writer) -> None:
        self.chat, self.writer = chat, writer
        self.index: dict[SimulatedMessage, int] = {}
        self.texts: dict[SimulatedMessage, str] = {}
        number = writer.preamble
        for message in chat.messages:
            text = writer.text(chat, message)
            if text is not None:
                self.index[message], self.texts[message] = number, text
                number += writer.rows(message)
        self.total = number

    def sender(self, member: SimulatedMember) -> str:
        """How the export calls a member: id, or name where there is no id."""
        return self.writer.sender(self.chat, member)

    def name(self, message: SimulatedMessage) -> dict[str, Any]:
        """What finds a record again in the export."""
        return {
            "index": self.index[message],
            "sent_at": self._clock(message.sent_at),
            "sender": self.sender(message.sender) if message.sender else None,
            "text": self.texts[message],
        }

    def _clock(self, at: datetime) -> str:
        if self.writer.resolution == "min":
            at = at.replace(second=0)
        return at.isoformat(timespec="seconds")


def _ad(message: SimulatedMessage) -> dict[str, Any]:
    assert message.sender is not None
    return {
        "kind": message.ad,
        "campaign": message.campaign,
        "disguised": message.disguised,
        "by_member": not message.sender.ad_account,
    }


def _member(chat: SimulatedChat, records: Records, member: SimulatedMember) -> dict[str, Any]:
    joined, left = member.joined, member.left
    return {
        "id": records.sender(member),
        "name": member.name,
        "card": member.card,
        "platform_role": member.platform_role,
        "participation_role": member.participation,
        "social_role": member.social,
        "kol": member.kol,
        "ad_account": member.ad_account,
        "joined": joined.isoformat(timespec="seconds") if joined else None,
        "joined_by": member.joined_by,
        "invited_by": records.sender(member.invited_by) if member.invited_by else None,
        "left": left.isoformat(timespec="seconds") if left and left.date() < chat.end else None,
        "messages": sum(1 for m in records.index if m.sender is member),
    }
