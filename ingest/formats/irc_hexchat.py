"""HexChat and XChat logs: month, day and time, but no year.

    **** BEGIN LOGGING AT Fri Mar  1 10:00:00 2024
    Mar 01 10:00:00 <anna>	hello
    Mar 01 10:00:00 *	anna waves                       actions and events look alike
    Mar 01 10:00:00 *	bob (u@host) has joined          XChat: --> <-- ---
The year comes from the BEGIN line above, else from the file name; it turns when December becomes January.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime

from ingest.clock import read_clock
from ingest.errors import ParseIssue
from ingest.formats import ExportFormat, Record
from ingest.irc import LogLines, YearlessDates, channel_of, read_star_line
from ingest.message import ChatStart, Message
from ingest.source import Source
from ingest.text_lines import line_share

LINE = re.compile(
    r"(?P<month>[A-Z][a-z]{2}) (?P<day>\d\d) (?P<clock>\d\d:\d\d(?::\d\d)?) "
    r"(?:<(?P<nick>[^>]{1,60})>[\t ]?(?P<text>.*)|-(?P<giver>[^\s-]\S*?)-[\t ](?P<notice>.*)"
    r"|\*[\t ](?P<star>.*)|(?:-->|<--|---)?[\t ]*(?P<server>.*))$",
    re.DOTALL,
)
FRAME = re.compile(r"\*\*\*\* (?P<mark>BEGIN|ENDING) LOGGING AT .*?(?P<year>\d{4})\s*$")


def sniff(head: str, tail: str, name: str) -> float:
    """By the frame, or by lines that start with month, day and time and name a nick."""
    share = line_share(head, LINE)
    if re.search(r"^\*\*\*\* BEGIN LOGGING AT ", head, re.MULTILINE) and share > 0.3:
        return 0.97
    return 0.85 if share > 0.8 and re.search(r"^\w{3} \d\d [\d:]+ <[^>]+>\t", head, re.MULTILINE) else 0.0


def parse(source: Source) -> Iterator[Record]:
    """One channel; a log often holds many sessions."""
    log, dates = LogLines(source), YearlessDates(source.name)
    yield ChatStart(channel_of(source))
    for number, line in source.lines(per_line=True):
        frame, found = FRAME.match(line), LINE.match(line)
        if frame and frame["mark"] == "BEGIN":
            dates.start(int(frame["year"]))
        elif found:
            yield _record(found, line, number, dates, log)
        elif line.strip() and not frame:
            yield ParseIssue(number, "not_a_record", line[:80])
    if dates.guessed:
        yield ParseIssue(0, f"date_inferred: year {dates.year}", lost=False)


def _record(found: re.Match[str], line: str, number: int, dates: YearlessDates, log: LogLines) -> Message | ParseIssue:
    day, clock = dates.read(found["month"], found["day"]), read_clock(found["clock"])
    if day is None or clock is None:
        return ParseIssue(number, "bad_time", line[:80])
    sent_at = datetime(day.year, day.month, day.day, *clock)
    if found["star"] is None:
        return log.read(found, sent_at, number)
    if read_star_line(found["star"]):
        return log.happened(sent_at, found["star"], number)
    nick, _, action = found["star"].partition(" ")
    return log.said(sent_at, nick, action, number, kind="action")


FORMAT = ExportFormat(
    id="irc_hexchat",
    title="IRC · HexChat / XChat 日志",
    platform="irc",
    extensions=(".log", ".txt"),
    sniff=sniff,
    parse=parse,
    how_to_export="HexChat：设置 → 首选项 → 日志记录 → 启用；文件在配置目录的 logs/ 下，一个频道一个文件。",
)
