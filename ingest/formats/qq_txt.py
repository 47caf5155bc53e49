"""QQ PC message manager, text export (消息管理器 → 导出消息记录 → txt).

    消息分组:我的QQ群 / 消息对象:读书会          one block a chat, between rows of =
    2024-03-01 8:01:00 【群主】张三(10001)       date time [AM|PM] [title]name(number) or name<mail or phone>
    早上好
                                                 an empty line ends a record
The name may be empty or hold parentheses; hours may lack a zero; blocks without numbers (讨论组) exist. A header
counts only after an empty line and in a shape that its block uses throughout, so pasted headers stay text.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from ingest.clock import hour_of_day
from ingest.errors import ParseIssue
from ingest.formats import ExportFormat, Record
from ingest.message import ChatStart, Message
from ingest.placeholders import kind_of
from ingest.source import Source
from ingest.system_lines import read_system
from ingest.text_lines import TextRecord, strip_invisible

BANNER = "消息记录（此消息记录为文本格式"
CHAT, FOLDER = "消息对象:", "消息分组:"
HEADER = re.compile(r"(\d{4}-\d\d-\d\d) (\d{1,2}:\d\d:\d\d)(?: ([AP]M))?(?: (.*))?$")
"""Groups: date, clock, AM or PM, sender."""
NUMBERED = re.compile(r"(?P<name>.*)(?:\((?P<id>\d{4,12})\)|<(?P<mail>[^<>\s]+)>)\s*$")
SYSTEM_IDS = ("10000", "1000000")
ANONYMOUS = "80000000"
"""The number that all anonymous members share."""
ROLES = {"群主": "owner", "管理员": "admin"}
_TITLE = re.compile(r"【(群主|管理员|潜水|冒泡|吐槽|活跃|话唠|传说|LV?\d+)】")
Shape = tuple[str, ...]


def sniff(head: str, tail: str, name: str) -> float:
    """Sure with the banner; else by headers with a number after an empty line."""
    if BANNER in head[:300]:
        return 0.99
    found = re.findall(r"(?:\A|\n[ \t\r]*\n)(\d{4}-\d\d-\d\d \d{1,2}:\d\d:\d\d(?: [AP]M)? .*)", head)
    named = [line for line in found if re.search(r"\(\d{4,12}\)\s*$|<[^<>\s]+>\s*$", line)]
    if CHAT in head and named:
        return 0.95
    # A single header that somebody pasted into another chat's text does not make it a QQ export.
    paragraphs = 1 + len(re.findall(r"\n[ \t\r]*\n", head))
    return 0.8 if named and len(named) >= max(0.6 * len(found), 0.1 * paragraphs) else 0.0


def parse(source: Source) -> Iterator[Record]:
    """One chat a block; files without blocks are one chat named after the file."""
    shapes = _shapes(source)
    block, started = 0, False
    for item in _records(source, shapes):
        if isinstance(item, str):
            yield ChatStart(item)
            block, started = block + 1, True
        elif item.header is None:
            text = "\n".join(item.lines).strip()
            if text and not text.startswith(BANNER):
                yield ParseIssue(item.line, "not_a_record", text[:80])
        else:
            if not started:
                yield ChatStart("")
                started = True
            yield _message(item.header, item)


def _shape(found: re.Match[str]) -> Shape:
    """What the headers of one block have in common: a number, AM/PM, and how hours before ten are written."""
    _, clock, half, sender = found.groups()
    padding = "bare" if len(clock) == 7 else "padded" if clock[0] == "0" else ""
    return "numbered" if _sender(sender or "").number else "named", "12h" if half else "24h", padding


def _shapes(source: Source) -> list[set[str]]:
    """The traits of headers that count, for the lines before any block and for every block.

    A trait seen in less than 5 % of a block's candidates comes from pasted text.
    """
    counts: list[Counter[str]] = [Counter()]
    for _, line, found, title in _lines(source):
        if found is not None:
            counts[-1].update(_shape(found))
        elif title and line.startswith(CHAT):
            counts.append(Counter())
    rivals = (("numbered", "named"), ("24h", "12h"), ("padded", "bare"))
    return [
        {"", *(trait for pair in rivals for trait in pair if count[trait] >= 0.05 * sum(count[t] for t in pair))}
        for count in counts
    ]


def _lines(source: Source) -> Iterator[tuple[int, str, re.Match[str] | None, bool]]:
    """(number, line, header match if one may stand there, whether it is a block title); frames are left out."""
    blank, titled, ruled = True, False, None
    for number, line in source.lines():
        first = line[:1]
        title = ruled is not None and first == "消" and line.startswith((CHAT, FOLDER))
        if ruled is not None:
            # A row of = belongs to the frame only beside a title; elsewhere somebody wrote it.
            if not title and not titled:
                yield *ruled, None, False
            ruled, titled = None, False
        if first == "=" and len(line) > 20 and not line.strip("= "):
            ruled, blank = (number, line), True
            continue
        yield number, line, HEADER.match(line) if blank and first.isdigit() else None, title
        blank, titled = title or not line or line.isspace(), title
    if ruled is not None and not titled:
        yield *ruled, None, False


def _records(source: Source, shapes: list[set[str]]) -> Iterator[TextRecord | str]:
    """Records, and the name of a chat where its block begins."""
    record, block = TextRecord(0, None), 0
    for number, line, found, title in _lines(source):
        if title:
            if record.line:
                yield record
            record = TextRecord(0, None)
            if line.startswith(CHAT):
                block += 1
                yield line.removeprefix(CHAT).strip()
        elif found is not None and shapes[block].issuperset(_shape(found)):
            if record.line:
                yield record
            record = TextRecord(number, found)
        else:
            record.line = record.line or number
            record.lines.append(line)
    if record.line:
        yield record


@dataclass(frozen=True, slots=True)
class Sender:
    """A header's sender: name without title and number, number or address as written, role."""

    name: str
    number: str | None
    role: str | None


@lru_cache(maxsize=1 << 14)
def _sender(text: str) -> Sender:
    """Split "【群主】张三(10001)"; of several brackets the last one holds the number."""
    name, number = strip_invisible(text), None
    numbered = NUMBERED.match(name)
    if numbered:
        name, number = numbered["name"], numbered["id"] or numbered["mail"]
    title = _TITLE.match(name)
    role = ROLES.get(title[1]) if title else None
    return Sender((name[title.end() :] if title else name).strip(), number, role)


def _message(found: re.Match[str], record: TextRecord) -> Message | ParseIssue:
    date, clock, half, written = found.groups()
    try:
        sent_at = datetime.fromisoformat(f"{date} {clock:0>8}")
    except ValueError:
        return ParseIssue(record.line, "bad_time", found[0][:80])
    if half:
        sent_at = sent_at.replace(hour=hour_of_day(sent_at.hour, half))
    sender, text = _sender(written or ""), record.body
    if sender.number in SYSTEM_IDS:
        event = read_system(text)
        return Message(
            sent_at, text, event=event.event, actor_ids=event.actors, target_ids=event.targets, line=record.line
        )
    number = None if sender.number == ANONYMOUS else sender.number
    return Message(sent_at, text, kind_of(text), number, sender.name or None, sender_role=sender.role, line=record.line)


FORMAT = ExportFormat(
    id="qq_txt",
    title="QQ · 消息管理器文本",
    platform="qq",
    extensions=(".txt",),
    sniff=sniff,
    parse=parse,
    how_to_export="QQ 电脑版：消息管理器 → 右键群 → 导出消息记录 → 保存类型选“文本文件（*.txt）”。",
)
