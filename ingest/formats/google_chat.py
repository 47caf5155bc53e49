"""Google Chat, Takeout: Google Chat/Groups/Space AAAA/messages.json with group_info.json beside it.

    {"messages": [{"creator": {"name", "email", "user_type"}, "created_date": "Friday, March 1, 2024 at 2:03:04 AM UTC",
     "text"?, "attached_files"?, "annotations"?, "topic_id", "message_id", "quoted_message_metadata"?,
     "message_state"?: "DELETED"}]}
email -> sender_id. The first message of a topic is what its other messages answer. Times are UTC.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC
from typing import Any

from ingest.attachments import kind_of_file, kind_of_words
from ingest.clock import read_datetime
from ingest.errors import ParseIssue
from ingest.formats import ExportFormat, Record
from ingest.json_stream import read_before, read_items
from ingest.message import ChatStart, Message
from ingest.source import Source

TOPICS = 50_000
"""Topics whose first message is remembered."""
_URL = "private_do_not_access_or_else_safe_url_wrapped_value"
_TIME = re.compile(r"(?<!\s)\s++(?:at|um|à|a las|kl\.)\s++")  # looked for once a run of spaces


def sniff(head: str, tail: str, name: str) -> float:
    """By the keys of Takeout's messages."""
    if not head.lstrip().startswith("{"):
        return 0.0
    return 0.97 if '"creator"' in head and ('"created_date"' in head or '"topic_id"' in head) else 0.0


def parse(source: Source) -> Iterator[Record]:
    """One space or direct message."""
    info = source.companion("group_info.json")
    about = read_before(info, "") if info else {}
    members = ", ".join(str(one.get("name", "")) for one in about.get("members") or [] if isinstance(one, dict))
    found = re.search(r'"message_id"\s*:\s*"([^"/]+)/', source.head)
    yield ChatStart(str(about.get("name") or members or ""), found[1] if found else None)
    topics: dict[str, str] = {}
    for item in read_items(source, "messages.item"):
        yield item if isinstance(item, ParseIssue) else _message(item, topics)


def _message(item: Any, topics: dict[str, str]) -> Record:
    stamp = item.get("created_date") if isinstance(item, dict) else None
    sent_at = read_datetime(_TIME.sub(" ", stamp)) if isinstance(stamp, str) else None
    if sent_at is None:
        return ParseIssue(0, "bad_time", str(item)[:80])
    sent_at = sent_at if sent_at.tzinfo else sent_at.replace(tzinfo=UTC)
    creator, number = item.get("creator") or {}, item.get("message_id")
    message = Message(
        sent_at,
        str(item.get("text") or ""),
        sender_id=creator.get("email") or None,
        sender_name=creator.get("name") or None,
        sender_role="bot" if creator.get("user_type") == "Bot" else None,
        platform_id=number or None,
        reply_to=_answered(item, topics),
    )
    quoted = item.get("quoted_message_metadata") or {}
    if quoted:
        message.quoted_text = quoted.get("text") or None
        message.quoted_name = (quoted.get("creator") or {}).get("name")
    _add_files(message, item)
    return message


def _answered(item: dict[str, Any], topics: dict[str, str]) -> str | None:
    """The quoted message, else the first one of the topic."""
    number, topic = item.get("message_id"), item.get("topic_id")
    quoted = (item.get("quoted_message_metadata") or {}).get("message_id")
    if not number or not topic:
        return quoted
    first = topics.get(topic)
    if first is None and len(topics) < TOPICS:
        topics[topic] = number
    return quoted or (first if first != number else None)


def _add_files(message: Message, item: dict[str, Any]) -> None:
    files, notes = item.get("attached_files") or [], item.get("annotations") or []
    message.kind = kind_of_words(message.text)
    if item.get("message_state") == "DELETED":
        message.kind = "unknown"
    elif files and isinstance(files[0], dict):
        name = str(files[0].get("original_name") or files[0].get("export_name") or "")
        message.kind = kind_of_file(name)
        message.text = message.text or (name if message.kind == "file" else "")
    elif not message.text and notes:
        message.kind = "call" if any("video_call_metadata" in note for note in notes) else "link"
    links = [(note.get("url_metadata") or {}).get("url", {}) for note in notes if isinstance(note, dict)]
    urls = [link.get(_URL) for link in links if isinstance(link, dict)]
    message.urls = [url for url in urls if url and url not in message.text]


FORMAT = ExportFormat(
    id="google_chat",
    title="Google Chat · Takeout",
    platform="google_chat",
    extensions=(".json", ".zip"),
    sniff=sniff,
    parse=parse,
    how_to_export="takeout.google.com → 只选 Google Chat → 导出；zip 不用解压。",
    companions=("group_info.json", "user_info.json"),
)
