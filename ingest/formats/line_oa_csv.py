"""LINE official account manager, CSV download of one chat.

Four rows about the account, its zone and the download, then
    送信者タイプ,送信者名,送信日,送信時刻,内容
    User,阿梅,2024/03/01,10:00:00,早          Account rows are the official account's own
The same columns exist in Chinese and English.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator

from ingest.clock import read_datetime
from ingest.errors import ParseIssue
from ingest.formats import ExportFormat, Record
from ingest.message import ChatStart, Message
from ingest.placeholders import kind_of
from ingest.source import Source
from ingest.tables import read_csv

HEADERS = (
    ("送信者タイプ", "送信者名", "送信日", "送信時刻", "内容"),
    ("傳送者類型", "傳送者名稱", "傳送日期", "傳送時間", "內容"),
    ("Sender type", "Sender name", "Date sent", "Time sent", "Content"),
)
HEADING_ROWS = 10
_ZONE = re.compile(r"[+-]\d{2}:?\d{2}$|[A-Z][a-z]+/[A-Z][A-Za-z_]+$")
_ZONE_NAMES = ("タイムゾーン", "時區", "Time zone", "Timezone")


def sniff(head: str, tail: str, name: str) -> float:
    """Sure with the five columns in one of the first rows."""
    rows = csv.reader(head.lstrip("\ufeff").splitlines()[:HEADING_ROWS])
    return 0.98 if any(_is_header(row) for row in rows) else 0.0


def parse(source: Source) -> Iterator[Record]:
    """Yield the rows below the header; the rows above name the zone."""
    zone, started, seconds = None, False, ":"
    for line, cells in read_csv(source, ","):
        if started:
            yield _message(cells, line)
        elif _is_header(cells):
            first = re.search(r"\n[^\n]*,\d{1,2}:\d{2}(:\d{2})?,", source.head)
            seconds = "s" if first and first[1] else "min"
            yield ChatStart("", zone=zone, resolution=seconds)
            started = True
        elif len(cells) > 1 and cells[0].strip() in _ZONE_NAMES and _ZONE.search(cells[1].strip()):
            zone = cells[1].strip()


def _is_header(cells: list[str]) -> bool:
    found = tuple(cell.strip() for cell in cells[:5])
    return found in HEADERS or tuple(map(str.lower, found)) == tuple(map(str.lower, HEADERS[2]))


def _message(cells: list[str], line: int) -> Message | ParseIssue:
    if len(cells) < 5:
        return ParseIssue(line, "bad_row", ",".join(cells)[:80])
    kind, name, day, clock, text = (cell.strip() for cell in cells[:5])
    sent_at = read_datetime(f"{day} {clock}")
    if sent_at is None:
        return ParseIssue(line, "bad_time", f"{day} {clock}"[:80])
    role = "admin" if kind.lower() == "account" else None
    return Message(sent_at, text, kind_of(text), sender_name=name or kind or None, sender_role=role, line=line)


FORMAT = ExportFormat(
    id="line_oa_csv",
    title="LINE · 官方账号后台 CSV",
    platform="line",
    extensions=(".csv",),
    sniff=sniff,
    parse=parse,
    how_to_export="LINE Official Account Manager：聊天 → 选择对话 → 右上角菜单 → 下载聊天记录（CSV）。",
)
