"""irssi log: minutes, nicks, day lines; what is not one line of text does not exist.

Example: `09:38 <@anna> hello`.
"""

from __future__ import annotations

import re
from datetime import date

from nuanqun.simulate.model import SimulatedChat, SimulatedMember, SimulatedMessage
from nuanqun.simulate.writers.writer import Writer, addressed, plain_name

SAID = ("text", "link", "chain", "forward", "location", "file")
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
SIGNS = {"owner": "@", "admin": "@"}


def text(chat: SimulatedChat, message: SimulatedMessage) -> str | None:
    """One line of text, addressed as "nick: "; server lines have no text of their own."""
    if message.kind == "system":
        return "" if message.event in ("invite", "scan_qr", "leave", "kick") else None
    if message.kind not in SAID:
        return None
    line = addressed(message, lambda m: nick(chat, m), gap=": ", mark="")
    return re.sub(r"\s*\n\s*", " ", line).strip() or None


def render(chat: SimulatedChat) -> str:
    """The whole log."""
    first = chat.messages[0].sent_at
    lines = [f"--- Log opened {_day(first.date())[:10]} {first:%H:%M:%S} {first.year}"]
    today = first.date()
    for message in chat.messages:
        body = text(chat, message)
        if body is None:
            continue
        if message.sent_at.date() != today:
            today = message.sent_at.date()
            lines.append(f"--- Day changed {_day(today)}")
        lines += [f"{message.sent_at:%H:%M} {line}" for line in _lines(chat, message, body)]
    return "\n".join(lines) + "\n"


def _lines(chat: SimulatedChat, message: SimulatedMessage, body: str) -> list[str]:
    channel = "#" + plain_name(chat.name)
    if message.sender:
        return [f"<{SIGNS.get(message.sender.platform_role, ' ')}{nick(chat, message.sender)}> {body}"]
    if message.event == "leave":
        return [f"-!- {_whole(chat, message.actors[0])} has left {channel} []"]
    if message.event == "kick":
        by = nick(chat, message.actors[0])
        return [f"-!- {nick(chat, message.targets[0])} was kicked from {channel} by {by} [ads]"]
    return [f"-!- {_whole(chat, m)} has joined {channel}" for m in message.targets]


def _whole(chat: SimulatedChat, member: SimulatedMember) -> str:
    return f"{nick(chat, member)} [~u@host.example.org]"


def _day(day: date) -> str:
    return f"{DAYS[day.weekday()]} {MONTHS[day.month - 1]} {day.day:02d} {day.year}"


def nick(chat: SimulatedChat, member: SimulatedMember) -> str:
    """A nick made of the name: no blanks, no emoji, unique by its number."""
    word = re.sub(r"[^\w\-]+", "_", member.name).strip("_") or "user"
    twin = any(m.name == member.name and m.number < member.number for m in chat.members)
    return f"{word}{member.number}" if twin or word[0].isdigit() or word == "user" else word


WRITER = Writer(
    id="irssi",
    file_name=lambda chat: f"#{plain_name(chat.name)}.log",
    render=render,
    text=text,
    sender=nick,
    resolution="min",
    rows=lambda message: len(message.targets) if message.event in ("invite", "scan_qr") else 1,
)
