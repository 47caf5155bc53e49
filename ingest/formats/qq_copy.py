"""Messages copied out of a QQ chat window, or forwarded from QQ on a phone and pasted into a file.

In: `昵称 2/14/2020 9:16:13 PM`, `昵称 2020/2/14 21:16:13`, `昵称 9:59:54 PM` without any date, or a day rule
`— —  2020-2-21  — —` with `昵称  23:50:12 ` below it; the body follows. Out: records. No ids.
Example: `nuanqun import 群聊2024-03-01.txt`. Lines such as `你撤回了一条消息` lie between the messages without a
time, so they cannot become records; they are kept out of the bodies and reported.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

from ingest.clock import CLOCK, DATE, DateOrder, guess_order, read_clock, read_date
from ingest.errors import BrokenExport, ParseIssue
from ingest.formats import ExportFormat, Record
from ingest.message import ChatStart, Message
from ingest.placeholders import kind_of
from ingest.source import Source
from ingest.text_lines import TextRecord, split_records, strip_invisible

_SECONDS = rf"(?={CLOCK}$)(?:\D{{0,4}})\d{{1,2}}:\d{{2}}:\d{{2}}\b.*"
# Possessive blanks: a body of nothing but blanks must not be tried from each of them.
FULL = re.compile(rf"(?P<name>.*?)(?<! ) ++(?P<date>{DATE}) (?P<clock>{_SECONDS})$")
PHONE = re.compile(r"(?P<name>.*?)  (?P<clock>\d{1,2}:\d{2}:\d{2}) ?$")
BARE = re.compile(rf"(?!.* (?:{DATE}|\d{{1,2}}-\d{{1,2}}) {CLOCK}$)(?P<name>.*?\S) (?P<clock>{_SECONDS})$")
RULE = re.compile(r"[—–\-─ ]{2,}(?P<date>\d{4}[-/]\d{1,2}[-/]\d{1,2})[—–\-─ ]{2,}$")
_NO_RECORD = re.compile(
    r"(?:你|\"[^\"\n]+\"|\S.{0,30}?) ?撤回了一条(?:成员)?消息.{0,20}"
    r"|你和.{1,40}有\d+个共同好友.*|.{1,40}(?:加入|退出)了?本群。?"
)
_DATED = re.compile(r"(?<!\d)(20\d{2})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?!\d)")


def sniff(head: str, tail: str, name: str) -> float:
    """Sure when headers of one shape open most paragraphs, less so when nothing separates the messages."""
    lines = [strip_invisible(line.removesuffix("\r")) for line in head.split("\n")]
    starts = [line for before, line in zip(["", *lines], lines, strict=False) if line.strip() and not before.strip()]
    counts = {shape: sum(bool(shape.match(line)) for line in lines) for shape in (FULL, PHONE, BARE)}
    shape = PHONE if counts[PHONE] and any(map(RULE.match, lines)) else max((FULL, BARE), key=lambda one: counts[one])
    opening = sum(bool(shape.match(line)) for line in starts)
    if counts[shape] < 2:
        return 0.0
    if opening >= 0.7 * counts[shape]:
        share = opening / len(starts)
        return round((0.7 if shape is BARE else 0.8) * min(1.0, 0.4 + share), 3) if share >= 0.3 else 0.0
    # Without empty lines a table with a time in its last column looks alike, but has no bodies between the times.
    share = counts[shape] / sum(bool(line.strip()) for line in lines)
    return 0.55 if shape is FULL and 0.2 <= share <= 0.6 else 0.0


def parse(source: Source) -> Iterator[Record]:
    """Yield the records under the one header shape of the file."""
    shape, order, spaced = _survey(source)
    yield ChatStart("")
    if not order.sure:
        yield ParseIssue(1, f"date_order_inferred: {order.order}", lost=False)
    days: _Days | None = None
    if shape is BARE:
        days = _Days(_first_day(source, spaced))
        yield ParseIssue(1, f"date_inferred: {days.day.isoformat()}", lost=False)
    day: date | None = None
    for record in split_records(_clean_lines(source), shape, after_blank=spaced):
        rule = _cut_rule(record)
        yield from _cut_strays(record)
        if record.header:
            yield _message(record, day, days, order)
        elif record.body.strip():
            yield ParseIssue(record.line, "not_a_record", record.body[:80])
        day = rule or day


class _Days:
    """Counts days where the clock of a file without dates jumps back."""

    def __init__(self, first: date) -> None:
        self.day = first
        self._clock = time(0)

    def place(self, clock: time) -> datetime:
        if clock < self._clock:
            self.day += timedelta(days=1)
        self._clock = clock
        return datetime.combine(self.day, clock)


def _message(record: TextRecord, day: date | None, days: _Days | None, order: DateOrder) -> Message | ParseIssue:
    header = record.header
    assert header is not None
    clock = read_clock(header["clock"])
    if "date" in header.groupdict():
        day = read_date(header["date"], order.order)
    if clock is None or (day is None and days is None):
        return ParseIssue(record.line, "bad_time", header[0][:80])
    sent_at = days.place(time(*clock)) if days else datetime.combine(day or date.min, time(*clock))
    text = record.body
    return Message(sent_at, text, kind_of(text), sender_name=header["name"].strip(), line=record.line)


def _clean_lines(source: Source) -> Iterator[tuple[int, str]]:
    for number, line in source.lines():
        yield number, strip_invisible(line)


def _survey(source: Source) -> tuple[re.Pattern[str], DateOrder, bool]:
    """The header shape of the file, its date order, and whether headers stand after an empty line."""
    counts = {FULL: 0, PHONE: 0, BARE: 0}
    after_blank = dict(counts)
    rules, dates, blank = 0, [], True
    for _, line in _clean_lines(source):
        for shape in counts:
            found = shape.match(line)
            if found:
                counts[shape] += 1
                after_blank[shape] += blank
                if shape is FULL and blank and found["date"] not in dates[-1:]:
                    dates.append(found["date"])
        rules += bool(RULE.match(line))
        blank = not line.strip() or bool(RULE.match(line))
    shape = PHONE if rules and counts[PHONE] else max((FULL, BARE), key=lambda shape: counts[shape])
    order = guess_order(dates, hint="MDY") if shape is FULL else DateOrder("YMD", True)
    return shape, order, after_blank[shape] >= 0.7 * counts[shape]


def _cut_rule(record: TextRecord) -> date | None:
    """Take a day rule off the end of a body; it belongs to what follows."""
    found = None
    while record.lines and (RULE.match(record.lines[-1]) or not record.lines[-1].strip()):
        found = RULE.match(record.lines.pop()) or found
    return read_date(found["date"]) if found else None


def _cut_strays(record: TextRecord) -> Iterator[ParseIssue]:
    """Take system lines without a time off the end of a body, and report them."""
    while len(record.lines) > 1 and not record.lines[-2].strip() and _NO_RECORD.fullmatch(record.lines[-1].strip()):
        stray = record.lines.pop()
        yield ParseIssue(record.line + len(record.lines) + 1, "not_a_record: no_time", stray[:80], lost=False)
        while record.lines and not record.lines[-1].strip():
            record.lines.pop()


def _first_day(source: Source, spaced: bool) -> date:
    """The day of the first message of a file without dates: from its name, else from a date that somebody wrote."""
    stated = _DATED.search(source.name)
    if stated:
        return _day(stated) or date.min
    days = _Days(date(2000, 1, 1))
    for record in split_records(_clean_lines(source), BARE, after_blank=spaced):
        clock = read_clock(record.header["clock"]) if record.header else None
        if clock:
            days.place(time(*clock))
        found = _DATED.search("\n".join(record.lines))
        written = _day(found) if found else None
        if written:
            return written - (days.day - date(2000, 1, 1))
    raise BrokenExport(
        "the text copied from QQ states times but no date",
        path=source.path,
        hint="Put the date of its first message into the file name, such as 群聊2024-03-01.txt, and import it again.",
    )


def _day(found: re.Match[str]) -> date | None:
    try:
        return date(int(found[1]), int(found[2]), int(found[3]))
    except ValueError:
        return None


FORMAT = ExportFormat(
    id="qq_copy",
    title="QQ 窗口复制或手机转发的文字",
    platform="qq",
    extensions=(".txt",),
    sniff=sniff,
    parse=parse,
    how_to_export="在 QQ 聊天窗口或消息管理器里选中消息、复制，粘贴到文本文件；没有日期时把首条消息的日期写进文件名。",
)
