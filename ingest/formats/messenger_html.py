"""Facebook Messenger and Instagram, data download as HTML: inbox/<thread>/message_1.html, ...

    <div class="pam _3-95 _2ph- _a6-g uiBoxWhite noborder">
      <div class="_2ph_ _a6-h _a6-i">sender</div> <div class="_2ph_ _a6-p">content, media, reactions</div>
      <div class="_3-94 _a6-o">Mar 01, 2024 10:00:05 am</div></div>
The class names change with every build, so the three parts are taken by their place: first the sender, last the time.
Newest first; there are no user ids.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from itertools import islice

from ingest.attachments import kind_of_file, kind_of_words
from ingest.clock import guess_order, has_seconds, read_datetime
from ingest.errors import ParseIssue
from ingest.formats import ExportFormat, Record
from ingest.html_blocks import Node, has_class, read_blocks
from ingest.message import ChatStart, Message
from ingest.messenger import read_notice, repair
from ingest.source import Source

BOX = "uiBoxWhite"
_PHOTOS = re.compile(r"(?:inbox|archived_threads|e2ee_cutover|message_requests)/")


def sniff(head: str, tail: str, name: str) -> float:
    """By the boxes of Meta's download pages that hold a date."""
    both = head + tail
    boxed = has_class(both, BOX) and re.search(r"uiBoxWhite[^>]*>\s*<div[^>]*>", both)
    return 0.9 if boxed and re.search(r"\d{1,2}:\d{2}", both) and re.search(r"_3-9[4-6]", both) else 0.0


def parse(source: Source) -> Iterator[Record]:
    """All pages of one thread as one chat."""
    title = re.search(r"<title>(.*?)</title>", source.head, re.DOTALL | re.IGNORECASE)
    order = guess_order((parts[2] for parts in _boxes(source)), hint="MDY")
    names = {parts[0] for parts in _boxes(source)}
    precise = any(has_seconds(parts[2]) for parts in islice(_boxes(source), 1))
    yield ChatStart(repair(unescape(title[1]).strip()) if title else "", resolution="s" if precise else "min")
    for sender, content, stamp, line in _boxes(source):
        sent_at = read_datetime(stamp, order.order)
        if sent_at is None:
            yield ParseIssue(line, "bad_time", stamp[:80])
        else:
            yield _message(Message(sent_at, sender_name=sender or None, line=line), content, names)


def _boxes(source: Source) -> Iterator[tuple[str, Node, str, int]]:
    """(sender, content, time, line) of every box with three parts; the list of participants has fewer."""
    for page in source.pages():
        for node in read_blocks(page, BOX):
            parts = [child for child in node.children if isinstance(child, Node)]
            if len(parts) >= 3:
                yield repair(parts[0].text()), parts[1], parts[-1].text(), node.line


def _message(message: Message, content: Node, names: set[str]) -> Message:
    message.text = repair(content.text(skip=lambda node: node.tag in ("ul", "img", "video", "audio")))
    media = [node.attrs.get("src") or node.attrs.get("href", "") for node in content.walk()]
    files = [address for address in media if _PHOTOS.search(address) and not address.startswith("#")]
    told = read_notice(message.text, names, message.sender_name or "") if not files else None
    if told is not None:
        message.event, message.actor_ids, message.target_ids = told.event, told.actors, told.targets
        return message
    links = [node.attrs["href"] for node in content.find_all("a") if "://" in node.attrs.get("href", "")]
    message.kind = kind_of_file(files[0]) if files else kind_of_words(message.text)
    message.urls = [link for link in links if link not in message.text]
    return message


FORMAT = ExportFormat(
    id="messenger_html",
    title="Messenger / Instagram · 数据下载 HTML",
    platform="messenger",
    extensions=(".html", ".htm"),
    sniff=sniff,
    parse=parse,
    how_to_export="Facebook / Instagram：下载你的信息 → 消息，格式选 HTML（能选 JSON 时优先 JSON，时间更准）。",
    pages=r"(?P<stem>message)_(?P<page>\d+)\.html",
)
