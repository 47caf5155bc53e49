"""Intake: batches of MESSAGES in, parts of only the new ones out, with bounded memory.

Rows are kept by chat and month until there are enough for a part. What a source offered is dropped again when the
source turns out to be unreadable.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager

import pyarrow as pa
import pyarrow.compute as pc

from ingest.message import MESSAGES
from nuanqun.parts import Part, read_parts, write_part
from nuanqun.store import Store

Key = tuple[str, str]
"""(chat_id, month)."""


class Intake:
    """Collects the new messages of one import."""

    def __init__(self, store: Store) -> None:
        """Start with what the store holds."""
        self.store = store
        self.parts: list[Part] = []
        self.forgotten = store.forgotten()
        self._waiting: dict[Key, list[pa.Table]] = defaultdict(list)
        self._ids: dict[Key, list[pa.Array]] = {}

    @contextmanager
    def source(self) -> Iterator[SourceIntake]:
        """Yield where one source puts its batches; an exception drops all that it put there."""
        intake = SourceIntake(self)
        yield intake
        for key, tables in intake.waiting.items():
            self._waiting[key] += tables
        for key, ids in intake.ids.items():
            self._ids[key] += ids
        self.parts += intake.parts
        if sum(t.num_rows for tables in self._waiting.values() for t in tables) >= self.store.settings.part_rows:
            self.parts += self._flush()

    def known_ids(self, key: Key) -> list[pa.Array]:
        """Ids of a chat's month that are in the store or were accepted in this import."""
        if key not in self._ids:
            chat_id, month = key
            parts = [part for part in self.store.parts("messages", chat_id) if part.month == month]
            self._ids[key] = read_parts(self.store.workspace, parts, MESSAGES, ["message_id"])["message_id"].chunks
        return self._ids[key]

    def finish(self) -> list[Part]:
        """Write what still waits and return every part of this import."""
        self.parts += self._flush()
        return self.parts

    def _flush(self) -> list[Part]:
        parts = [write_month(self.store, key, tables) for key, tables in self._waiting.items() if tables]
        self._waiting.clear()
        return parts


class SourceIntake:
    """Collects the new messages of one source."""

    def __init__(self, intake: Intake) -> None:
        """Compare with what `intake` knows."""
        self.intake = intake
        self.parts: list[Part] = []
        self.waiting: dict[Key, list[pa.Table]] = defaultdict(list)
        self.ids: dict[Key, list[pa.Array]] = defaultdict(list)

    def offer(self, batch: pa.Table) -> int:
        """Keep the rows of one chat's `batch` that are new; return how many they were."""
        chat_id = batch["chat_id"][0].as_py()
        months = pc.strftime(batch["sent_at"], "%Y-%m").combine_chunks()
        kept = 0
        for month in months.unique().to_pylist():
            key = (chat_id, month)
            rows = unseen(batch.filter(pc.equal(months, month)), [*self.intake.known_ids(key), *self.ids[key]])
            if rows.num_rows:
                kept += rows.num_rows
                self.ids[key] += rows["message_id"].chunks
                self.waiting[key].append(rows)
                self._spill(key)
        return kept

    def _spill(self, key: Key) -> None:
        if sum(t.num_rows for tables in self.waiting.values() for t in tables) < self.intake.store.settings.part_rows:
            return
        for full, tables in self.waiting.items():
            self.parts.append(write_month(self.intake.store, full, tables))
        self.waiting.clear()


def unseen(rows: pa.Table, known: list[pa.Array]) -> pa.Table:
    """Return the first row of every message_id in `rows` that is not among `known`."""
    if known:
        rows = rows.filter(pc.invert(pc.is_in(rows["message_id"], pa.chunked_array(known))))
    ids = rows["message_id"]
    if pc.count_distinct(ids).as_py() == rows.num_rows:
        return rows
    first = pa.table({"id": ids, "row": pa.array(range(rows.num_rows))}).group_by("id").aggregate([("row", "min")])
    return rows.take(first["row_min"].combine_chunks().sort())


def write_month(store: Store, key: Key, tables: list[pa.Table]) -> Part:
    """Write the rows of one chat and month as one part, oldest first."""
    rows = pa.concat_tables(tables).sort_by([("sent_at", "ascending"), ("source_line", "ascending")])
    return write_part(store.workspace, rows, table_name="messages", chat_id=key[0], month=key[1])
