"""QQ PC message manager, web archive export (消息管理器 → 导出消息记录 → mht).

    Subject: Tencent IM Message                         multipart/related; the page first, then the pictures
    <tr><td>消息对象:读书会</td></tr>                    one a chat
    <tr><td>日期: 2020-02-11</td></tr>                   the day of the rows below
    <tr><td><div …><div …>昵称(10001)</div>4:36:46</div><div …>正文</div></td></tr>
Only the page is read: it is streamed row by row and the pictures behind it, most of the bytes, are never touched.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from datetime import date, datetime, time

from ingest.clock import read_clock, read_date
from ingest.errors import ParseIssue
from ingest.formats import ExportFormat, Record
from ingest.formats.qq_txt import ANONYMOUS, ROLES, SYSTEM_IDS
from ingest.message import ChatStart, Message
from ingest.placeholders import kind_of
from ingest.source import Source
from ingest.system_lines import read_system
from ingest.text_lines import strip_invisible

BLOCK = 1 << 16
ROW_END = re.compile(r"</tr\s*>", re.IGNORECASE)
MAX_ROW = 1 << 24
"""Characters after which something without </tr> is no row."""
_BOUNDARY = re.compile(r"boundary=\"?([^\"\s;]+)", re.IGNORECASE)
_MESSAGE = re.compile(
    r"<div[^>]*>\s*<div[^>]*float:\s*left[^>]*>(?P<sender>.*?)</div>(?P<clock>[^<]{4,20})</div>\s*"
    r"<div[^>]*>(?P<body>.*)</div>\s*</td>",
    re.IGNORECASE | re.DOTALL,
)
_SENDER = re.compile(r"(?P<name>(?:.*?\S)?)\s*(?:\((?P<id>\d{4,12})\)|<(?P<mail>[^<>\s]{3,80})>)?", re.DOTALL)
_TITLE = re.compile(r"【(群主|管理员)】")


def sniff(head: str, tail: str, name: str) -> float:
    """Sure with QQ's subject or page title in a multipart message."""
    start = head[:4000].lower()
    if "multipart/related" not in start:
        return 0.0
    return 0.99 if "tencent im message" in start or "<title>qq message</title>" in head.lower() else 0.0


def parse(source: Source) -> Iterator[Record]:
    """Yield the rows of the page; a row that is neither title, day nor message is an issue."""
    day: date | None = None
    started = False
    for line, row in _rows(source):
        text = _plain(row)
        if text.startswith("消息对象:"):
            yield ChatStart(text.removeprefix("消息对象:").strip())
            started = True
        elif text.startswith(("日期:", "日期：", "Date:")):
            day = read_date(text)
        elif found := _MESSAGE.search(row):
            if not started:
                yield ChatStart("")
                started = True
            yield _message(found, day, line)
        elif text and not text.startswith(("消息记录", "消息分组")) and started:
            yield ParseIssue(line, "not_a_record", text[:80])


def _message(found: re.Match[str], day: date | None, line: int) -> Message | ParseIssue:
    clock = read_clock(found["clock"].strip())
    if day is None or clock is None:
        return ParseIssue(line, "bad_time", _plain(found[0])[:80])
    sent_at = datetime.combine(day, time(*clock))
    sender = _SENDER.fullmatch(_plain(found["sender"]))
    name = strip_invisible(sender["name"] if sender else "").strip()
    number = (sender["id"] or sender["mail"]) if sender else None
    text = _plain(found["body"])
    if number in SYSTEM_IDS:
        event = read_system(text)
        return Message(sent_at, text, event=event.event, actor_ids=event.actors, target_ids=event.targets, line=line)
    title = _TITLE.match(name)
    role = ROLES[title[1]] if title else None
    name = name[title.end() :] if title else name
    number = None if number == ANONYMOUS else number
    return Message(sent_at, text, kind_of(text), number, name or None, sender_role=role, line=line)


def _rows(source: Source) -> Iterator[tuple[int, str]]:
    """(line, html) of each table row up to the end of the page; a row that the file cuts off is the last."""
    boundary = _BOUNDARY.search(source.head[:4000])
    stop = f"\n--{boundary[1]}" if boundary else "</html>"
    held, line, inside = "", 1, False
    with source.text(newline=None) as stream:
        while block := stream.read(BLOCK):
            held += block.replace("\0", "")
            if not inside:
                start = held.find("<html")
                if start < 0 and len(held) < MAX_ROW:
                    continue
                line, held, inside = line + held.count("\n", 0, max(0, start)), held[max(0, start) :], True
            end = held.find(stop)
            *rows, held = ROW_END.split(held if end < 0 else held[:end])
            for row in rows:
                line += len(row) - len(row.lstrip("\n"))
                yield line, row
                line += row.strip("\n").count("\n")
            if end >= 0 or len(held) > MAX_ROW:
                return
    if "<tr" in held and _MESSAGE.search(held + "</div></td>"):
        yield line, held + "</div></td>"


def _plain(row: str) -> str:
    """Text of a piece of the page; QQ writes &get; for a greater-than sign."""
    text = re.sub(r"[\r\n]+", "", row)
    text = re.sub(r"<br\s*/?>", "\n", text, flags=re.IGNORECASE)
    text = re.sub(r"<img\b[^>]*>", "[图片]", text, flags=re.IGNORECASE)
    text = re.sub(r"<[^>]*>", "", text).replace("&get;", "&gt;")
    return html.unescape(text).replace("\xa0", " ").strip()


FORMAT = ExportFormat(
    id="qq_mht",
    title="QQ · 消息管理器网页归档",
    platform="qq",
    extensions=(".mht", ".mhtml"),
    sniff=sniff,
    parse=parse,
    how_to_export="QQ 电脑版：消息管理器 → 右键群 → 导出消息记录 → 保存类型选“网页格式，支持图片（*.mht）”。",
)
