"""KakaoTalk text exports: PC, Android, iOS, in Korean and English.

    꽃집 님과 카카오톡 대화 / 저장한 날짜 : 2024-03-05 23:59:59
    PC        --------------- 2024년 3월 1일 금요일 ---------------   then   [매화] [오전 10:00] 글
              joins and leaves stand alone without a time: 매화님이 들어왔습니다.
    Android   2024년 3월 1일 오전 10:00, 매화 : 글
    iOS       2024. 3. 1. 오전 10:00, 매화 : 글            English  Mar 1, 2024 at 10:00 AM, 매화 : 글
A line without a time takes that of the message before it on the same day, else of the one after it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime, time

from ingest.clock import CLOCK, DAYPART, read_clock, read_date, read_datetime
from ingest.errors import ParseIssue
from ingest.formats import ExportFormat, Record
from ingest.kakaotalk import kind_of_talk, read_talk_event
from ingest.message import ChatStart, Message
from ingest.source import Source
from ingest.text_lines import lock_dialect, strip_invisible

_TITLE = re.compile(r"(?P<ko>.+?) ?(?:님과|그룹채팅과|과|와)? 카카오톡 대화$|KakaoTalk Chats with (?P<en>.+)$")
_SAVED = re.compile(r"(?:저장한 날짜|Date Saved|Saved on) ?:")
RULE = re.compile(r"-{8,} (?P<day>.{6,40}?) -{8,}$")
PC = re.compile(rf"\[(?P<name>.+?)\] \[(?P<clock>{CLOCK})\](?: (?P<text>.*))?$")
_STAMP = rf"{DAYPART}? ?\d{{1,2}}:\d{{2}}(?: ?{DAYPART})?"
ANDROID = re.compile(rf"(?P<stamp>\d{{4}}년 \d{{1,2}}월 \d{{1,2}}일 {_STAMP})(?P<rest>, .*)?$")
IOS = re.compile(rf"(?P<stamp>\d{{4}}\. ?\d{{1,2}}\. ?\d{{1,2}}\.? {_STAMP})(?P<rest>, .*)?$")
ENGLISH = re.compile(rf"(?P<stamp>[A-Z][a-z]{{2,8}} \d{{1,2}}, \d{{4}}(?:,| at) {_STAMP})(?P<rest>, .*)?$")
DIALECTS = (("pc", PC), ("android", ANDROID), ("ios", IOS), ("english", ENGLISH))
_BARE_DAY = re.compile(r"\d{4}년 \d{1,2}월 \d{1,2}일 [월화수목금토일]요일$|[A-Z][a-z]+day, [A-Z][a-z]+ \d{1,2}, \d{4}$")


def sniff(head: str, tail: str, name: str) -> float:
    """Sure with the title and a row; nearly sure with rows of one shape alone."""
    lines = [strip_invisible(line.removesuffix("\r")) for line in head.split("\n")[:400]]
    rows = max(sum(bool(header.match(line)) for line in lines) for _, header in DIALECTS)
    if not rows:
        return 0.0
    if any(map(_TITLE.match, lines[:2])) and any(map(_SAVED.match, lines[:4])):
        return 0.98
    ruled = any(map(RULE.match, lines)) and any(PC.match(line) for line in lines)
    share = rows / sum(bool(line.strip()) for line in lines)
    return 0.9 if ruled else 0.85 if share >= 0.3 and not any(map(PC.match, lines)) else 0.0


def parse(source: Source) -> Iterator[Record]:
    """Yield the rows of the one shape that the file has."""
    dialect = lock_dialect(_lines(source), DIALECTS) or "android"
    title = _TITLE.match(strip_invisible(source.head.split("\n", 1)[0].strip()))
    yield ChatStart((title["ko"] or title["en"]).strip() if title else "", resolution="min")
    rows = _pc_rows(source) if dialect == "pc" else _phone_rows(source, dict(DIALECTS)[dialect])
    held: Message | None = None
    for row in rows:
        if isinstance(row, str):
            if held and held.event is None:
                held.text += "\n" + row
            continue
        if held:
            yield _finished(held)
        held = row if isinstance(row, Message) else None
        if isinstance(row, ParseIssue):
            yield row
    if held:
        yield _finished(held)


def _lines(source: Source) -> Iterator[tuple[int, str]]:
    for number, line in source.lines():
        yield number, strip_invisible(line)


def _pc_rows(source: Source) -> Iterator[Message | ParseIssue | str]:
    """Messages and events; a str is a further line of the message before it."""
    day: date | None = None
    last: datetime | None = None
    waiting: list[Message] = []
    for number, line in _lines(source):
        rule, found = RULE.match(line), PC.match(line)
        if rule and (read := read_date(rule["day"])):
            # The day ends: events without a message after them on their day stand at its start.
            yield from waiting
            waiting, day, last = [], read, None
        elif found and day:
            last = datetime.combine(day, time(*(read_clock(found["clock"]) or (0, 0, 0))))
            for event in waiting:
                event.sent_at = last
            yield from waiting
            waiting = []
            yield Message(last, found["text"] or "", sender_name=found["name"], line=number)
        elif day and (event := read_talk_event(line)):
            row = Message(last or datetime.combine(day, time(0)), line, event=event.event, line=number)
            row.actor_ids, row.target_ids = event.actors, event.targets
            if last:
                yield row
            else:
                waiting.append(row)
        elif last:
            yield line
        elif day and line.strip():
            yield ParseIssue(number, "not_a_record", line[:80])
    yield from waiting


def _phone_rows(source: Source, header: re.Pattern[str]) -> Iterator[Message | ParseIssue | str]:
    for number, line in _lines(source):
        found = header.match(line)
        if not found:
            if not _BARE_DAY.match(line):
                yield line
            continue
        rest = (found["rest"] or "").removeprefix(", ")
        if not rest:
            continue  # Android repeats the time on a line of its own where a day begins
        sent_at = read_datetime(found["stamp"].replace(" at ", " "))
        if sent_at is None:
            yield ParseIssue(number, "bad_time", line[:80])
            continue
        name, colon, text = rest.partition(" : ")
        event = None if colon else read_talk_event(rest)
        if colon:
            yield Message(sent_at, text, sender_name=name, line=number)
        else:
            row = Message(sent_at, rest, event=event.event if event else "other", line=number)
            row.actor_ids, row.target_ids = (event.actors, event.targets) if event else ([], [])
            yield row


def _finished(row: Message) -> Message:
    row.text = row.text.rstrip("\n")
    if row.event is None:
        row.kind = kind_of_talk(row.text)
    return row


FORMAT = ExportFormat(
    id="kakaotalk_txt",
    title="KakaoTalk · 对话文本",
    platform="kakaotalk",
    extensions=(".txt",),
    sniff=sniff,
    parse=parse,
    how_to_export="KakaoTalk：聊天室 ≡ → 设置 → 导出对话（대화 내용 내보내기）→ 文本；电脑版按 Ctrl+S。",
)
