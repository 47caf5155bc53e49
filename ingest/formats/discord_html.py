"""DiscordChatExporter HTML.

    <div class="chatlog__message-group">            one sender, a few minutes
      <div class="chatlog__message-container" data-message-id="..">
        <span class="chatlog__author" title="anna#1234" data-user-id="..">Anna</span>       first of a group only
        <span class="chatlog__timestamp" title="Friday, March 1, 2024 8:01 AM">..</span>    later ones:
        <div class="chatlog__short-timestamp" title="..">8:01 AM</div>
        <span class="chatlog__markdown-preserve">body</span>, attachments, stickers, embeds, replies
Events carry chatlog__system-notification-*. Builds before 2021 have chatlog__messages with one time a group.
Titles are in the language of the computer, the visible dates in its short form; the one that can be read counts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from html import unescape

from ingest.attachments import file_name
from ingest.clock import guess_order, has_seconds, read_clock
from ingest.discord import add_attachments, channel_of_name, read_notification, read_stamp
from ingest.errors import ParseIssue
from ingest.formats import ExportFormat, Record
from ingest.html_blocks import Node, has_class, read_blocks
from ingest.message import ChatStart, Message
from ingest.source import Source

GROUP = "chatlog__message-group"
AUTHORS = ("chatlog__author", "chatlog__author-name", "chatlog__system-notification-author")
STAMPS = ("chatlog__timestamp", "chatlog__short-timestamp", "chatlog__system-notification-timestamp")
_ENTRY = re.compile(r"class=[\"']?preamble__entry(?:[\"' ][^<>]*)?>([^<>]+)</div>")


def sniff(head: str, tail: str, name: str) -> float:
    """By the classes of the exporter's page; its styles can fill the whole head, then the end decides."""
    if "<html" not in head[:500].lower() and "<!doctype" not in head[:200].lower():
        return 0.0
    return 0.97 if has_class(head, GROUP) or has_class(tail, GROUP) or ".chatlog__message-group" in head else 0.0


def parse(source: Source) -> Iterator[Record]:
    """All partitions as one chat; dates in numbers only are ordered by all of them together."""
    first = next(_stamps(source), "")
    needed = re.search(r"\b\d{1,2}[./-]\d{1,2}[./-]\d{2,4}\b", first) is not None
    order = guess_order(_stamps(source), hint="MDY") if needed else None
    name, number = channel_of_name(source.name)
    entries = _ENTRY.findall(source.head)
    name = unescape(entries[1]).strip().rpartition(" / ")[2] if len(entries) > 1 else name
    yield ChatStart(name, number, resolution="s" if has_seconds(first) else "min")
    if order is not None and not order.sure:
        yield ParseIssue(0, f"date_order_inferred: {order.order}", lost=False)
    for page in source.pages():
        for node in read_blocks(page, GROUP):
            yield from _Group(order.order if order else "MDY").read(node)


def _stamps(source: Source) -> Iterator[str]:
    """One date a group: the title where it can be read and names the month, else what is shown."""
    for page in source.pages():
        for node in read_blocks(page, GROUP):
            found = next((stamp for name in STAMPS if (stamp := node.find(name))), None)
            if found is not None:
                title = found.attrs.get("title", "")
                named = re.search(r"[A-Za-z]{3}", title) and read_stamp(title, "MDY")
                yield title if named else found.text() or title


@dataclass
class _Group:
    """One group: its messages share a sender, and in old builds the time."""

    order: str
    sender_id: str | None = None
    account: str | None = None
    card: str | None = None
    bot: bool = False
    moment: datetime | None = None

    def read(self, group: Node) -> Iterator[Record]:
        """The records of the group."""
        containers = list(group.find_all("chatlog__message-container")) or list(group.find_all("chatlog__message"))
        if not any(_first(node, AUTHORS) for node in containers):
            self._meet(group)
        for node in containers:
            self._meet(node)
            if self.moment is None:
                yield ParseIssue(node.line, "bad_time", node.text()[:80])
            else:
                yield self._message(node, self.moment)

    def _meet(self, node: Node) -> None:
        author, stamp = _first(node, AUTHORS), _first(node, STAMPS)
        if author is not None:
            self.sender_id = author.attrs.get("data-user-id") or None
            self.card = author.text() or None
            self.account = author.attrs.get("title") or self.card
            self.bot = node.find("chatlog__author-tag") is not None or node.find("chatlog__bot-label") is not None
        if stamp is not None:
            self.moment = self._moment(stamp)

    def _moment(self, stamp: Node) -> datetime | None:
        shown = stamp.text()
        for text in (stamp.attrs.get("title", ""), shown):
            moment = read_stamp(text, self.order) if re.search(r"\d{4}|\d\D\d+\D\d", text) else None
            if moment is not None and (moment.hour or moment.minute or read_clock(text)):
                return moment
        clock = read_clock(shown)
        if self.moment is None or clock is None:
            return None
        return self.moment.replace(hour=clock[0], minute=clock[1], second=clock[2])

    def _message(self, node: Node, moment: datetime) -> Message:
        number = node.attrs.get("data-message-id") or node.attrs.get("id", "").rpartition("-")[2]
        message = Message(
            moment,
            sender_id=self.sender_id,
            sender_name=self.account,
            sender_card=self.card,
            sender_role="bot" if self.bot else None,
            platform_id=number or None,
            line=node.line,
        )
        notice = node.find("chatlog__system-notification-content")
        if notice is not None:
            message.text = notice.text()
            told = read_notification(message.text)
            message.event = told.event if told else "other"
            message.actor_ids = [name for name in (self.sender_id or self.account,) if name]
            message.target_ids = told.targets if told else []
            return message
        _add_content(message, node)
        _add_reply(message, node)
        return message


def _first(node: Node, names: tuple[str, ...]) -> Node | None:
    return next((found for name in names if (found := node.find(name))), None)


def _add_content(message: Message, node: Node) -> None:
    content = node.find("chatlog__content")
    if content is not None:
        kept = _first(content, ("chatlog__markdown-preserve", "preserve-whitespace", "markdown"))
        message.text = (kept or content).text(keep_space=kept is not None, skip=_edited).strip()
    add_attachments(message, [link for part in node.find_all("chatlog__attachment") if (link := _address(part))])
    if message.text or message.kind != "text":
        return
    sticker, embed = node.find("chatlog__sticker"), node.find("chatlog__embed")
    if sticker is not None:
        message.kind, message.text = "sticker", sticker.attrs.get("title", "")
    elif embed is not None:
        message.kind, message.text = "link", embed.text()
        message.urls = [link] if (link := _address(embed)) else []


def _edited(node: Node) -> bool:
    return "chatlog__edited-timestamp" in node.classes


def _address(node: Node) -> str:
    """The first address in an attachment; a relative one (downloaded media) counts too."""
    for child in node.walk():
        address = child.attrs.get("href") or child.attrs.get("src") or ""
        if address and not address.startswith("#") and file_name(address):
            return address
    return ""


def _add_reply(message: Message, node: Node) -> None:
    link = _first(node, ("chatlog__reply-link", "chatlog__reference-link"))
    if link is None:
        return
    target = re.search(r"(\d{15,21})", link.attrs.get("onclick", "") + link.attrs.get("href", ""))
    author = _first(node, ("chatlog__reply-author", "chatlog__reference-author"))
    message.reply_to = target[1] if target else None
    message.quoted_text = link.text() or None
    message.quoted_name = author.text() or None if author else None


FORMAT = ExportFormat(
    id="discord_html",
    title="Discord · DiscordChatExporter HTML",
    platform="discord",
    extensions=(".html", ".htm"),
    sniff=sniff,
    parse=parse,
    how_to_export="DiscordChatExporter：选频道 → Format 选 HTML → Export（能选 JSON 时优先 JSON）。",
    pages=r"(?P<stem>.+?)(?: \[part (?P<page>\d+)\])?\.html",
)
