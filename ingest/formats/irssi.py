"""irssi logs: the date stands only in day lines, every other line has hours and minutes.

    --- Log opened Sat Oct 27 09:37:24 2012
    09:38 <@anna> hello          09:38  * anna waves
    09:37 -!- bob [u@host] has joined #tea
The channel comes from the server lines or the file name; "--- Day changed Sun Oct 28 2012" turns the day.
Lists of names after a join ("[@anna] [ bob]") are no events and are passed over.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from ingest.clock import read_clock, read_date
from ingest.errors import ParseIssue
from ingest.formats import ExportFormat, Record
from ingest.irc import LogDay, LogLines, date_of_name
from ingest.message import ChatStart
from ingest.source import Source

DAY_LINE = re.compile(r"--- (?:Log opened|Day changed) (.*\d{4})$")
LINE = re.compile(
    r"(?P<clock>\d\d:\d\d(?::\d\d)?) ?(?:<(?P<nick>[@+%&~! ]?[^\s>]+)> ?(?P<text>.*)"
    r"|\s\* (?P<actor>\S+) ?(?P<action>.*)|-!- (?P<server>.*)|(?P<notice>-\S+-) (?P<said>.*)"
    r"|(?P<names>\[.*\]\s*))$",
    re.DOTALL,
)
CHANNEL = re.compile(r"(?:has (?:joined|left)|topic of|mode/|synced in|Channel|Join to|Irssi:) ?([#&!+][^\s:\[,]+)")
_CLOSED = re.compile(r"--- Log closed ")


def sniff(head: str, tail: str, name: str) -> float:
    """Sure with a day line and one line of talk."""
    if not re.search(r"^--- (?:Log opened|Day changed) \w{3} \w{3} \d", head, re.MULTILINE):
        return 0.0
    return 0.98 if re.search(r"^\d\d:\d\d(?::\d\d)? (?:<|-!-| \*)", head + tail, re.MULTILINE) else 0.6


def parse(source: Source) -> Iterator[Record]:
    """One chat a file: the channel that its server lines name, else the file name."""
    yield _chat(source)
    log = LogLines(source)
    for page in source.pages():
        source.current = page.parts[0].name
        day = LogDay(date_of_name(page.name), fixed=True)
        for number, line in page.lines(per_line=True):
            found = LINE.match(line)
            if found:
                yield from _record(found, number, day, log, line)
            elif turned := DAY_LINE.match(line):
                day.start(read_date(turned[1]) or day.day or date.min)
            elif line.strip() and not _CLOSED.match(line):
                yield ParseIssue(number, "not_a_record", line[:80])


def _chat(source: Source) -> ChatStart:
    found = CHANNEL.search(source.head) or CHANNEL.search(source.tail)
    return ChatStart(found[1] if found else source.chat_name, resolution=_resolution(source.head))


def _resolution(head: str) -> str:
    return "s" if re.search(r"^\d\d:\d\d:\d\d (?:<|-!-| \*)", head, re.MULTILINE) else "min"


def _record(found: re.Match[str], number: int, day: LogDay, log: LogLines, line: str) -> Iterator[Record]:
    clock = read_clock(found["clock"])
    sent_at = day.at(*clock) if clock else None
    if found["names"]:
        return
    if sent_at is None:
        yield ParseIssue(number, "bad_time", line[:80])
    elif found["nick"]:
        yield log.said(sent_at, found["nick"].strip(), found["text"], number)
    elif found["actor"]:
        yield log.said(sent_at, found["actor"], found["action"], number, kind="action")
    elif found["notice"]:
        yield log.said(sent_at, found["notice"].strip("-").split("(")[0], found["said"], number)
    else:
        yield log.happened(sent_at, found["server"], number)


FORMAT = ExportFormat(
    id="irssi",
    title="IRC · irssi 日志",
    platform="irc",
    extensions=(".log", ".txt"),
    sniff=sniff,
    parse=parse,
    how_to_export="irssi：/set autolog on，日志在 ~/irclogs/ 下，一个频道一个文件。",
)
