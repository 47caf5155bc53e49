"""WeeChat logs: three columns, separated by tabs.

    2024-03-01 10:00:00<TAB>@anna<TAB>hello        mode characters before the nick
    2024-03-01 10:00:01<TAB>-->|<--|--|=!=<TAB>..  joins, leaves and the server;  " *" is an action
Builds since 4.3 can write the time as ISO 8601 in UTC.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ingest.clock import read_datetime
from ingest.errors import ParseIssue
from ingest.formats import ExportFormat, Record
from ingest.irc import LogLines, channel_of
from ingest.message import ChatStart, Message
from ingest.source import Source
from ingest.text_lines import line_share

LINE = re.compile(
    r"(?P<stamp>\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)?)\t(?P<who>[^\t]*)\t"
    r"(?P<text>.*)$",
    re.DOTALL,
)
MARKS = ("-->", "<--", "--", "=!=", "")


def sniff(head: str, tail: str, name: str) -> float:
    """By lines of three columns, a few of them with WeeChat's own marks."""
    share = line_share(head, LINE)
    if share < 0.8 or not LINE.match(head.lstrip("\ufeff\n").split("\n", 1)[0]):
        return 0.0  # a table of the same shape starts with its header
    return 0.97 if name.endswith(".weechatlog") or re.search(r"\t(?:-->|<--|--| \*)\t", head) else 0.6


def parse(source: Source) -> Iterator[Record]:
    """One channel."""
    log = LogLines(source)
    yield ChatStart(channel_of(source))
    for number, line in source.lines(per_line=True):
        found = LINE.match(line)
        sent_at = read_datetime(found["stamp"]) if found else None
        if found is None or sent_at is None:
            if line.strip():
                yield ParseIssue(number, "not_a_record", line[:80])
            continue
        who, text = found["who"].strip(), found["text"]
        if who in MARKS:
            yield _server(log, log.happened(sent_at, text, number), text)
        elif who == "*":
            nick, _, action = text.partition(" ")
            yield log.said(sent_at, nick, action, number, kind="action")
        else:
            yield log.said(sent_at, who.strip("<>"), text, number)


def _server(log: LogLines, event: Message, text: str) -> Message:
    notice = re.match(r"Notice\((?P<nick>[^)\s]+)\): (?P<said>.*)", text, re.DOTALL)
    return log.said(event.sent_at, notice["nick"], notice["said"], event.line) if notice else event


FORMAT = ExportFormat(
    id="irc_weechat",
    title="IRC · WeeChat 日志",
    platform="irc",
    extensions=(".weechatlog", ".log"),
    sniff=sniff,
    parse=parse,
    how_to_export="WeeChat：日志自动写在 ~/.local/share/weechat/logs/（旧版 ~/.weechat/logs/），一个频道一个文件。",
)
