"""Imports of one chat merged: nothing twice, nothing lost.

In: two MESSAGES tables of one chat. Out: `Merge`. Example: `merge_messages(stored, imported).table`.
"""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from ingest.errors import ShrinkingMerge
from ingest.message import MESSAGES


@dataclass(frozen=True, slots=True)
class Merge:
    """The merged table, sorted by time, and how many rows of the second table were new or already there."""

    table: pa.Table
    new: int
    duplicates: int


def merge_messages(old: pa.Table, new: pa.Table) -> Merge:
    """Union of both by message_id; where an id is in both, the row of `old` stays.

    Idempotent, and in its set of ids independent of order: |A ∪ B| >= max(|A|, |B|). Sorted by sent_at, then by
    file order, then by id. Raises ShrinkingMerge if the result were smaller than an input without repeated ids.
    """
    both = pa.concat_tables([old.cast(MESSAGES), new.cast(MESSAGES)])
    kept = _first_of_each(both)
    table = kept.sort_by([("sent_at", "ascending"), ("source_line", "ascending"), ("message_id", "ascending")])
    before = pc.count_distinct(old["message_id"]).as_py() or 0
    if table.num_rows < before:
        raise ShrinkingMerge(
            f"the merge would lower the chat from {before} to {table.num_rows} messages",
            hint="Nothing was changed; please report this with the two files' receipts.",
        )
    added = table.num_rows - before
    return Merge(table, added, new.num_rows - added)


def _first_of_each(table: pa.Table) -> pa.Table:
    """The first row of every message_id."""
    rows = pa.table({"id": table["message_id"], "row": pa.array(range(table.num_rows), pa.int64())})
    first = rows.group_by("id", use_threads=False).aggregate([("row", "min")])["row_min"]
    return table.take(first.sort())
