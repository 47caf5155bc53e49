"""Huawei WeLink, copied or exported text.

阿梅(m00123456)<TAB>2026-03-31 09:15:32      the last brackets hold the id, the name may have its own
正文, any number of lines
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ingest.clock import has_seconds, read_datetime
from ingest.errors import ParseIssue
from ingest.formats import ExportFormat, Record
from ingest.message import ChatStart, Message
from ingest.placeholders import kind_of
from ingest.source import Source
from ingest.system_lines import read_system
from ingest.text_lines import TextRecord, split_records, strip_invisible

HEADER = re.compile(
    r"(?P<name>[^\t]*?)(?:[(（](?P<id>[A-Za-z]{0,4}\d{3,12})[)）])?"
    r"\t(?P<time>\d{4}[-/]\d{1,2}[-/]\d{1,2} \d{1,2}:\d{2}(?::\d{2})?)\s*$"
)
SYSTEM_NAMES = ("系统消息", "System", "系统通知")


def sniff(head: str, tail: str, name: str) -> float:
    """Sure when many lines are headers with an id."""
    lines = [line.removesuffix("\r") for line in head.split("\n") if line.strip()]
    found = [header for line in lines[:400] if (header := HEADER.match(line))]
    named = [header for header in found if header["id"]]
    if len(named) < max(1, 0.5 * len(found)):
        return 0.0
    return 0.95 if len(found) >= 0.15 * min(len(lines), 400) else 0.0


def parse(source: Source) -> Iterator[Record]:
    """Yield the records in file order."""
    first = HEADER.match(source.head.split("\n", 1)[0].removesuffix("\r"))
    fine = has_seconds(first["time"]) if first else True
    yield ChatStart("", resolution="s" if fine else "min")
    lines = ((number, strip_invisible(line)) for number, line in source.lines())
    for record in split_records(lines, HEADER):
        if record.header:
            yield _message(record)
        elif record.body.strip():
            yield ParseIssue(record.line, "not_a_record", record.body[:80])


def _message(record: TextRecord) -> Message | ParseIssue:
    header = record.header
    assert header is not None
    sent_at = read_datetime(header["time"])
    if sent_at is None:
        return ParseIssue(record.line, "bad_time", header["time"])
    text, name = record.body, header["name"].strip()
    if name in SYSTEM_NAMES:
        event = read_system(text)
        return Message(
            sent_at, text, event=event.event, actor_ids=event.actors, target_ids=event.targets, line=record.line
        )
    return Message(sent_at, text, kind_of(text), header["id"], name or None, line=record.line)


FORMAT = ExportFormat(
    id="welink_txt",
    title="WeLink · 聊天记录文本",
    platform="welink",
    extensions=(".txt",),
    sniff=sniff,
    parse=parse,
    how_to_export="WeLink 电脑版：聊天窗口多选消息 → 复制（或合并转发后复制），粘贴到文本文件。",
)
