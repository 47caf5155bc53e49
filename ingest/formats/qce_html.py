"""qq-chat-exporter (QCE) web pages: the simple page and the modern one.

    simple   div.message[data-message-id] > .message-sender .message-time .message-content; div.message.system
             has no time, so it gets that of the record before it (the page's own range gives the first and last)
    modern   div.message#msg-<id>[data-sender-uid] > .sender .time .content; div.system-message-container
The modern page knows people by uid, and by QQ number where it shows their picture; the simple one only by name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime

from ingest.clock import read_datetime
from ingest.errors import ParseIssue
from ingest.formats import ExportFormat, Record
from ingest.html_blocks import Node, read_blocks
from ingest.message import ChatStart, Message
from ingest.placeholders import kind_of
from ingest.qce import chat_number, is_grey_tip, read_words, system_row
from ingest.source import Source

_RANGE = re.compile(r"范围: ?(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d) 至 (\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)")
_NUMBER = re.compile(r"[?&]nk=(\d{4,12})")
_ATTACHED = {
    "message-image": "image", "image-content": "image", "sticker-wrap": "market_face", "message-video": "video",
    "video-bubble": "video", "message-audio": "audio", "message-audio-fallback": "audio", "voice-bubble": "audio",
    "message-file": "file", "location-content": "location",
}  # fmt: skip
_CARDS = {"json-card": "json", "forward-card": "forward"}


def sniff(head: str, tail: str, name: str) -> float:
    """Sure with QCE's generator, banner or credits."""
    start = head[:1000].lower()
    if "<html" not in start and "<!doctype" not in start:
        return 0.0
    marks = ("QCE_METADATA", "QQ聊天记录导出工具", "shuakami/qq-chat-exporter")
    return 0.97 if any(mark in head or mark in tail for mark in marks) else 0.0


def parse(source: Source) -> Iterator[Record]:
    """Yield the records of the page in order."""
    title = re.search(r"<title>(.*?)</title>", source.head, re.DOTALL)
    started, last, times = False, "", None
    waiting: list[Node] = []
    for node in read_blocks(source, "message", "system-message-container", "hero-title", "chat-title", "chat-info"):
        if "hero-title" in node.classes or "chat-title" in node.classes:
            last = node.text()
        elif "chat-info" in node.classes:
            times = _RANGE.search(node.text())
        else:
            if not started:
                yield ChatStart(last or _from_title(title), chat_number(source))
                started = True
                before = read_datetime(times[1]) if times else None
            if "system" in node.classes:
                waiting.append(node)
                continue
            record = _system(node) if "system-message-container" in node.classes else _message(node)
            yield from _timeless(waiting, before, None)
            waiting = []
            yield record
            before = record.sent_at if isinstance(record, Message) else before
    if started:
        yield from _timeless(waiting, before, read_datetime(times[2]) if times else None)


def _timeless(waiting: list[Node], before: datetime | None, end: datetime | None) -> Iterator[Record]:
    """System lines without a time between two records; the last of the page is at the end of its range."""
    for index, node in enumerate(waiting):
        moment = end if end and index == len(waiting) - 1 else before
        text = node.text()
        if moment is None:
            yield ParseIssue(node.line, "bad_time: no_time", text[:80])
        else:
            yield system_row(moment, text, None, platform_id=node.attrs.get("data-message-id"), line=node.line)


def _system(node: Node) -> Message | ParseIssue:
    text, clock = node.text_of("system-message") or "", node.text_of("system-message-time") or ""
    sent_at = read_datetime(clock)
    if sent_at is None:
        return ParseIssue(node.line, "bad_time", clock[:80])
    return system_row(sent_at, text, None, platform_id=None, line=node.line)


def _message(node: Node) -> Message | ParseIssue:
    modern = node.attrs.get("id", "").startswith("msg-")
    name = node.text_of("sender" if modern else "message-sender") or ""
    clock = node.text_of("time" if modern else "message-time") or ""
    sent_at = read_datetime(clock)
    content = node.find("content" if modern else "message-content")
    if sent_at is None or content is None:
        return ParseIssue(node.line, "bad_time", clock[:80])
    platform_id = node.attrs["id"].removeprefix("msg-") if modern else node.attrs.get("data-message-id")
    reply = content.find("reply-content")
    media, file_name = _attached(content)
    text = _body(content, modern)
    who = _sender(node) if modern else None
    if not modern and is_grey_tip(name, text):
        return system_row(sent_at, text, name, platform_id=platform_id, line=node.line)
    words = read_words(text, media)
    return Message(
        sent_at, words.text or file_name, words.kind, who, name or None, platform_id=platform_id or None,
        line=node.line,
        reply_to=reply.attrs.get("data-reply-to", "").removeprefix("msg-") or None if reply else None,
        quoted_name=(reply.text_of("strong") or "").removesuffix(":") or None if reply else None,
        quoted_text=_quoted(reply) if reply else None,
    )  # fmt: skip


def _attached(content: Node) -> tuple[str | None, str]:
    """The kind of the first attachment and the name of its file."""
    for node in content.walk():
        for css in node.classes:
            if css in _ATTACHED or css in _CARDS:
                return _ATTACHED.get(css) or _CARDS[css], node.attrs.get("download") or node.attrs.get(
                    "data-name"
                ) or ""
            if css == "resource-placeholder":
                return kind_of(node.text()), ""
    return None, ""


def _body(content: Node, modern: bool) -> str:
    """The words of a message without its quotation and its attachments; cards are their words."""
    dropped = {"reply-content", "resource-placeholder", *_ATTACHED}
    pieces = []
    for child in content.children:
        if isinstance(child, str):
            pieces.append(child.strip("\n") if modern else re.sub(r"\s+", " ", child))
        elif child.tag == "br":
            pieces.append("\n")
        elif child.tag != "img" and dropped.isdisjoint(child.classes):
            pieces.append(child.text(keep_space=modern and _CARDS.keys().isdisjoint(child.classes)))
    text = "".join(pieces)
    return text.strip("\n") if modern else re.sub(r" *\n *", "\n", text).strip()


def _quoted(reply: Node) -> str:
    shown = reply.find("reply-content-text")
    return shown.text() if shown else reply.text(skip=lambda node: node.tag == "strong")


def _sender(node: Node) -> str | None:
    """QQ number from the address of the picture, else the uid."""
    avatar = node.find("avatar")
    picture = avatar.find("img") if avatar else None
    found = _NUMBER.search(picture.attrs.get("src", "")) if picture else None
    return found[1] if found else node.attrs.get("data-sender-uid") or None


def _from_title(title: re.Match[str] | None) -> str:
    return title[1].removeprefix("聊天记录 - ").removesuffix(" - 聊天记录").strip() if title else ""


FORMAT = ExportFormat(
    id="qce_html",
    title="QQ · qq-chat-exporter 网页",
    platform="qq",
    extensions=(".html", ".htm"),
    sniff=sniff,
    parse=parse,
    how_to_export="qq-chat-exporter（QCE）：导出格式选 HTML（统计以 JSON 为准，网页里可能没有 QQ 号）。",
)
