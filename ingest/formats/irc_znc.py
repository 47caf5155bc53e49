"""Logs of ZNC, energymech, eggdrop and mIRC: a time in brackets, the date elsewhere.

    [10:00:00] <anna> hello      [10:00:00] * anna waves      [10:00:00] -anna- notice
    [10:00:00] *** Joins: anna (u@host)                        mIRC: "[10:00] * anna (u@host) has joined #tea"
The date is in the file name (2024-03-01.log, #tea_20240301.log: one file a day), in a line "Session Start: Fri Mar
01 10:00:00 2024" (mIRC) or in "[00:00] --- Fri Mar 1 2024" (eggdrop). A log without any date is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ingest.clock import has_seconds, read_clock, read_date
from ingest.errors import BrokenExport, ParseIssue
from ingest.formats import ExportFormat, Record
from ingest.irc import LogDay, LogLines, channel_of, date_of_name, read_star_line
from ingest.message import ChatStart
from ingest.source import Source
from ingest.text_lines import line_share

LINE = re.compile(
    r"\x03?\d{0,2}\[(?P<clock>\d{1,2}:\d\d(?::\d\d)?(?: ?[AaPp][Mm])?)\] (?:<(?P<nick>[^>]{1,60})> ?(?P<text>.*)"
    r"|\*\*\* (?P<server>.*)|\* (?P<actor>\S+) ?(?P<action>.*)|-(?P<giver>[^\s-]\S*?)- (?P<notice>.*)"
    r"|--- (?P<day>\w.*\d{4})\s*)$",
    re.DOTALL,
)
DAY_LINE = re.compile(r"(?:Session (?:Start|Time)|--- (?:Log opened|Day changed)):? (?P<day>.*\d{4})\s*$")
_CLOSE = re.compile(r"\s*$|Session (?:Close|Ident)|--- Log closed")


def sniff(head: str, tail: str, name: str) -> float:
    """By the share of bracketed lines; at least one of them must be talk."""
    share = line_share(head, LINE)
    talk = re.search(r"^\[\d{1,2}:\d\d(?::\d\d)?[^\]]*\] (?:<[^>\n]+>|\* \S)", head, re.MULTILINE)
    if share < 0.5 or not (talk or "*** " in head):
        return 0.0
    return 0.93 if talk and share > 0.8 else 0.75


def parse(source: Source) -> Iterator[Record]:
    """One channel over all its day files."""
    log, starred = LogLines(source), "] *** " not in source.head
    yield ChatStart(channel_of(source), resolution="s" if has_seconds(source.head[:2000]) else "min")
    guessed = False
    for page in source.pages():
        day = LogDay(date_of_name(page.name), fixed=True)
        for number, line in page.lines(per_line=True):
            yield from _records(line, number, day, log, starred, source)
        guessed = guessed or day.guessed
    if guessed:
        yield ParseIssue(0, "date_inferred: the clock jumps back at midnight", lost=False)


def _records(line: str, number: int, day: LogDay, log: LogLines, starred: bool, source: Source) -> Iterator[Record]:
    found = LINE.match(line)
    stated = DAY_LINE.match(line) or found
    if stated and stated["day"] and (date := read_date(stated["day"])):
        day.start(date, fixed=False)
    elif found is None:
        if not _CLOSE.match(line):
            yield ParseIssue(number, "not_a_record", line[:80])
    else:
        clock = read_clock(found["clock"])
        sent_at = day.at(*clock) if clock else None
        if clock and day.day is None:
            raise BrokenExport(
                "the log states no date",
                path=source.path,
                hint="Put the first day into the file name, like 2024-03-01.log.",
            )
        if sent_at is None:
            yield ParseIssue(number, "bad_time", line[:80])
        elif starred and found["actor"] and read_star_line(f"{found['actor']} {found['action']}"):
            yield log.happened(sent_at, f"{found['actor']} {found['action']}", number)
        else:
            yield log.read(found, sent_at, number)


FORMAT = ExportFormat(
    id="irc_znc",
    title="IRC · ZNC / energymech / mIRC 日志",
    platform="irc",
    extensions=(".log", ".txt"),
    sniff=sniff,
    parse=parse,
    how_to_export="ZNC：加载 log 模块，日志在 moddata/log/网络/频道/ 下一天一个文件，把频道文件夹整个交进来。",
    pages=r"(?P<stem>.*?)(?P<day>(?:19|20)\d\d-?\d\d-?\d\d)\.(?:log|txt|log\.txt)",
)
