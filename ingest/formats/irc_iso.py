"""IRC logs with ISO times in front, as irclog2html, supybot's ChannelLogger and many bots write them.

    2005-01-08T23:33:54  *** bob has joined #tea
    2005-01-08T23:34:46  <anna> hello          2005-01-08T23:38:43  * anna waves
Encodings may change from line to line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ingest.clock import has_seconds, read_datetime
from ingest.errors import ParseIssue
from ingest.formats import ExportFormat, Record
from ingest.irc import LogLines, channel_of
from ingest.message import ChatStart
from ingest.source import Source
from ingest.text_lines import line_share

LINE = re.compile(
    r"\[?(?P<stamp>\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d)?(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?)\]?[ \t]+"
    r"(?:<(?P<nick>[^>\s]{1,60})> ?(?P<text>.*)|\*\*\* (?P<server>.*)|\* (?P<actor>\S+) ?(?P<action>.*)"
    r"|-(?P<giver>[^\s-]\S*?)- (?P<notice>.*))$",
    re.DOTALL,
)
_CHANNEL = re.compile(r"has (?:joined|left) ([#&]\S+)")


def sniff(head: str, tail: str, name: str) -> float:
    """By the share of lines; angle brackets around nicks tell it from other tools."""
    share = line_share(head, LINE)
    return 0.95 if share > 0.8 else 0.75 if share > 0.5 else 0.0


def parse(source: Source) -> Iterator[Record]:
    """One channel, over all its day files."""
    log, named = LogLines(source), _CHANNEL.search(source.head)
    first = re.search(r"\d\d:\d\d\S*", source.head)
    resolution = "s" if first and has_seconds(first[0]) else "min"
    yield ChatStart(named[1] if named else channel_of(source), resolution=resolution)
    for number, line in source.lines(per_line=True):
        found = LINE.match(line)
        sent_at = read_datetime(found["stamp"].replace(",", ".")) if found else None
        if found and sent_at:
            yield log.read(found, sent_at, number)
        elif line.strip():
            yield ParseIssue(number, "not_a_record", line[:80])


FORMAT = ExportFormat(
    id="irc_iso",
    title="IRC · ISO 时间日志（irclog2html、supybot）",
    platform="irc",
    extensions=(".log", ".txt"),
    sniff=sniff,
    parse=parse,
    how_to_export="supybot / limnoria 的 ChannelLogger，或任何按“2024-03-01T10:00:00  <昵称> 内容”写的日志。",
    pages=r"(?P<stem>.*?)(?P<day>(?:19|20)\d\d-\d\d-\d\d)\.(?:log|txt)",
)
