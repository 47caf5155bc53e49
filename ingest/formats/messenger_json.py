"""Facebook Messenger and Instagram, data download as JSON: inbox/<thread>/message_1.json, message_2.json, ...

    {"participants": [{"name": ..}], "messages": [{"sender_name", "timestamp_ms", "content"?, "photos"?, "share"?,
     "sticker"?, "call_duration"?, "is_unsent"?, "type"?, "users"?}], "title": .., "thread_path": "inbox/group_a1"}
    {"participants": ["A", "B"], "threadName": .., "messages": [{"senderName", "timestamp", "text", "media", "type",
     "isUnsent"}]}                                                                  end-to-end encrypted chats
Strings of the first shape are UTF-8 bytes written as \\u00XX. Newest first, 10 000 a file; read oldest first. Events
are told apart by their sentences. There are no user ids.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import chain, islice
from typing import Any

from ingest.attachments import kind_of_file, kind_of_words
from ingest.clock import read_epoch
from ingest.errors import ParseIssue
from ingest.formats import ExportFormat, Record
from ingest.json_stream import read_before, read_items
from ingest.message import ChatStart, Message
from ingest.messenger import read_notice, repair
from ingest.source import Source

TURNED = 20_000
"""Messages of one file that are held to turn them round; what a longer file holds beyond them keeps its order."""
_TITLE = re.compile(r'"(?:title|threadName)"\s*:\s*("(?:[^"\\]|\\.)*")')
_PATH = re.compile(r'"thread_path"\s*:\s*"([^"]+)"')
_MEDIA = {"photos": "image", "videos": "video", "audio_files": "voice", "files": "file", "gifs": "sticker"}


def sniff(head: str, tail: str, name: str) -> float:
    """By the keys of either shape."""
    if not head.lstrip().startswith("{"):
        return 0.0
    old = '"sender_name"' in head and '"timestamp_ms"' in head
    new = '"senderName"' in head and '"timestamp"' in head and '"participants"' in head + tail
    return 0.96 if old or new else 0.0


def parse(source: Source) -> Iterator[Record]:
    """All files of one thread as one chat."""
    about = read_before(source, "messages")
    names = {repair(_name(one)) for one in about.get("participants") or []}
    found, path = _TITLE.findall(source.tail), _PATH.search(source.head) or _PATH.search(source.tail)
    title = about.get("title") or about.get("threadName") or (json.loads(found[-1]) if found else "")
    place = source.parts[0].path.replace("\\", "/").lower()
    yield ChatStart(
        repair(str(title)),
        path[1].rpartition("/")[2] if path else None,
        platform="instagram" if "instagram" in place else None,
    )
    for part in reversed(source.parts):
        for item in _oldest_first(read_items(Source((part,), source.settings), "messages.item")):
            yield item if isinstance(item, ParseIssue) else _record(item, names)


def _name(participant: Any) -> str:
    return str(participant.get("name", "")) if isinstance(participant, dict) else str(participant)


def _oldest_first(items: Iterator[Any]) -> Iterator[Any]:
    block = list(islice(items, TURNED))
    times = [stamp for item in block if (stamp := _stamp(item)) is not None]
    newest_first = len(times) > 1 and times[0] > times[-1]
    yield from chain(reversed(block) if newest_first else block, items)


def _stamp(item: Any) -> float | None:
    value = (item.get("timestamp_ms") or item.get("timestamp")) if isinstance(item, dict) else None
    return value if isinstance(value, int | float) else None


def _record(item: Any, names: set[str]) -> Record:
    stamp = _stamp(item)
    if stamp is None:
        return ParseIssue(0, "bad_time", str(item)[:80])
    sender = repair(str(item.get("sender_name") or item.get("senderName") or ""))
    message = Message(read_epoch(stamp), sender_name=sender or None)
    message.text = repair(str(item.get("content") or item.get("text") or ""))
    if item.get("is_unsent") or item.get("isUnsent"):
        message.kind = "unknown"
        return message
    if _make_event(message, item, names, sender):
        return message
    _add_media(message, item)
    return message


def _make_event(message: Message, item: dict[str, Any], names: set[str], sender: str) -> bool:
    """Turn the message into an event if it is one."""
    kind, users = item.get("type"), [repair(_name(user)) for user in item.get("users") or []]
    who = [sender] if sender else []
    others = [user for user in users if user != sender]
    if kind in ("Subscribe", "Unsubscribe"):
        alone, changed = ("join", "invite") if kind == "Subscribe" else ("leave", "kick")
        message.event, message.actor_ids, message.target_ids = (changed if others else alone), who, others
    elif kind == "Call" or "call_duration" in item:
        message.event, message.actor_ids = "call", who
    elif told := None if _has_media(item) else read_notice(message.text, names, sender):
        message.event, message.actor_ids, message.target_ids = told.event, told.actors, told.targets
    return message.event is not None


def _has_media(item: dict[str, Any]) -> bool:
    return any(item.get(key) for key in (*_MEDIA, "sticker", "share", "media"))


def _add_media(message: Message, item: dict[str, Any]) -> None:
    message.kind = next((kind for key, kind in _MEDIA.items() if item.get(key)), kind_of_words(message.text))
    share = item.get("share") or {}
    if item.get("sticker"):
        message.kind = "sticker"
    elif isinstance(share, dict) and share.get("link"):
        message.kind, message.urls = "link", [repair(str(share["link"]))]
        message.text = message.text or repair(str(share.get("share_text") or ""))
    elif item.get("media"):
        message.kind = kind_of_file(str((item["media"][0] or {}).get("uri", "")))


FORMAT = ExportFormat(
    id="messenger_json",
    title="Messenger / Instagram · 数据下载 JSON",
    platform="messenger",
    extensions=(".json",),
    sniff=sniff,
    parse=parse,
    how_to_export="Facebook / Instagram：设置 → 你的信息 → 下载你的信息 → 消息，格式选 JSON；zip 不用解压。",
    pages=r"(?P<stem>message)_(?P<page>\d+)\.json",
)
