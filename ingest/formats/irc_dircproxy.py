"""dircproxy logs: day, month and time in brackets, the full mask of the speaker.

    [15 Jan 00:53] *** You disconnected
    [15 Jan 12:52] <anna!n=anna@host> +hello           + or - = identified to the server or not, no part of the text
    [15 Jan 13:00] * anna waves
The year comes from the file name. The + or - is stripped for speakers whose every line has one.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from datetime import datetime

from ingest.clock import read_clock
from ingest.errors import ParseIssue
from ingest.formats import ExportFormat, Record
from ingest.irc import LogLines, YearlessDates, channel_of
from ingest.message import ChatStart, Message
from ingest.source import Source
from ingest.text_lines import line_share

LINE = re.compile(
    r"\[(?P<day>\d{1,2}) (?P<month>[A-Z][a-z]{2}) (?P<clock>\d\d:\d\d(?::\d\d)?)\] "
    r"(?:<(?P<nick>[^>!\s]+)(?:![^>]*)?> ?(?P<text>.*)|\*\*\* (?P<server>.*)|\* (?P<actor>\S+) ?(?P<action>.*)"
    r"|-(?P<giver>[^\s!-][^\s!]*)(?:!\S*)?- (?P<notice>.*))$",
    re.DOTALL,
)


def sniff(head: str, tail: str, name: str) -> float:
    """By the share of lines."""
    share = line_share(head, LINE)
    return 0.96 if share > 0.8 else 0.7 if share > 0.5 else 0.0


def parse(source: Source) -> Iterator[Record]:
    """One channel; a first pass learns whose lines carry the identification mark."""
    log, dates, marked = LogLines(source), YearlessDates(source.name), _marked(source)
    seconds = re.match(r"\[\d+ \w+ \d\d:\d\d:\d\d\]", source.head)
    yield ChatStart(channel_of(source), resolution="s" if seconds else "min")
    for number, line in source.lines(per_line=True):
        found = LINE.match(line)
        if found:
            yield _record(found, line, number, dates, log, marked)
        elif line.strip():
            yield ParseIssue(number, "not_a_record", line[:80])
    if dates.guessed:
        yield ParseIssue(0, f"date_inferred: year {dates.year}", lost=False)


def _marked(source: Source) -> set[str]:
    lines, marks = Counter(), Counter()
    for _, line in source.lines(per_line=True):
        found = LINE.match(line)
        if found and found["nick"]:
            lines[found["nick"]] += 1
            marks[found["nick"]] += found["text"][:1] in ("+", "-")
    used = marks.total() > 0.5 * lines.total()
    return {nick for nick in lines if marks[nick] == lines[nick]} if used else set()


def _record(
    found: re.Match[str], line: str, number: int, dates: YearlessDates, log: LogLines, marked: set[str]
) -> Message | ParseIssue:
    day, clock = dates.read(found["month"], found["day"]), read_clock(found["clock"])
    if day is None or clock is None:
        return ParseIssue(number, "bad_time", line[:80])
    message = log.read(found, datetime(day.year, day.month, day.day, *clock), number)
    if found["nick"] in marked:
        message.text = message.text[1:]
    return message


FORMAT = ExportFormat(
    id="irc_dircproxy",
    title="IRC · dircproxy 日志",
    platform="irc",
    extensions=(".log", ".txt"),
    sniff=sniff,
    parse=parse,
    how_to_export="dircproxy：在配置里给频道设 chan_log_dir；日志没有年份，请把年份写进文件名（如 2024-tea.log）。",
)
