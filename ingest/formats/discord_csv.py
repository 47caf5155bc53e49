"""DiscordChatExporter CSV: AuthorID,Author,Date,Content,Attachments,Reactions, every cell quoted.

    "1100","anna","2024-03-01T08:01:00.1230000+08:00","早","",""
Dates are ISO in builds since 2023, before in the locale of the computer. There are no message ids, and events look
like messages: only the exporter's own fixed sentences tell them apart.
"""

from __future__ import annotations

from collections.abc import Iterator

from ingest.clock import guess_order
from ingest.discord import add_attachments, channel_of_name, read_notification, read_stamp
from ingest.errors import ParseIssue
from ingest.formats import ExportFormat, Record
from ingest.message import ChatStart, Message
from ingest.source import Source
from ingest.tables import read_csv

COLUMNS = ("Author", "Date", "Content", "Attachments", "Reactions")


def sniff(head: str, tail: str, name: str) -> float:
    """By the header."""
    cells = [cell.strip('" ') for cell in head.lstrip("\ufeff").split("\n", 1)[0].strip().replace(";", ",").split(",")]
    return 0.98 if cells[-5:] == list(COLUMNS) and cells[:-5] in ([], ["AuthorID"]) else 0.0


def parse(source: Source) -> Iterator[Record]:
    """All partitions as one chat; ambiguous dates are ordered by all of them together."""
    order = guess_order((row["Date"] for _, row in _rows(source)), hint="MDY")
    yield ChatStart(channel_of_name(source.name)[0], resolution=_resolution(source))
    if not order.sure:
        yield ParseIssue(0, f"date_order_inferred: {order.order}", lost=False)
    for line, row in _rows(source):
        yield _message(line, row, order.order)


def _rows(source: Source) -> Iterator[tuple[int, dict[str, str]]]:
    for page in source.pages():
        rows = read_csv(page)
        _, header = next(rows, (0, []))
        for line, cells in rows:
            yield line, dict.fromkeys(COLUMNS, "") | dict(zip(header, cells, strict=False))


def _resolution(source: Source) -> str:
    first = next((row["Date"] for _, row in _rows(source)), "")
    return "s" if first.count(":") > 1 else "min"


def _message(line: int, row: dict[str, str], order: str) -> Record:
    sent_at = read_stamp(row["Date"], order)
    if sent_at is None:
        return ParseIssue(line, "bad_time", row["Date"][:80])
    message = Message(
        sent_at, row["Content"], sender_id=row.get("AuthorID") or None, sender_name=row["Author"] or None, line=line
    )
    told = read_notification(row["Content"])
    if told is not None:
        message.event, message.target_ids = told.event, told.targets
        message.actor_ids = [message.sender_id or row["Author"]]
    else:
        add_attachments(message, [part for part in row["Attachments"].split(",") if part])
    return message


FORMAT = ExportFormat(
    id="discord_csv",
    title="Discord · DiscordChatExporter CSV",
    platform="discord",
    extensions=(".csv",),
    sniff=sniff,
    parse=parse,
    how_to_export="DiscordChatExporter：选频道 → Format 选 CSV → Export（能选 JSON 时优先 JSON，信息更全）。",
    pages=r"(?P<stem>.+?)(?: \[part (?P<page>\d+)\])?\.csv",
)
