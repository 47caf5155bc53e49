"""tg-archive (knadh), the static site of a Telegram group: one page a month, 2024-03.html, 2024-03_2.html.

    <li class="message type-message" id="5751">   also type-user_joined, type-user_left
      <a href="https://t.me/anna" class="username">@anna</a> <a class="reply" href="2024-03.html#5750">..</a>
      <span class="date">04:07 AM, 01 Feb 2024</span> <div class="text">..</div> <div class="media">..</div>
Times are wall clock of the zone in the site's configuration (UTC unless it was changed).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape

from ingest.clock import has_seconds, read_datetime
from ingest.errors import ParseIssue
from ingest.formats import ExportFormat, Record
from ingest.html_blocks import Node, read_blocks
from ingest.message import ChatStart, Message
from ingest.source import Source

EVENTS = {"type-user_joined": "join", "type-user_left": "leave"}
_GROUP = re.compile(r"<nav[^>]*>\s*<a[^>]*>([^<]*)</a>")
_FILES = (
    ("image", r"\.(?:jpe?g|png|webp|gif)$"),
    ("sticker", r"\.(?:tgs|webm)$"),
    ("video", r"\.(?:mp4|mov|mkv)$"),
    ("voice", r"\.(?:ogg|oga|opus)$"),
)


def sniff(head: str, tail: str, name: str) -> float:
    """By the list items of the site."""
    both = head + tail
    return 0.97 if 'class="message type-' in both and 'class="username"' in both else 0.0


def parse(source: Source) -> Iterator[Record]:
    """All pages as one chat."""
    group, stamp = _GROUP.search(source.head), re.search(r"class=\"date\">([^<]+)<", source.head + source.tail)
    resolution = "s" if stamp and has_seconds(stamp[1]) else "min"
    yield ChatStart(unescape(group[1]).strip().removeprefix("@") if group else "", resolution=resolution)
    for page in source.pages():
        for node in read_blocks(page, "message"):
            yield _record(node)


def _record(node: Node) -> Record:
    stamp = node.text_of("date") or ""
    moment = read_datetime(stamp, "DMY")
    if moment is None:
        return ParseIssue(node.line, "bad_time", stamp or node.text()[:80])
    user, reply = node.find("username"), node.find("reply")
    name = user.text().removeprefix("@") if user else None
    link = user.attrs.get("href", "").rpartition("/")[2] if user else ""
    target = reply.attrs.get("href", "").rpartition("#")[2] if reply else ""
    message = Message(
        moment,
        node.text_of("text") or "",
        sender_id=link or name,
        sender_name=name,
        platform_id=node.attrs.get("id") or None,
        reply_to=target or None,
        line=node.line,
    )
    kind = next((cls for cls in node.classes if cls.startswith("type-")), "type-message")
    if kind != "type-message":
        message.event = EVENTS.get(kind, "other")
        message.actor_ids = [message.sender_id] if message.sender_id else []
        return message
    _add_media(message, node)
    return message


def _add_media(message: Message, node: Node) -> None:
    """Kind and title of an attachment, a poll or a web page under the text."""
    if (poll := node.find("poll")) is not None:
        message.kind, message.text = "poll", "\n".join(part for part in (message.text, poll.text()) if part)
        return
    media = node.find("media")
    if media is None:
        return
    link = media.find("a")
    target = link.attrs.get("href", "") if link else ""
    if "://" in target:
        message.urls = [target]
        message.kind = "text" if message.text else "link"
        return
    name = media.text_of("filename") or target.rpartition("/")[2]
    message.kind = next((kind for kind, ending in _FILES if re.search(ending, name, re.IGNORECASE)), "file")
    if not message.text and message.kind == "file":
        message.text = name


FORMAT = ExportFormat(
    id="tg_archive",
    title="Telegram · tg-archive 网站",
    platform="telegram",
    extensions=(".html", ".htm"),
    sniff=sniff,
    parse=parse,
    how_to_export="运行 tg-archive --sync 与 --build，把生成的 site 文件夹（2024-03.html 等）交进来。",
    pages=r"(?P<stem>)(?P<day>\d{4}-\d\d)(?:_\d+)?\.html",
)
