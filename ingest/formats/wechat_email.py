"""WeChat on a phone: messages selected in a chat and sent by e-mail, saved as text.

    微信群"团购群"的聊天记录如下:
    —————  2024-03-01  —————
    张店长  08:01
                                an empty line, the body, two empty lines
    早上好
Minutes only, names only, no system lines. A header needs an empty line before and after it, so a name and a time
inside a message stay text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime, time

from ingest.clock import CLOCK, read_clock, read_date
from ingest.errors import ParseIssue
from ingest.formats import ExportFormat, Record
from ingest.message import ChatStart, Message
from ingest.source import Source
from ingest.text_lines import TextRecord, strip_invisible
from ingest.wechat_rows import WeChatRow, to_message

RULE = re.compile(r"[—–\-─━ ]{4,}(?P<date>\d{4}[-/.年]\d{1,2}[-/.月]\d{1,2}日?)[—–\-─━ ]{4,}$")
HEADER = re.compile(rf"(?P<name>(?:.*?\S)?) {{2,}}(?P<clock>{CLOCK})\s*$")
TITLE = re.compile(r"(?:微信群|群聊)[“\"](?P<name>.+)[”\"]的聊天记录|(?P<two>.+?)(?:在微信上)?的(?:微信)?聊天记录如下")


def sniff(head: str, tail: str, name: str) -> float:
    """By day rules and headers of minutes that stand between empty lines."""
    lines = [line.removesuffix("\r") for line in head.split("\n")]
    if not any(map(RULE.match, lines)):
        return 0.0
    framed = sum(
        bool(found) and found["clock"].count(":") == 1 and not before.strip() and not after.strip()
        for before, line, after in zip(["", *lines], lines, [*lines[1:], ""], strict=False)
        if (found := HEADER.match(line)) or True
    )
    if not framed:
        return 0.0
    return 0.97 if any(map(TITLE.match, lines[:5])) else 0.92


def parse(source: Source) -> Iterator[Record]:
    """One chat, named by the first line."""
    day: date | None = None
    started = False
    for record in _records(source):
        if not started:
            yield ChatStart(_title(record), resolution="min")
            started = True
        if record.header is not None:
            yield _message(record, record.header, day)
        else:
            for offset, line in enumerate(record.lines):
                found = RULE.match(line)
                day = (read_date(found["date"]) if found else None) or day
                if line.strip() and not found and not TITLE.match(line) and record.line > 1:
                    yield ParseIssue(record.line + offset, "not_a_record", line[:80])


def _records(source: Source) -> Iterator[TextRecord]:
    """Messages with their body lines; everything between a day rule and the next header as headless records."""
    record, before = TextRecord(1, None), ""
    held: tuple[int, str] | None = None
    for number, line in _padded(source):
        if held is not None:
            at, previous = held
            found = HEADER.match(strip_invisible(previous)) if not before.strip() and not line.strip() else None
            if found or RULE.match(previous):
                if record.header or record.lines:
                    yield record
                record = TextRecord(at, found, [] if found else [previous])
            else:
                record.lines.append(previous)
            before = previous
        held = (number, line)
    if record.header or record.lines:
        yield record


def _padded(source: Source) -> Iterator[tuple[int, str]]:
    """The lines and two empty ones, so that the last one is looked at and a header may end the file."""
    number = 0
    for number, line in source.lines():
        yield number, line
    yield number + 1, ""
    yield number + 2, ""


def _title(record: TextRecord) -> str:
    found = next((match for line in record.lines if (match := TITLE.match(line))), None) if not record.header else None
    return (found["name"] or found["two"] or "").strip() if found else ""


def _message(record: TextRecord, header: re.Match[str], day: date | None) -> Message | ParseIssue:
    clock = read_clock(header["clock"])
    if clock is None or day is None:
        return ParseIssue(record.line, "bad_time", header[0][:80])
    body = "\n".join(record.lines).strip("\n")
    sent_at = datetime.combine(day, time(*clock))
    return to_message(WeChatRow(sent_at, body, sender_name=header["name"].strip() or None, line=record.line))


FORMAT = ExportFormat(
    id="wechat_email",
    title="微信 · 手机多选后发邮件",
    platform="wechat",
    extensions=(".txt", ".eml"),
    sniff=sniff,
    parse=parse,
    how_to_export="微信手机版：长按消息 → 多选 → 勾选消息 → 邮件，把收到的正文存成 txt。",
)
