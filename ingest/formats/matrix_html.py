"""Matrix, Element's "Export chat" as HTML: messages.html, messages2.html, ...

    <div class="mx_Export_EventWrapper" id="$event"><li class="mx_EventTile [mx_EventTile_continuation|_info]">
      <span class="mx_DisambiguatedProfile_displayName">anna</span> <span class="..._mxid">@anna:example.org</span>
      <span class="mx_MessageTimestamp" title="Fri, Mar 1 2024 08:01:00">08:01</span>
      <div class="mx_ReplyChain">..</div> <span class="mx_EventTile_body">早</span> or <div class="mx_TextualEvent">
    <div class="mx_DateSeparator">Fri, Mar 1 2024</div>
A continuation inherits its sender. Newer builds state the date only in the rows between the days.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime
from html import unescape

from ingest.attachments import file_name, kind_of_file, kind_of_words
from ingest.clock import read_clock, read_date, read_datetime
from ingest.errors import ParseIssue
from ingest.formats import ExportFormat, Record
from ingest.formats.matrix_txt import read_notice
from ingest.html_blocks import Node, has_class, read_blocks
from ingest.message import ChatStart, Message
from ingest.source import Source

WRAPPER, DAY = "mx_Export_EventWrapper", "mx_DateSeparator"
_ROOM = re.compile(r"mx_RoomHeader_nametext[^>]*>([^<]*)<")


def sniff(head: str, tail: str, name: str) -> float:
    """By Element's own classes."""
    return 0.98 if has_class(head + tail, WRAPPER) or has_class(head, "mx_RoomHeader_nametext") else 0.0


def parse(source: Source) -> Iterator[Record]:
    """All pages as one chat."""
    room = _ROOM.search(source.head)
    yield ChatStart(unescape(room[1]).strip() if room else "", resolution="s" if _stamped(source) else "min")
    reader = _Reader()
    for page in source.pages():
        for node in read_blocks(page, WRAPPER, DAY):
            yield from reader.read(node)


def _stamped(source: Source) -> bool:
    return re.search(r"mx_MessageTimestamp[^>]*\d:\d\d:\d\d", source.head + source.tail) is not None


class _Reader:
    """What a tile inherits: the day of the row above it, the sender of the tile before it."""

    def __init__(self) -> None:
        self._day: date | None = None
        self._name: str | None = None
        self._id: str | None = None

    def read(self, node: Node) -> Iterator[Record]:
        """The record of a tile; a row between days only sets the day."""
        if DAY in node.classes:
            self._day = read_date(node.text(), "DMY") or self._day
            return
        moment = self._moment(node.find("mx_MessageTimestamp"))
        if moment is None:
            yield ParseIssue(node.line, "bad_time", node.text()[:80])
            return
        self._day = moment.date()
        yield self._message(node, moment)

    def _moment(self, stamp: Node | None) -> datetime | None:
        if stamp is None:
            return None
        stated = stamp.attrs.get("datetime") or stamp.attrs.get("title", "")
        moment = read_datetime(stated.replace(",", " "), "DMY") if stated else None
        clock = read_clock(stamp.text())
        if moment is None and clock and self._day:
            moment = datetime(self._day.year, self._day.month, self._day.day, *clock)
        return moment

    def _message(self, node: Node, moment: datetime) -> Message:
        message = Message(moment, platform_id=node.attrs.get("id") or None, line=node.line)
        notice = node.find("mx_TextualEvent")
        if notice is not None:
            message.text = notice.text()
            told = read_notice(message.text)
            message.event, message.actor_ids, message.target_ids = told.event, told.actors, told.targets
            return message
        self._meet(node)
        message.sender_name, message.sender_id = self._name, self._id
        _fill(message, node)
        return message

    def _meet(self, node: Node) -> None:
        profile = next(_outside(node, "mx_DisambiguatedProfile"), None)
        if profile is None:
            return
        shown = profile.text_of("mx_DisambiguatedProfile_displayName")
        self._name = shown or profile.text() or self._name
        told = profile.text_of("mx_DisambiguatedProfile_mxid") or profile.attrs.get("title", "")
        found = re.search(r"@[^\s()]+:[^\s()]+", told)
        self._id = found[0] if found else None


def _outside(node: Node, name: str) -> Iterator[Node]:
    """Elements of a tile that are not part of the message it answers."""
    for child in node.children:
        if isinstance(child, Node) and "mx_ReplyChain" not in child.classes:
            if name in child.classes:
                yield child
            yield from _outside(child, name)


def _fill(message: Message, node: Node) -> None:
    body = next(_outside(node, "mx_EventTile_body"), None)
    emote = next(_outside(node, "mx_MEmoteBody"), None)
    message.text = body.text() if body else ""
    message.kind = "action" if emote else kind_of_words(message.text)
    chain = node.find("mx_ReplyChain")
    if chain is not None:
        target = next((a.attrs["href"] for a in chain.find_all("a") if "$" in a.attrs.get("href", "")), "")
        message.reply_to = target[target.index("$") :].partition("?")[0] if target else None
        message.quoted_text = chain.text_of("mx_EventTile_body")
        message.quoted_name = chain.text_of("mx_DisambiguatedProfile_displayName")
    if body is not None or next(_outside(node, "mx_RedactedBody"), None) is not None:
        message.kind = message.kind if body is not None else "unknown"
        return
    links = [a.attrs.get("href", "") for part in _outside(node, "mx_EventTile_line") for a in part.find_all("a")]
    images = [i.attrs.get("src", "") for part in _outside(node, "mx_EventTile_line") for i in part.find_all("img")]
    files = [address for address in [*links, *images] if re.search(r"\.\w{2,4}$", address)]
    message.kind = kind_of_file(files[0]) if files else "unknown"
    message.text = file_name(files[0]) if message.kind == "file" else ""


FORMAT = ExportFormat(
    id="matrix_html",
    title="Matrix · Element HTML",
    platform="matrix",
    extensions=(".html", ".htm"),
    sniff=sniff,
    parse=parse,
    how_to_export="Element：房间信息 → 导出聊天 → 格式选 HTML（能选 JSON 时优先 JSON）。",
    pages=r"(?P<stem>messages)(?P<page>\d*)\.html?",
)
