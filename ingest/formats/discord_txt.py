"""DiscordChatExporter plain text.

    ==============================================================    (62 =)
    Guild: .. / Channel: category / name / Topic: ..                  between two such rows
    [3/1/2024 8:01 AM] anna (pinned)                                   the locale of the computer decides the date
    body
    {Attachments} {Embed} {Stickers} {Reactions} {Forwarded Message}   each opens a block below the body
    Exported 59 message(s)                                             at the end, held against what was read
A header counts only after an empty line and when its date has the shape most headers have.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache

from ingest.clock import DAYPART, guess_order
from ingest.discord import add_attachments, channel_of_name, read_notification, read_stamp
from ingest.errors import ParseIssue
from ingest.formats import ExportFormat, Record
from ingest.message import ChatStart, Message
from ingest.source import Source
from ingest.text_lines import TextRecord, split_records

RULE = "=" * 62
HEADER = re.compile(  # possessive, so that a long run of one character takes no quadratic time
    r"\[(?P<stamp>(?=[^\[\]\n\d]*+\d)[^\[\]\n]*+)\] (?=.)"
    r"(?P<name>\s*+(?:\S++(?:\s++\S++)*?)?)(?P<pinned>\s*? \(pinned\))?\s*+$"
)
END = re.compile(r"Exported ([\d.,\s\u00a0\u202f']+) message\(s\)")
SECTION = re.compile(r"\{(Attachments|Embed|Stickers|Reactions|Forwarded Message)\}\s*$")


def sniff(head: str, tail: str, name: str) -> float:
    """By the frame around guild and channel."""
    return 0.98 if head.lstrip().startswith(RULE) and re.search(r"^(?:Guild|Channel): ", head[:600], re.M) else 0.0


def parse(source: Source) -> Iterator[Record]:
    """All partitions as one chat; dates are ordered by all of them together."""
    shapes: Counter[str] = Counter()
    for record in _records(source):
        if record.header and _parts(record.header["stamp"], "DMY"):
            shapes[_shape(record.header["stamp"])] += 1
    shape = shapes.most_common(1)[0][0] if shapes else ""
    order = guess_order(_stamps(source, shape), hint="MDY")
    yield ChatStart(_channel(source), resolution="s" if shape.count(":") > 1 else "min")
    if not order.sure:
        yield ParseIssue(0, f"date_order_inferred: {order.order}", lost=False)
    read = 0
    for record in _whole(source, shape):
        if record.header is None:
            continue
        sent_at = read_stamp(record.header["stamp"], order.order)
        if sent_at is None:
            yield ParseIssue(record.line, "bad_time", record.header[0][:80])
            continue
        read += 1
        yield _message(record, Message(sent_at, sender_name=record.header["name"].strip(), line=record.line))
    stated = sum(int(re.sub(r"\D", "", found) or 0) for page in source.pages() for found in END.findall(page.tail))
    if stated and stated != read:
        yield ParseIssue(0, f"count_differs: {stated} stated, {read} read", lost=False)


def _records(source: Source) -> Iterator[TextRecord]:
    return split_records(source.lines(), HEADER, after_blank=True)


def _stamps(source: Source, shape: str) -> Iterator[str]:
    for record in _records(source):
        if record.header and _shape(record.header["stamp"]) == shape:
            yield record.header["stamp"]


def _parts(stamp: str, order: str) -> bool:
    return read_stamp(stamp, order) is not None or read_stamp(stamp, "MDY") is not None


@lru_cache(maxsize=1 << 14)
def _shape(stamp: str) -> str:
    """What all dates of one file have in common, whatever the day: "9/9/9 9:9 A"."""
    plain = re.sub(DAYPART, "A", stamp)
    return re.sub(r"[^\W\d_]{3,}", "B", re.sub(r"\d+", "9", plain))


def _whole(source: Source, shape: str) -> Iterator[TextRecord]:
    """Records whose date has the shape of the file; a header in another shape is part of the body before it."""
    held: TextRecord | None = None
    for record in _records(source):
        foreign = record.header is not None and _shape(record.header["stamp"]) != shape
        if foreign and held is not None and record.header is not None:
            held.lines += [record.header[0], *record.lines]
            continue
        if held is not None:
            yield held
        held = record
    if held is not None:
        yield held


def _channel(source: Source) -> str:
    found = re.search(r"^Channel: (.+?)\s*$", source.head[:2000], re.MULTILINE)
    return found[1].rpartition(" / ")[2] if found else channel_of_name(source.name)[0]


def _message(record: TextRecord, message: Message) -> Message:
    sections: dict[str, list[str]] = {"": []}
    current = ""
    for line in _without_frame(record.lines):
        found = SECTION.match(line)
        if found:
            current = found[1]
            sections.setdefault(current, [])
        else:
            sections[current].append(line)
    message.text = "\n".join(sections[""]).strip("\n")
    told = read_notification(message.text)
    if told is not None:
        message.event, message.target_ids = told.event, told.targets
        message.actor_ids = [message.sender_name] if message.sender_name else []
        return message
    filled = {name: "\n".join(lines).strip() for name, lines in sections.items()}
    add_attachments(message, filled.get("Attachments", "").split())
    if "Forwarded Message" in sections and not message.text:
        message.kind, message.text = "forward", filled["Forwarded Message"]
    elif "Stickers" in sections and not message.text:
        message.kind = "sticker"
    elif "Embed" in sections and not message.text:
        message.kind, message.text = "link", filled["Embed"]
    return message


def _without_frame(lines: list[str]) -> list[str]:
    """The lines of a body before the closing frame of the file or the opening one of the next partition."""
    for index, line in enumerate(lines[:-1]):
        if line.rstrip() == RULE and (END.match(lines[index + 1]) or lines[index + 1].startswith("Guild: ")):
            return lines[:index]
    return lines


FORMAT = ExportFormat(
    id="discord_txt",
    title="Discord · DiscordChatExporter 文本",
    platform="discord",
    extensions=(".txt",),
    sniff=sniff,
    parse=parse,
    how_to_export="DiscordChatExporter：选频道 → Format 选 TXT → Export（只有到分钟的时间，能选 JSON 时优先 JSON）。",
    pages=r"(?P<stem>.+?)(?: \[part (?P<page>\d+)\])?\.txt",
)
