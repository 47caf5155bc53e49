"""The rows of one chat on their way into a MESSAGES table, and the counts for its receipt.

In: `Message` rows of a parser. Out: tables with ids, UTC times, links and mentions filled in.
Example: `rows.add(message, "a.txt"); table = rows.take_table()`.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import lru_cache
from typing import Any, NamedTuple

import pyarrow as pa

from ingest.clock import zone_of
from ingest.errors import ParseIssue
from ingest.identity import Ordinals, chat_id, platform_message_id
from ingest.message import EVENTS, KINDS, MESSAGES, ChatStart, Message
from ingest.privacy import Privacy
from ingest.quotes import RecentMessages
from ingest.receipt import Receipt, utc
from ingest.redact import mask
from ingest.settings import IngestSettings
from ingest.text_parts import find_mentions, find_urls

EPOCH = datetime(1970, 1, 1)
MILLISECOND = timedelta(milliseconds=1)
UNKNOWN_SENDER = "?"
"""sender_id of a message whose export names nobody."""
PLACEHOLDERS = frozenset("image voice video file sticker location call card unknown".split())
"""Kinds of messages that say nothing in words."""
DAY = 86_400_000


class ChatMemory(NamedTuple):
    """What is remembered of the messages of an export, of all its chats together: the size is bounded."""

    ordinals: Ordinals
    recent: RecentMessages

    @classmethod
    def empty(cls) -> ChatMemory:
        """Nothing is remembered."""
        return cls(Ordinals(), RecentMessages())


class ChatRows:
    """Collects one chat's messages; `take_table` empties it into a table of MESSAGES."""

    def __init__(
        self, start: ChatStart, name: str, platform: str, settings: IngestSettings, memory: ChatMemory | None = None
    ) -> None:
        platform = start.platform or platform
        self.chat_id = chat_id(platform, start.platform_chat_id, name)
        zone, stated = _zone(start.zone, settings.zone)
        self.receipt = Receipt(self.chat_id, name, platform, format="", zone=zone)
        self.receipt.zone_source = "export" if stated else "setting"
        self._stated = stated
        self._resolution = start.resolution
        self._offset_at = _offsets(zone_of(zone))
        self._ordinals, self._recent = memory or ChatMemory.empty()
        self._privacy = Privacy(settings)
        self._rows: list[Message] = []
        self._times: list[int] = []
        self._ids: list[str] = []
        self._files: list[str] = []
        self._answered: list[str | None] = []
        self._latest: int | None = None
        self._days: set[int] = set()

    @property
    def waiting(self) -> int:
        """Rows that are not in a table yet."""
        return len(self._rows)

    def add(self, row: Message, file: str) -> None:
        """Take one record of the parser; one that repeats a platform id is counted as a duplicate and dropped."""
        moment, local = self._place(row.sent_at)
        if row.event is None:
            row.sender_id = row.sender_id or row.sender_name or UNKNOWN_SENDER
        elif row.actor_ids:
            row.sender_id = row.sender_id or row.actor_ids[0]
        self._privacy.rename(row)
        key, known = self._identify(row, moment)
        self._privacy.mask(row)
        self._count(row)
        if known:
            self.receipt.duplicates += 1
            return
        self._rows.append(row)
        self._times.append(moment)
        self._ids.append(key)
        self._answered.append(self._answers(row))
        if row.event is None:
            self._recent.add(self.chat_id, row, key)
        self._files.append(file)
        self._days.add(local // DAY)
        if self._latest is not None and moment < self._latest - 60_000:
            self.receipt.backwards += 1
        self._latest = moment

    def _answers(self, row: Message) -> str | None:
        """The message_id of what a row answers: by the platform's id, else by its quote."""
        if row.reply_to:
            return platform_message_id(self.chat_id, row.reply_to)
        return self._recent.find(self.chat_id, row.quoted_name, row.quoted_text) if row.quoted_text else None

    def _identify(self, row: Message, moment: int) -> tuple[str, bool]:
        """The id of a row, and whether the export gave this platform id before."""
        if row.platform_id:
            key = platform_message_id(self.chat_id, row.platform_id)
            return key, not self._ordinals.first_time(key)
        # Of the masked text, whatever is stored: a hash must not tell a number that was masked, and an import with
        # masking and one without know the same messages.
        return self._ordinals.message_id(self.chat_id, moment // 1000, row.sender_id or "", mask(row.text)), False

    def _count(self, row: Message) -> None:
        receipt = self.receipt
        receipt.records += 1
        if row.event is None:
            receipt.messages += 1
            receipt.member_ids.add(row.sender_id or UNKNOWN_SENDER)
            receipt.placeholders += row.kind in PLACEHOLDERS
        if row.kind not in KINDS:
            receipt.skip(ParseIssue(row.line, f"unknown_kind: {row.kind}", lost=False))
            row.kind = "unknown"
        if row.event is not None and row.event not in EVENTS:
            row.event = "other"

    def _place(self, sent_at: datetime) -> tuple[int, int]:
        """(UTC, local) milliseconds since 1970 of a wall-clock or an absolute time."""
        if sent_at.tzinfo is None:
            local = (sent_at - EPOCH) // MILLISECOND
            return local - self._offset_at(sent_at.year, sent_at.month, sent_at.day, sent_at.hour), local
        if not self._stated:
            self.receipt.zone_source = "epoch"
        absolute = sent_at.astimezone(UTC).replace(tzinfo=None)
        moment = (absolute - EPOCH) // MILLISECOND
        shifted = absolute + timedelta(
            milliseconds=self._offset_at(absolute.year, absolute.month, absolute.day, absolute.hour)
        )
        return moment, (shifted - EPOCH) // MILLISECOND

    def take_table(self) -> pa.Table:
        """The waiting rows as one table of MESSAGES; they are forgotten here."""
        rows, count = self._rows, len(self._rows)
        columns = {
            "chat_id": [self.chat_id] * count,
            "message_id": self._ids,
            "sent_at": pa.array(self._times, pa.int64()).cast(MESSAGES.field("sent_at").type),
            "zone": [self.receipt.zone] * count,
            "time_resolution": [self._resolution] * count,
            "kind": ["system" if row.event and row.kind == "text" else row.kind for row in rows],
            "text": [row.text for row in rows],
            "reply_to": self._answered,
            "mentions": [row.mentions or find_mentions(row.text) for row in rows],
            "urls": [find_urls(row.text) + row.urls for row in rows],
            "source": self._files,
            "source_line": [row.line for row in rows],
        }
        for name in ("sender_id", "sender_name", "sender_card", "sender_role", "quoted_text", "quoted_name", "event"):
            columns[name] = [getattr(row, name) for row in rows]
        for name in ("actor_ids", "target_ids"):
            columns[name] = [getattr(row, name) for row in rows]
        table = pa.table({field.name: _array(columns[field.name], field.type) for field in MESSAGES}, schema=MESSAGES)
        first, last = utc(min(self._times)), utc(max(self._times))
        self.receipt.first = min(first, self.receipt.first or first)
        self.receipt.last = max(last, self.receipt.last or last)
        self._rows, self._times, self._ids, self._files, self._answered = [], [], [], [], []
        return table

    def finish(self) -> None:
        """Put what only the whole file shows into the receipt."""
        self.receipt.days = {date(1970, 1, 1) + timedelta(days=day) for day in self._days}
        if self.receipt.backwards:
            self.receipt.warn(f"clock_backwards: {self.receipt.backwards}")
        if self.receipt.duplicates:
            self.receipt.warn(f"repeated_id: {self.receipt.duplicates}")


def _array(values: Any, kind: pa.DataType) -> pa.Array:
    """A column; lone surrogates (broken JSON escapes) cannot be stored and become "?"."""
    try:
        return pa.array(values, kind)
    except UnicodeEncodeError:
        return pa.array([_clean(value) for value in values], kind)


def _clean(value: Any) -> Any:
    if isinstance(value, list):
        return [_clean(one) for one in value]
    return value.encode("utf-8", "replace").decode("utf-8") if isinstance(value, str) else value


def _zone(stated: str | None, setting: str) -> tuple[str, bool]:
    """The zone of a chat and whether the export stated it; a readable setting wins over an equal bare offset."""
    if not stated:
        return setting, False
    try:
        zone_of(stated)
    except ValueError:
        return setting, False
    return stated, True


def _offsets(zone: tzinfo):
    """A cached function (year, month, day, hour) -> milliseconds that the wall clock is ahead of UTC."""

    @lru_cache(maxsize=1 << 14)
    def offset_at(year: int, month: int, day: int, hour: int) -> int:
        return (datetime(year, month, day, hour, tzinfo=zone).utcoffset() or timedelta()) // MILLISECOND

    return offset_at
