"""Telegram Desktop, chat history as HTML: messages.html, messages2.html, ... with 1000 messages a page.

    <div class="message default clearfix [joined]" id="message123">   joined: same sender as the one before
      <div class="body"><div class="pull_right date details" title="01.03.2024 10:00:00 UTC+08:00">10:00</div>
        <div class="from_name">..</div> <div class="forwarded body">..</div> <div class="reply_to details">..</div>
        <div class="media_wrap">..</div> <div class="text">..</div>
    <div class="message service" id="message124">                     events; a negative id is a row with the date
The pages hold no user ids, and events no time: an event takes the time of the message before it, at the start
of a day that of the message after it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime
from html import unescape

from ingest.clock import read_date, read_datetime
from ingest.errors import ParseIssue
from ingest.formats import ExportFormat, Record
from ingest.html_blocks import Node, has_class, read_blocks
from ingest.message import ChatStart, Message
from ingest.source import Source
from ingest.system_lines import SystemEvent, read_system

TITLE = re.compile(r"class=\"text bold\">([^<]*)</div>")
WAITING = 1000
"""Events at the start of a day that wait for a message with a time."""
KINDS = {
    "photo_wrap": "image", "media_photo": "image", "sticker_wrap": "sticker", "animated_wrap": "sticker",
    "video_file_wrap": "video", "media_video": "video", "media_voice_message": "voice", "media_audio_file": "file",
    "media_file": "file", "media_contact": "card", "media_location": "location", "media_live_location": "location",
    "media_venue": "location", "media_game": "mini_program", "media_invoice": "transfer", "media_poll": "poll",
    "media_call": "call", "media_giveaway": "unknown",
}  # fmt: skip
_TITLES = {"Sticker": "sticker", "Animation": "sticker"}
_TITLED = ("file", "card", "location", "mini_program", "transfer", "call")
_SERVICE = tuple(
    (event, re.compile(pattern, re.DOTALL))
    for event, pattern in (
        ("group_created", r"(?P<a>.+?) created group «.*»(?: with members (?P<t>.+))?"),
        ("group_created", r"Channel «.*» created"),
        ("rename", r"(?:(?P<a>.+?) changed group title|Channel title changed) to «"),
        ("call", r"(?P<a>.+?) invited (?P<t>.+) to the (?:voice|video) chat"),
        ("call", r"(?:(?P<a>.+?) )?(?:started|scheduled) (?:a )?(?:voice|video) chat|(?:Voice|Video) chat"),
        ("join", r"(?P<a>.+?) joined group by "),
        ("invite", r"(?P<a>.+?) invited (?P<t>.+)"),
        ("kick", r"(?P<a>.+?) removed (?!group photo)(?P<t>.+)"),
        ("pin", r"(?P<a>.+?) pinned "),
        ("topic", r"(?P<a>.+?) (?:created|changed) topic "),
    )
)


def sniff(head: str, tail: str, name: str) -> float:
    """By the classes of Telegram's own page."""
    if not has_class(head, "history") and not has_class(head, "chat_page"):
        return 0.0
    return 0.98 if 'class="message default clearfix' in head + tail or 'class="message service"' in head else 0.0


def parse(source: Source) -> Iterator[Record]:
    """All pages as one chat, the sender of joined blocks carried over, across pages too."""
    title = TITLE.search(source.head)
    yield ChatStart(unescape(title[1]).strip() if title else "")
    reader = _Reader()
    for page in source.pages():
        for node in read_blocks(page, "message"):
            yield from reader.read(node)
    yield from reader.release(None)


class _Reader:
    """What one block inherits from the ones before it: sender, forwarded author, day and time."""

    def __init__(self) -> None:
        self._sender: str | None = None
        self._author: str | None = None
        self._day: date | None = None
        self._last: datetime | None = None
        self._waiting: list[tuple[str, Node, str]] = []

    def read(self, node: Node) -> Iterator[Record]:
        """The records of one block."""
        number = node.attrs.get("id", "").removeprefix("message")
        if "service" in node.classes:
            text = (_child(node, "body") or node).text()
            if number.startswith("-"):
                self._day = read_date(text, "DMY") or self._day
            else:
                yield from self._service(text, node, number)
            return
        moment = self._moment(node)
        if moment is None:
            yield ParseIssue(node.line, "bad_time", node.text()[:80])
            return
        yield from self.release(moment)
        self._last, self._day = moment, moment.date()
        yield self._message(node, number, moment)

    def _service(self, text: str, node: Node, number: str) -> Iterator[Record]:
        if self._last is not None and self._last.date() == self._day:
            yield _event(text, node.line, number, self._last)
            return
        self._waiting.append((text, node, number))
        if len(self._waiting) >= WAITING:
            yield from self.release(None)

    def release(self, moment: datetime | None) -> Iterator[Record]:
        """The events that waited, at `moment`; without one at the start of their day."""
        if moment is None and self._day is not None:
            moment = datetime(self._day.year, self._day.month, self._day.day)
        for text, node, number in self._waiting:
            if moment is None:
                yield ParseIssue(node.line, "bad_time", text[:80])
            else:
                yield _event(text, node.line, number, moment)
        self._waiting = []

    def _moment(self, node: Node) -> datetime | None:
        body = _child(node, "body")
        stamp = _child(body, "date") if body else None
        return read_datetime(stamp.attrs.get("title", ""), "DMY") if stamp else None

    def _message(self, node: Node, number: str, moment: datetime) -> Message:
        body = _child(node, "body") or node
        named = _child(body, "from_name")
        if named is not None:
            self._sender, self._author = _name(named), None
        message = Message(moment, sender_name=self._sender, platform_id=number or None, line=node.line)
        forwarded = _child(body, "forwarded")
        if forwarded is not None:
            author = _child(forwarded, "from_name")
            self._author = _name(author) if author else self._author
            message.quoted_name, body = self._author, forwarded
        _fill(message, body)
        message.kind = "forward" if forwarded is not None and message.kind == "text" else message.kind
        reply = node.find("reply_to")
        target = re.search(r"go_to_message(\d+)", str([a.attrs for a in reply.find_all("a")])) if reply else None
        message.reply_to = target[1] if target else None
        if message.kind == "call":
            message.event, message.actor_ids = "call", [self._sender] if self._sender else []
        return message


def _child(node: Node, name: str) -> Node | None:
    return next((child for child in node.children if isinstance(child, Node) and name in child.classes), None)


def _name(node: Node) -> str:
    """A name without the time of a forwarded message and without "via @bot"."""
    return re.sub(r" via @\S+$", "", node.text(skip=lambda child: "details" in child.classes)).strip()


def _fill(message: Message, body: Node) -> None:
    """Text and kind from the content part of a block."""
    text = _child(body, "text")
    message.text = text.text() if text else ""
    media = _child(body, "media_wrap")
    if media is None:
        return
    found = next((name for node in media.walk() for name in node.classes if name in KINDS), "")
    title = media.text_of("title") or ""
    message.kind = _TITLES.get(title) or KINDS.get(found, "unknown")
    message.urls = [node.attrs["href"] for node in media.find_all("a") if "://" in node.attrs.get("href", "")]
    if message.kind == "poll":
        lines = [media.text_of("question") or "", *(node.text() for node in media.find_all("answer"))]
        message.text = "\n".join(lines)
    elif not message.text and message.kind in _TITLED:
        shown = (title, media.text_of("description"), media.text_of("status") if message.kind != "file" else "")
        message.text = " ".join(part for part in shown if part)


def _event(text: str, line: int, number: str, moment: datetime) -> Message:
    found = _read_service(text)
    return Message(
        moment,
        text,
        event=found.event,
        actor_ids=found.actors,
        target_ids=found.targets,
        platform_id=number or None,
        line=line,
    )


def _read_service(text: str) -> SystemEvent:
    for event, pattern in _SERVICE:
        found = pattern.match(text)
        if found:
            groups = found.groupdict()
            actors, targets = _names(groups.get("a")), _names(groups.get("t"))
            if event == "kick" and actors == targets:
                return SystemEvent("leave", actors)
            return SystemEvent(event, actors, targets)
    return read_system(text)


def _names(text: str | None) -> list[str]:
    return [name for name in re.split(r", | and ", text) if name] if text else []


FORMAT = ExportFormat(
    id="telegram_html",
    title="Telegram · 桌面版 HTML",
    platform="telegram",
    extensions=(".html", ".htm"),
    sniff=sniff,
    parse=parse,
    how_to_export="Telegram Desktop：打开群 → 右上角 ⋮ → 导出聊天记录 → 格式选 HTML；把整个导出文件夹交进来。",
    pages=r"(?P<stem>messages)(?P<page>\d*)\.html?",
)
