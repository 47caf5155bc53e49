"""Any table of chat messages: CSV, TSV, XLSX, JSONL or a JSON array, by the names of its columns.

    时间,发送人,发送人ID,消息类型,内容     date;user;message     {"ts": 1709251200000, "sender": "张三", "text": "早"}
Needed are a time (or date and clock), a text, and a sender; chat, ids, kind and reply columns are used where they
exist (`ingest.tables.ALIASES`), or as a person chose for this header (`ingest.columns`). The header may stand below a
title, within the first 20 rows. Day and month are put in order by all dates of the file. Rows of a system sender, a
system kind, or with a system sentence become events.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from ingest.clock import DateOrder, guess_order, has_seconds, read_datetime
from ingest.columns import Choice, complete, map_columns
from ingest.errors import ParseIssue
from ingest.formats import ExportFormat, Record
from ingest.json_stream import read_items, read_json_lines
from ingest.message import ChatStart, Message
from ingest.placeholders import kind_of
from ingest.source import Source
from ingest.system_lines import read_system
from ingest.tables import HEADER_ROWS, map_header, read_csv, read_sheets, sniff_delimiter
from ingest.wechat_sentences import is_system_sentence
from ingest.wechat_types import name_kind

SYSTEM_NAMES = frozenset({"系统", "系统消息", "系統", "系統訊息", "system", "system message", "시스템"})
_SYSTEM_KINDS = frozenset("sys system notice service event 系统 系统消息 系统通知 join leave kick invite".split())
_EVENT_KINDS = {"pat": "nudge", "nudge": "nudge", "poke": "nudge", "recall": "recall", "revoke": "recall"}
_KINDS = {
    "jielong": "chain", "redpacket": "red_packet", "red_packet": "red_packet", "transfer": "transfer",
    "miniprog": "mini_program", "mini_program": "mini_program", "forward": "forward", "announce": "text",
    "poll": "poll", "chain": "chain",
}  # fmt: skip
_POWER_OF_TEN = re.compile(r"\d(?:\.\d+)?[Ee]\+\d+")


@dataclass(frozen=True, slots=True)
class Row:
    """One row by meaning; `line` is where it starts."""

    line: int
    cells: dict[str, str]


def sniff(head: str, tail: str, name: str) -> float:
    """0.6 and more where a header names time, text and sender; the more columns it knows, the surer."""
    top = head.lstrip("\ufeff \n\r")
    if top.startswith(("{", "[{")) or re.match(r"\[\s*\{", top):
        return _sniff_json(top)
    delimiter = "\t" if top.startswith("[") else sniff_delimiter(head)
    best = 0.0
    for line in top.split("\n")[:HEADER_ROWS]:
        cells = line.rstrip("\r").split(delimiter)
        columns = map_header([cell.strip('"') for cell in cells]) if len(cells) > 1 else {}
        if complete(columns):
            best = max(best, min(0.75, 0.5 + 0.05 * len(columns)))
    return best


def _sniff_json(top: str) -> float:
    first = re.match(r"\[?\s*\{[^{}\[\]]*\}", top)
    keys = re.findall(r'"(\w+)"\s*:', first[0]) if first else []
    return 0.6 if complete(map_header(keys)) and not top.startswith('{"_type"') else 0.0


def parse(source: Source) -> Iterator[Record]:
    """Chats in file order: by the chat column where there is one."""
    order = _order(source)
    chat: tuple[str, str] | None = None
    warned = False
    for row in _rows(source):
        if isinstance(row, ParseIssue):
            yield row
            continue
        cells = row.cells
        here = (cells.get("chat", ""), cells.get("chat_id", ""))
        if here != chat:
            chat = here
            yield ChatStart(here[0], here[1] or None, resolution=_resolution(cells))
            if not order.sure:
                yield ParseIssue(row.line, f"date_order_inferred: {order.order}", lost=False)
        if not warned and _POWER_OF_TEN.fullmatch(cells.get("sender_id", "")):
            warned = True
            yield ParseIssue(row.line, "truncated_id", lost=False)
        yield _message(row, order.order)


def _rows(source: Source) -> Iterator[Row | ParseIssue]:
    """Rows below the header, of every sheet that has one."""
    top, choices = source.head.lstrip("\ufeff \n\r"), source.settings.columns
    if source.encoding.magic == "zip":
        for _, rows in read_sheets(source):
            yield from _below_header(rows, choices)
    elif top.startswith("{"):
        for line, item in read_json_lines(source):
            yield item if isinstance(item, ParseIssue) else _object(line, item, choices)
    elif top.startswith("["):
        for number, item in enumerate(read_items(source, "item"), 1):
            yield item if isinstance(item, ParseIssue) else _object(number, item, choices)
    else:
        yield from _below_header(read_csv(source), choices)


def _below_header(rows: Iterator[tuple[int, list[str]]], choices: Mapping[str, Choice]) -> Iterator[Row | ParseIssue]:
    columns: dict[str, int] = {}
    for number, (line, cells) in enumerate(rows):
        if not columns:
            found = map_columns(cells, choices)
            if complete(found):
                columns = found
            elif number >= HEADER_ROWS:
                return  # a sheet that is no chat
            continue
        if len(cells) <= columns["text"]:
            yield ParseIssue(line, "bad_row", " ".join(cells)[:80])
            continue
        yield Row(line, {name: cells[index].strip("\ufeff") for name, index in columns.items() if index < len(cells)})


def _object(line: int, item: object, choices: Mapping[str, Choice]) -> Row | ParseIssue:
    if not isinstance(item, dict):
        return ParseIssue(line, "not_a_record", str(item)[:80])
    keys = list(item)
    values = list(item.values())
    found = map_columns([str(key) for key in keys], choices)
    return Row(line, {name: "" if values[index] is None else str(values[index]) for name, index in found.items()})


def _order(source: Source) -> DateOrder:
    """Order of day and month; the whole file is read only where the first dates do not start with the year."""

    def ambiguous() -> Iterator[str]:
        last, checked = "", 0
        for row in _rows(source):
            when = row.cells.get("date") or row.cells.get("time", "") if isinstance(row, Row) else ""
            checked += 1
            if re.match(r"\s*\d{1,2}[./-]", when):
                day = when.strip().split(" ")[0]
                if day != last:
                    last = day
                    yield day
            elif checked > 200 and not last:
                return

    dates = list(ambiguous())
    return guess_order(dates) if dates else DateOrder("YMD", True)


def _resolution(cells: dict[str, str]) -> str:
    when = _when(cells)
    if has_seconds(when) or re.fullmatch(r"[\d.]+", when):
        return "s"
    return "min" if ":" in when or "时" in when else "day"


def _when(cells: dict[str, str]) -> str:
    if "date" not in cells:
        return cells.get("time", "")
    # A spreadsheet's date cell carries midnight; the clock column knows better.
    return f"{cells['date'].removesuffix(' 00:00:00')} {cells.get('clock', '')}".strip()


def _message(row: Row, order: str) -> Message | ParseIssue:
    cells = row.cells
    sent_at: datetime | None = read_datetime(_when(cells), order)
    text = cells.get("text", "")
    if sent_at is None:
        return ParseIssue(row.line, "bad_time", f"{_when(cells)} {text}"[:80])
    sender, number, stated = cells.get("sender", "").strip(), cells.get("sender_id", "").strip(), cells.get("kind", "")
    word = stated.strip().lower()
    message_id = cells.get("message_id") or None
    if word in _EVENT_KINDS or word in _SYSTEM_KINDS or sender.lower() in SYSTEM_NAMES or is_system_sentence(text):
        found = read_system(text)
        return Message(
            sent_at, text, platform_id=message_id, event=_EVENT_KINDS.get(word, found.event),
            actor_ids=found.actors, target_ids=found.targets, line=row.line,
        )  # fmt: skip
    kind = _KINDS.get(word) or name_kind(stated) or "text"
    return Message(
        sent_at,
        text,
        kind_of(text) if kind == "text" else kind,
        sender_id=number or None,
        sender_name=sender or None,
        platform_id=message_id,
        reply_to=cells.get("reply_to") or None,
        line=row.line,
    )


FORMAT = ExportFormat(
    id="generic_table",
    title="通用表格（CSV、TSV、XLSX、JSONL）",
    platform="table",
    extensions=(".csv", ".tsv", ".txt", ".xlsx", ".jsonl", ".json"),
    sniff=sniff,
    parse=parse,
    how_to_export="任何一行一条消息的表格：至少有时间、发送人、内容三列，表头用中文或英文。",
)
