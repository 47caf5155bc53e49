"""Any pasted chat text of which the header line can be learned: a time and a name in one of five places.

    [2024-03-01 8:01] 老周: 早        2024-03-01 8:01:00 老周：早        老周(2024-03-01 8:01): 早
    老周  2024/3/1 8:01   and         2024/3/1 上午8:01  老周            with the words below
The shape that fits most lines is taken, when it fits 60 % of the lines that hold a time, and time runs forward. What
fits no header is the rest of the message above it. There are no ids. A format of its own is always surer than this.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import datetime

from ingest.clock import CLOCK, DATE, DateOrder, guess_order, has_seconds, read_datetime
from ingest.errors import ParseIssue
from ingest.formats import ExportFormat, Record
from ingest.message import ChatStart, Message
from ingest.placeholders import kind_of
from ingest.source import Source
from ingest.system_lines import read_system
from ingest.text_lines import TextRecord, split_records, strip_invisible
from ingest.wechat_sentences import is_system_sentence

TIME = rf"(?P<time>(?:{DATE}|\d{{4}}年\d{{1,2}}月\d{{1,2}}日)[ T,，]{{0,2}}{CLOCK})"
NAME = r"(?P<name>[^\s:：\[\]【】](?:[^:：\[\]【】\n\t]{0,38}[^\s:：\[\]【】])?)"
SHAPES = tuple(
    re.compile(shape)
    for shape in (
        rf"[\[【]{TIME}[\]】] ?{NAME}[:：] ?(?P<text>.*)$",
        rf"{TIME} {{1,2}}(?:[-–—|] )?{NAME}[:：] ?(?P<text>.*)$",
        rf"(?P<name>[^\s()（）:：](?:[^()（）:：\n]{{0,38}}[^\s()（）:：])?) ?[(（]{TIME}[)）] ?[:：] ?(?P<text>.*)$",
        rf"{NAME}[ \t]{{1,4}}{TIME}\s*$",
        rf"{TIME}[ \t]{{1,4}}{NAME}\s*$",
    )
)
TIMED = re.compile(rf"(?:{DATE}|\d{{4}}年\d{{1,2}}月\d{{1,2}}日)[ T,，]{{0,2}}{CLOCK}")
BELOW = SHAPES[3:]
"""Shapes whose words stand on the lines below."""
SURE = 0.52
SHARE = 0.6
"""Of the lines that hold a time, so many must have the shape."""
MIN_RECORDS = 3
_LOG_LEVELS = frozenset("trace debug info notice warn warning error critical fatal".split())


def sniff(head: str, tail: str, name: str) -> float:
    """Just sure enough, and only where a shape was learned."""
    if head.lstrip("\ufeff \n\r")[:1] in ("{", "<"):
        return 0.0
    return SURE if learn_shape(head.split("\n")[:2000]) else 0.0


def learn_shape(lines: Iterable[str]) -> re.Pattern[str] | None:
    """The shape of header lines; None where there is none that people could have written."""
    full = [line.rstrip("\r") for line in lines if line.strip()]
    timed = [line for line in full if len(line) < 1000 and TIMED.search(line)]
    best, most = None, 0
    for shape in SHAPES:
        found = [match for line in timed if (match := shape.match(strip_invisible(line)))]
        if len(found) > most and len(found) >= max(MIN_RECORDS, SHARE * len(timed), 0.1 * len(full)):
            if _plausible(found) and (shape not in BELOW or len(full) >= 1.6 * len(found)):
                best, most = shape, len(found)
    return best


def _plausible(found: list[re.Match[str]]) -> bool:
    """Whether several people, none of them a log level, speak in the order of time."""
    names = {match["name"].strip().lower() for match in found}
    order = guess_order([match["time"] for match in found]).order
    times = [moment for match in found if (moment := read_datetime(match["time"], order))]
    forward = sum(one <= other for one, other in zip(times, times[1:], strict=False))
    return (
        len(names) > 1
        and not names & _LOG_LEVELS
        and len(names) <= max(3, 0.8 * len(found))
        and len(times) == len(found)
        and forward >= 0.9 * (len(times) - 1)
    )


def parse(source: Source) -> Iterator[Record]:
    """One chat, named after the file or its folder."""
    shape = learn_shape(source.head.split("\n")[:2000])
    if shape is None:
        return
    order, seconds = _read_times(source, shape)
    yield ChatStart("", resolution="s" if seconds else "min")
    if not order.sure:
        yield ParseIssue(0, f"date_order_inferred: {order.order}", lost=False)
    for record in split_records(_clean(source), shape):
        if record.header is not None:
            yield _message(record, record.header, order.order)
        elif text := record.body.strip():
            yield ParseIssue(record.line, "not_a_record", text[:80])


def _clean(source: Source) -> Iterator[tuple[int, str]]:
    return ((number, strip_invisible(line) if TIMED.search(line[:200]) else line) for number, line in source.lines())


def _read_times(source: Source, shape: re.Pattern[str]) -> tuple[DateOrder, bool]:
    """The order of the dates of the whole file, and whether its clock has seconds."""
    seconds, days = False, []
    for _, line in _clean(source):
        if found := shape.match(line):
            seconds = seconds or has_seconds(found["time"])
            day = re.match(DATE, found["time"])
            if day and (not days or days[-1] != day[0]):
                days.append(day[0])
    return guess_order(days) if days else DateOrder("YMD", True), seconds


def _message(record: TextRecord, header: re.Match[str], order: str) -> Record:
    sent_at: datetime | None = read_datetime(header["time"], order)
    if sent_at is None:
        return ParseIssue(record.line, "bad_time", header[0][:80])
    first = [header["text"]] if "text" in header.groupdict() else []
    name, text = header["name"].strip(), "\n".join([*first, *record.lines]).strip("\n")
    if name in ("系统", "系统消息", "系統訊息", "System") or is_system_sentence(text, name):
        told = read_system(text)
        return Message(
            sent_at, text, event=told.event, actor_ids=told.actors, target_ids=told.targets, line=record.line
        )
    return Message(sent_at, text, kind_of(text), sender_name=name, line=record.line)


FORMAT = ExportFormat(
    id="generic_text",
    title="通用文本（粘贴的聊天，自动学习每条消息的开头）",
    platform="text",
    extensions=(".txt", ".md", ".log"),
    sniff=sniff,
    parse=parse,
    how_to_export="从任何聊天窗口复制出来的文本：每条消息的开头要有日期、时间和名字，如“[2024-03-01 8:01] 老周: 早”。",
)
