"""Intake: batches of MESSAGES in, parts of only the new ones out, with bounded memory.

Rows are kept by chat and month until there are enough for a part. What a source offered is dropped again when the
source turns out to be unreadable. Ids are compared month by month (`ingest.merge.unseen`); those of months that are
out of use are dropped and read again from the parts when a row of that month comes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager

import pyarrow as pa
import pyarrow.compute as pc

from ingest.merge import FILE_ORDER, unseen
from ingest.message import MESSAGES
from nuanqun.parts import Part, read_parts, write_part
from nuanqun.regroup import goal_of, redirected, redirects, with_value, without_equals, zones
from nuanqun.store import Store

Key = tuple[str, str]
"""(chat_id, month)."""
WAITING_BYTES = 16 << 20
"""Bytes of rows that wait for a part of their own; long texts fill it before `part_rows` does."""


class Waiting:
    """Rows by chat and month on their way into parts."""

    def __init__(self, store: Store) -> None:
        """Nothing waits."""
        self._store = store
        self.rows: dict[Key, list[pa.Table]] = defaultdict(list)
        self._count = self._bytes = 0

    def put(self, key: Key, rows: pa.Table) -> None:
        """Let rows of one chat and month wait."""
        self.rows[key].append(rows)
        self._count += rows.num_rows
        self._bytes += rows.nbytes

    @property
    def full(self) -> bool:
        """Whether it is time to write them."""
        return self._count >= self._store.settings.part_rows or self._bytes >= WAITING_BYTES

    def write(self) -> list[Part]:
        """Write them as one part a chat and month; nothing waits any more."""
        parts = []
        while self.rows:
            key, tables = self.rows.popitem()
            parts.append(write_month(self._store, key, tables))
        self._count = self._bytes = 0
        pa.default_memory_pool().release_unused()
        return parts


class Intake:
    """Collects the new messages of one import."""

    def __init__(self, store: Store) -> None:
        """Start with what the store holds."""
        self.store = store
        self.parts: list[Part] = []
        self.waiting = Waiting(store)
        self.forgotten = store.forgotten()
        self._redirects, self._zones = redirects(store), zones(store)
        self._ids: dict[Key, list[pa.Array]] = {}  # of the months in use, the latest used last
        self._held = 0

    @contextmanager
    def source(self) -> Iterator[SourceIntake]:
        """Yield where one source puts its batches; an exception drops all that it put there."""
        intake = SourceIntake(self)
        try:
            yield intake
        except BaseException:
            self._ids, self._held = {}, 0  # they count ids that were dropped
            raise
        for key, tables in intake.waiting.rows.items():
            for rows in tables:
                self.waiting.put(key, rows)
        self.parts += intake.parts
        if self.waiting.full:
            self.parts += self.waiting.write()

    def home_of(self, chat_id: str) -> str:
        """The chat of this workspace that an export's chat became."""
        return goal_of(self._redirects, chat_id, "")

    def placed(self, batch: pa.Table) -> list[pa.Table]:
        """A batch as batches of the chats of this workspace: merged and split as an admin decided."""
        found = []
        for rows in redirected(batch, self._redirects):
            chat_id = rows["chat_id"][0].as_py()
            if chat_id in self._redirects.values():  # its messages have ids of several chats
                rows = without_equals(rows, self._months_of(rows))
            zone = self._zones.get(chat_id, "")
            if zone and rows.num_rows and zone != rows["zone"][0].as_py():
                rows = with_value(rows, "zone", zone)
            if rows.num_rows:
                found.append(rows)
        return found

    def _months_of(self, rows: pa.Table) -> pa.Table:
        """What the store holds of a chat in the months of `rows` under other message ids."""
        chat_id = rows["chat_id"][0].as_py()
        months = set(pc.strftime(rows["sent_at"], "%Y-%m").to_pylist())
        parts = [part for part in self.store.parts("messages", chat_id) if part.month in months]
        there = read_parts(self.store.workspace, parts, MESSAGES)
        return there.filter(pc.invert(pc.is_in(there["message_id"], rows["message_id"].combine_chunks())))

    def known_ids(self, key: Key, source: SourceIntake) -> list[pa.Array]:
        """Ids of a chat's month that are in the store or were accepted in this import."""
        ids = self._ids.pop(key, None)
        if ids is None:
            ids = self._read_ids(key, source)
            self._held += sum(map(len, ids))
        self._ids[key] = ids
        return ids

    def _read_ids(self, key: Key, source: SourceIntake) -> list[pa.Array]:
        chat_id, month = key
        written = [*self.store.parts("messages", chat_id), *self.parts, *source.parts]
        parts = [part for part in written if (part.chat_id, part.month) == (chat_id, month)]
        ids = read_parts(self.store.workspace, parts, MESSAGES, ["message_id"])["message_id"].chunks
        waiting = [*self.waiting.rows.get(key, ()), *source.waiting.rows.get(key, ())]
        return ids + [chunk for rows in waiting for chunk in rows["message_id"].chunks]

    def accept(self, key: Key, ids: list[pa.Array]) -> None:
        """Remember ids that were accepted, and drop those of the months that were longest out of use."""
        self._ids[key] += ids
        self._held += sum(map(len, ids))
        while self._held > self.store.settings.remembered_ids and len(self._ids) > 1:
            self._held -= sum(map(len, self._ids.pop(next(iter(self._ids)))))

    def finish(self) -> list[Part]:
        """Write what still waits and return every part of this import."""
        self.parts += self.waiting.write()
        return self.parts


class SourceIntake:
    """Collects the new messages of one source."""

    def __init__(self, intake: Intake) -> None:
        """Compare with what `intake` knows."""
        self.intake = intake
        self.parts: list[Part] = []
        self.waiting = Waiting(intake.store)

    def offer(self, batch: pa.Table) -> int:
        """Keep the rows of one chat's `batch` that are new; return how many they were."""
        chat_id = batch["chat_id"][0].as_py()
        months = pc.strftime(batch["sent_at"], "%Y-%m").combine_chunks()
        kept = 0
        for month in months.unique().to_pylist():
            key = (chat_id, month)
            rows = unseen(batch.filter(pc.equal(months, month)), self.intake.known_ids(key, self))
            if rows.num_rows:
                kept += rows.num_rows
                self.waiting.put(key, rows)
                self.intake.accept(key, rows["message_id"].chunks)
        if self.waiting.full:
            self.parts += self.waiting.write()
        return kept


def write_month(store: Store, key: Key, tables: list[pa.Table]) -> Part:
    """Write the rows of one chat and month as one part, oldest first."""
    rows = pa.concat_tables(tables).sort_by(FILE_ORDER)
    return write_part(store.workspace, rows, table_name="messages", chat_id=key[0], month=key[1])
