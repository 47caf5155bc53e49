"""WeChat on a computer: text copied out of the window of a merged forward (聊天记录).

    群聊的聊天记录
    张店长 2024/3/1 8:01:00
    早上好
Names only. A header counts only after an empty line when most of them stand so. QQ's copied window looks nearly the
same; WeChat's own title, or a file named after it, tells them apart.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime

from ingest.clock import CLOCK, has_seconds, read_datetime
from ingest.errors import ParseIssue
from ingest.formats import ExportFormat, Record
from ingest.message import ChatStart, Message
from ingest.pasted import without_pasted
from ingest.source import Source
from ingest.text_lines import TextRecord, split_records
from ingest.wechat_rows import WeChatRow, to_message

HEADER = re.compile(rf"(?P<name>\S(?:.*?\S)?) +(?P<time>\d{{4}}[/-]\d{{1,2}}[/-]\d{{1,2}} {CLOCK})\s*$")
TITLE = re.compile(r"(?:群聊|.{1,60}?)的聊天记录\s*$")


def sniff(head: str, tail: str, name: str) -> float:
    """Sure with the title of a merged forward, or with 微信 in the file name."""
    lines = [line.removesuffix("\r") for line in head.split("\n") if line.strip()]
    headers = sum(HEADER.match(line) is not None for line in lines)
    if not headers or not (HEADER.match(lines[0]) or (len(lines) > 1 and HEADER.match(lines[1]))):
        return 0.0
    titled = TITLE.match(lines[0]) is not None and not HEADER.match(lines[0])
    return 0.95 if titled else 0.9 if "微信" in name else 0.5 if headers > 1 else 0.0


def parse(source: Source) -> Iterator[Record]:
    """One chat; two passes, the first one learns names."""
    spaced = _after_blank(source.head)
    title = source.head.lstrip().split("\n", 1)[0].strip()
    yield ChatStart(
        title.removesuffix("的聊天记录") if TITLE.match(title) and not title.startswith("群聊的") else "",
        resolution="s" if has_seconds(source.head) else "min",
    )
    for record in without_pasted(lambda: split_records(source.lines(), HEADER, after_blank=spaced), _when, _who):
        if record.header is not None:
            yield _message(record, record.header)
        elif record.body.strip() and not TITLE.match(record.body.strip()):
            yield ParseIssue(record.line, "not_a_record", record.body[:80])


def _after_blank(head: str) -> bool:
    """Whether most headers stand after an empty line, the first one aside."""
    lines = [line.strip() for line in head.split("\n")]
    before = [lines[at - 1] for at, line in enumerate(lines) if at and HEADER.match(line)]
    return len(before) > 1 and sum(not line for line in before) > 0.6 * len(before)


def _when(record: TextRecord) -> datetime | None:
    return read_datetime(record.header["time"]) if record.header else None


def _who(record: TextRecord) -> str:
    return record.header["name"] if record.header else ""


def _message(record: TextRecord, header: re.Match[str]) -> Message | ParseIssue:
    sent_at = read_datetime(header["time"])
    if sent_at is None:
        return ParseIssue(record.line, "bad_time", header["time"])
    return to_message(WeChatRow(sent_at, record.body, sender_name=header["name"].strip() or None, line=record.line))


FORMAT = ExportFormat(
    id="wechat_forward",
    title="微信 · 电脑版合并转发复制",
    platform="wechat",
    extensions=(".txt",),
    sniff=sniff,
    parse=parse,
    how_to_export="微信电脑版：打开合并转发的聊天记录 → 全选复制 → 粘贴成 txt，首行保留“…的聊天记录”。",
)
