"""What the four DiscordChatExporter formats share: notifications in words, dates of any locale, channel names.

In: pieces of an export. Out: events, moments, names. Example:
`read_notification("Joined the server.").event == "join"`.
The sentences are those of `GetFallbackContent` in Tyrrrz/DiscordChatExporter (MIT), which are English in every locale.
"""

from __future__ import annotations

import re
from datetime import datetime
from functools import lru_cache

from ingest.attachments import file_name, kind_of_file, kind_of_words
from ingest.clock import read_datetime
from ingest.message import Message
from ingest.system_lines import SystemEvent

NOTIFICATIONS = tuple(
    (event, re.compile(pattern, re.IGNORECASE | re.DOTALL))
    for event, pattern in (
        ("join", r"joined the server\.?"),
        ("invite", r"added (?:(?P<t>.+) to the group|a recipient)\.?"),
        ("leave", r"left the group\.?"),
        ("kick", r"removed (?:(?P<t>.+) from the group|a recipient)\.?"),
        ("call", r"started a call that lasted [\d.,\s]+ minutes\.?"),
        ("rename", r"changed the channel name(?:\.|: .*)"),
        ("other", r"changed the channel icon\.?"),
        ("pin", r"pinned a message(?: to this channel)?\.?"),
        ("topic", r"started a thread\.?"),
    )
)
_NAME = re.compile(r"(?P<path>.+?)(?: \[(?P<id>\d{15,21})\])?(?: \(.*\))?(?: \[part \d+\])?\.\w+$")
_SHORT_YEAR = re.compile(r"\b(\d{1,2})[- ]([A-Za-z]{3})[- ](\d{2})\b")


def read_notification(text: str) -> SystemEvent | None:
    """The event behind a notification's words; None for what a member wrote."""
    for event, pattern in NOTIFICATIONS:
        found = pattern.fullmatch(text.strip())
        if found:
            target = found.groupdict().get("t")
            return SystemEvent(event, [], [target] if target else [])
    return None


@lru_cache(maxsize=1 << 14)
def read_stamp(text: str, order: str) -> datetime | None:
    """A date as any locale or build prints it: ISO, "12-May-20 08:30 PM", "3/1/2024 8:00 AM", "2024/3/1 上午 8:00"."""
    return read_datetime(_SHORT_YEAR.sub(r"\1 \2 20\3", text.strip()), order)


def channel_of_name(name: str) -> tuple[str, str | None]:
    """(channel, channel id) from "Guild - Category - channel [id] [part 2].json"."""
    found = _NAME.match(name)
    return (found["path"].rpartition(" - ")[2], found["id"]) if found else ("", None)


def full_name(author: dict) -> str | None:
    """The account name as DiscordChatExporter prints it: with its discriminator where it has one."""
    name, number = author.get("name"), str(author.get("discriminator") or "")
    return f"{name}#{number}" if name and number.strip("0") else name


def add_attachments(message: Message, addresses: list[str]) -> None:
    """Kind, links and, where a file came without words, its name."""
    if not addresses:
        message.kind = kind_of_words(message.text)
        return
    message.kind = kind_of_file(addresses[0])
    message.urls = [address for address in addresses if "://" in address]
    if not message.text and message.kind == "file":
        message.text = " ".join(file_name(address) for address in addresses)
