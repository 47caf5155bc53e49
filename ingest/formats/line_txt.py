"""LINE text exports of phones and of the desktop, in Chinese, Japanese, Korean and English.

[LINE] 花店的聊天記錄            and a line with the day it was saved
2024/03/01（五）                 a day; also 2024/3/1周五, 2024/03/01(金), Fri, 3/1/2024, 2024.03.01 Friday
上午10:00<TAB>阿梅<TAB>早        a message; an empty name is a system line
"第一行                          a body of several lines is quoted, quotes inside are doubled
10:00 阿梅 早                    desktop: spaces instead of tabs, so names are learned from the whole file
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time

from ingest.clock import CLOCK, DATE, DateOrder, guess_order, read_clock, read_date
from ingest.errors import ParseIssue
from ingest.formats import ExportFormat, Record
from ingest.line_names import LineNames, learn_names
from ingest.message import ChatStart, Message
from ingest.placeholders import kind_of
from ingest.quoted_lines import join_quoted
from ingest.source import Source
from ingest.system_lines import read_system
from ingest.text_lines import strip_invisible

_CHINESE = "星期[一二三四五六日天]|[周週]?[一二三四五六日]"
_WEEKDAY = rf"(?:{_CHINESE}|[月火水木金土日](?:曜日?)?|[월화수목금토일](?:요일)?|[A-Z][a-z]{{2,8}})"
DAY = re.compile(
    rf"(?P<weekday>[A-Z][a-z]{{2,8}}),? (?P<us>{DATE})$|(?P<date>{DATE}) ?(?:[(（]{_WEEKDAY}[)）]|{_WEEKDAY})?$"
)
TABBED = re.compile(rf"(?P<clock>{CLOCK})\t(?:(?P<name>[^\t]*)\t)?(?P<text>.*)$", re.DOTALL)
SPACED = re.compile(r"(?P<clock>\d{1,2}:\d{2}(?: [AP]M)?) (?P<rest>.*)$", re.DOTALL)
TITLE = re.compile(
    r"(?:\[LINE\] ?)?(?:Chat history (?:in|with) (?P<en>.+)|[與与和](?P<with>.+?)的聊天(?:記錄|记录)"
    r"|(?P<zh>.+?)的聊天(?:記錄|记录)|(?P<ja>.+?)(?:との|の)トーク履歴|(?P<ko>.+?)(?:님과의|와의|의)? ?대화.*)$"
)
SAVED = re.compile(r"(?:儲存日期|保存日期|保存日時|Saved on|저장한 날짜|저장 일시) ?[:：]")
_PLACEHOLDERS = {
    "photos": "image", "photo": "image", "videos": "video", "video": "video", "stickers": "sticker",
    "sticker": "sticker", "audio": "voice", "voice message": "voice", "file": "file", "files": "file",
    "contact information": "card", "location": "location",
}  # fmt: skip
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True, slots=True)
class _Layout:
    """What the whole file showed: tabs or spaces, the order of its dates, and (desktop) its names."""

    tabbed: bool
    order: DateOrder
    names: LineNames


def sniff(head: str, tail: str, name: str) -> float:
    """Sure with a title and a day above rows; without a title when days and rows make up the file."""
    lines = [strip_invisible(line.removesuffix("\r")) for line in head.split("\n")[:400]]
    days = sum(bool(DAY.match(line)) for line in lines)
    tabbed = sum(bool(TABBED.match(line)) for line in lines)
    spaced = sum(bool(SPACED.match(line)) for line in lines)
    titled = bool(TITLE.match(lines[0])) and (lines[0].startswith("[LINE]") or SAVED.match((lines[1:2] or [""])[0]))
    if not days or not tabbed + spaced:
        return 0.0
    if titled:
        return 0.98
    first = next((line for line in lines if line.strip()), "")
    share = max(tabbed, spaced) / sum(bool(line.strip()) for line in lines)
    return 0.85 if share >= 0.3 and (DAY.match(first) or name.startswith("[LINE]")) else 0.0


def parse(source: Source) -> Iterator[Record]:
    """Yield the rows of every day; what stands before the first day is the heading."""
    layout = _survey(source)
    title = TITLE.match(strip_invisible(source.head.split("\n", 1)[0].strip()))
    name = next((found for found in title.groups() if found), "") if title else ""
    yield ChatStart(name or source.name.removeprefix("[LINE]").rsplit(".", 1)[0].strip(), resolution="min")
    if not layout.order.sure:
        yield ParseIssue(1, f"date_order_inferred: {layout.order.order}", lost=False)
    day: date | None = None
    held: Message | None = None
    for line, text in _rows(source, layout.tabbed):
        heading = DAY.match(text)
        found = None if heading else (TABBED if layout.tabbed else SPACED).match(text)
        if heading or (found and day):
            if held:
                yield _finished(held)
            held = None
        if heading:
            day = read_date(heading["us"] or heading["date"], layout.order.order) or day
        elif found and day:
            held = _row(found, day, line, layout)
        elif held:
            held.text += "\n" + text
        elif day and text.strip():
            yield ParseIssue(line, "not_a_record", text[:80])
    if held:
        yield _finished(held)


def _survey(source: Source) -> _Layout:
    tabbed = spaced = 0
    dates: list[str] = []
    weekdays: list[tuple[str, str]] = []
    for _, line in source.lines():
        line = strip_invisible(line)
        heading = DAY.match(line)
        if heading:
            dates.append(heading["us"] or heading["date"])
            if heading["weekday"]:
                weekdays.append((heading["us"], heading["weekday"][:3].lower()))
        tabbed += bool(TABBED.match(line))
        spaced += bool(SPACED.match(line))
    by_tabs = tabbed >= spaced
    names = LineNames() if by_tabs else learn_names(SPACED, _rows(source, False))
    return _Layout(by_tabs, _order(dates, weekdays), names)


def _order(dates: list[str], weekdays: list[tuple[str, str]]) -> DateOrder:
    """The order under which the written weekdays are right; else what the run of dates tells."""
    right = {
        order: sum(_WEEKDAYS[day.weekday()] == name for text, name in weekdays if (day := read_date(text, order)))
        for order in ("MDY", "DMY")
    }
    if right["MDY"] != right["DMY"]:
        return DateOrder(max(right, key=lambda order: right[order]), True)
    return guess_order(dates, hint="MDY" if weekdays else "DMY")


def _rows(source: Source, tabbed: bool) -> Iterator[tuple[int, str]]:
    """Lines with the quoted bodies of several lines joined, quotes taken off."""
    header = TABBED if tabbed else SPACED
    lines = ((number, strip_invisible(line)) for number, line in source.lines())
    yield from join_quoted(lines, header)


def _row(found: re.Match[str], day: date, line: int, layout: _Layout) -> Message:
    clock = read_clock(found["clock"]) or (0, 0, 0)
    sent_at = datetime.combine(day, time(*clock))
    if layout.tabbed:
        name, text = found["name"], found["text"]
    else:
        name, text = layout.names.split(found["rest"])
    if not name:
        event = read_system(text)
        return Message(sent_at, text, event=event.event, actor_ids=event.actors, target_ids=event.targets, line=line)
    return Message(sent_at, text, sender_name=name.strip(), line=line)


def _finished(row: Message) -> Message:
    row.text = row.text.rstrip("\n")
    if row.event is None:
        word = row.text.strip().strip("[]").lower()
        row.kind = _PLACEHOLDERS.get(word) or kind_of(row.text)
    return row


FORMAT = ExportFormat(
    id="line_txt",
    title="LINE · 聊天记录文本",
    platform="line",
    extensions=(".txt",),
    sniff=sniff,
    parse=parse,
    how_to_export="LINE：聊天室右上角 ≡ → 其他设置 → 传送聊天记录（电脑版：⋮ → 保存聊天）。",
)
