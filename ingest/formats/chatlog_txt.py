"""chatlog plain text: a saved response of its HTTP API without a format.

    群主-张店长(wxid_a) 2024-03-01 08:01:00       within one year 03-01 08:01:00, within one day 08:01:00
    早上好
                                                  an empty line ends a record; 系统消息 and 我 may be the sender
Several chats in one query add [群名(1@chatroom)] before the time. Quotes are > lines. The missing year or day comes
from the file name ("…_2024-03-01_2024-03-05.txt"). Source: sjzar/chatlog Message.PlainText.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from ingest.chatlog import file_dates, is_sender, read_quote, split_sender, talker_of
from ingest.clock import read_datetime
from ingest.errors import BrokenExport, ParseIssue
from ingest.formats import ExportFormat, Record
from ingest.message import ChatStart, Message
from ingest.pasted import without_pasted
from ingest.source import Source
from ingest.text_lines import TextRecord, split_records
from ingest.wechat_rows import WeChatRow, to_message

_SHAPE = r"(?=.*\d:\d\d$)(?P<who>\S.*?) (?:\[(?P<room>.*)\] )?(?P<time>{time}\d\d:\d\d:\d\d)$"
LAYOUTS = {"full": r"\d{4}-\d\d-\d\d ", "day": r"\d\d-\d\d ", "clock": ""}
HEADERS = {name: re.compile(_SHAPE.format(time=time), re.DOTALL) for name, time in LAYOUTS.items()}


def sniff(head: str, tail: str, name: str) -> float:
    """By headers after empty lines that end in a time and name a sender with an id."""
    blocks = re.findall(r"(?:\A|\n\n)([^\n]+)", head.replace("\r\n", "\n"))
    layout = _layout(blocks)
    if not layout:
        return 0.0
    found = [match["who"] for line in blocks if (match := _header(layout, line))]
    sure = sum(who == "系统消息" or re.search(r"\((?:[A-Za-z][\w-]+(?:@\w+)?|我)\)$", who) is not None for who in found)
    return 0.97 if sure >= 0.6 * len(blocks) else 0.7 if sure and sure >= 0.6 * len(found) else 0.0


def parse(source: Source) -> Iterator[Record]:
    """One chat, or one a [room]; two passes, the first one learns names."""
    layout = _layout(re.findall(r"(?:\A|\n\n)([^\n]+)", source.head.replace("\r\n", "\n"))) or "full"
    clock = _Clock(layout, source)
    talker = talker_of(source.name)
    room = None
    yield ChatStart(talker or "", talker)
    if clock.guessed:
        yield ParseIssue(1, f"date_inferred: {clock.guessed}", lost=False)
    records = _records(source, layout)
    for record in without_pasted(lambda: _records(source, layout), clock.plain, _who) if layout == "full" else records:
        if record.header is None:
            yield ParseIssue(record.line, "not_a_record", record.body[:80])
            continue
        if record.header["room"] and record.header["room"] != room:
            room = record.header["room"]
            number, name = split_sender(room)
            yield ChatStart(name or number or "", number)
        yield _message(record, record.header, clock)


def _records(source: Source, layout: str) -> Iterator[TextRecord]:
    """Records of one layout; a header needs a sender with an id and an empty line before it."""
    held: TextRecord | None = None
    for record in split_records(source.lines(), HEADERS[layout], after_blank=True):
        if record.header is not None and held is not None and not is_sender(record.header["who"]):
            held.lines += [record.header.string, *record.lines]
            continue
        if held is not None:
            yield held
        held = record
    if held is not None:
        yield held


def _header(layout: str, line: str) -> re.Match[str] | None:
    found = HEADERS[layout].match(line)
    return found if found and is_sender(found["who"]) else None


def _layout(blocks: list[str]) -> str:
    """The layout of most headers; "" when there is none."""
    counts: Counter[str] = Counter()
    for line in blocks:
        # A full time also ends in a shorter one: the longest layout that fits counts.
        counts.update([next((name for name in LAYOUTS if _header(name, line)), "")])
    del counts[""]
    return counts.most_common(1)[0][0] if counts else ""


class _Clock:
    """Completes times without year or day from the dates in the file name."""

    def __init__(self, layout: str, source: Source) -> None:
        self.guessed = ""
        self._layout = layout
        first, last = file_dates(source.name)
        if first is None:
            first, last = file_dates(source.path)
        self._first, self._several = first, first != last
        self._last: datetime | None = None
        if layout == "clock" and first is None:
            raise BrokenExport(
                "the file states only times of day",
                path=source.path,
                hint="Put the day into its name (chat_2024-03-01.txt), or save a query over several days.",
            )
        if layout == "day" and first is None:
            self._first = datetime(_latest_year(source), 1, 1)
            self.guessed = f"year {self._first.year}"

    def plain(self, record: TextRecord) -> datetime | None:
        """A full time as written; it does not move the clock."""
        return read_datetime(record.header["time"]) if record.header else None

    def read(self, text: str) -> datetime | None:
        """The moment of a header, in file order."""
        if self._layout == "full":
            return read_datetime(text)
        first = self._first
        assert first is not None
        moment = read_datetime(f"{first.year}-{text}" if self._layout == "day" else f"{first:%Y-%m-%d} {text}")
        if moment is None:
            return None
        if self._layout == "day" and moment < first and self._several:
            moment = moment.replace(year=first.year + 1) if (moment.month, moment.day) != (2, 29) else moment
        if self._layout == "clock" and self._several:
            while self._last is not None and moment < self._last - timedelta(minutes=1):
                moment += timedelta(days=1)
        self._last = moment
        return moment


def _latest_year(source: Source) -> int:
    """The latest year in which the last record does not lie in the future."""
    today = datetime.now(UTC)
    last = re.findall(r"(?m) (\d\d-\d\d) \d\d:\d\d:\d\d\r?$", source.tail)
    return today.year - (bool(last) and last[-1] > f"{today:%m-%d}")


def _who(record: TextRecord) -> str:
    return record.header["who"] if record.header else ""


def _message(record: TextRecord, header: re.Match[str], clock: _Clock) -> Message | ParseIssue:
    sent_at = clock.read(header["time"])
    if sent_at is None:
        return ParseIssue(record.line, "bad_time", header["time"])
    number, name = split_sender(header["who"])
    body = "\n".join(record.lines[:-1] if record.lines[-1:] == [""] else record.lines)
    row = WeChatRow(sent_at, body, sender_id=number, sender_name=name, line=record.line)
    read_quote(row)
    return to_message(row)


FORMAT = ExportFormat(
    id="chatlog_txt",
    title="微信 · chatlog 文本",
    platform="wechat",
    extensions=(".txt",),
    sniff=sniff,
    parse=parse,
    how_to_export="chatlog：开启 HTTP 服务 → 网页上选群和日期 → 格式选 text → 保存，文件名保留日期。",
)
