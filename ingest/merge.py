"""Imports of one chat merged: nothing twice, nothing lost.

In: two MESSAGES tables of one chat. Out: `Merge`. Example: `merge_messages(stored, imported).table`.
The store keeps what `unseen` leaves of every batch, so its content is what `merge_messages` would have made of the
whole tables, without ever holding them.
"""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from ingest.errors import ShrinkingMerge
from ingest.message import MESSAGES

FILE_ORDER = [("sent_at", "ascending"), ("source_line", "ascending"), ("message_id", "ascending")]
"""How merged rows are sorted."""


@dataclass(frozen=True, slots=True)
class Merge:
    """The merged table, sorted by time, and how many rows of the second table were new or already there."""

    table: pa.Table
    new: int
    duplicates: int


def merge_messages(old: pa.Table, new: pa.Table) -> Merge:
    """Add to `old` the rows of `new` whose message_id it lacks; the row of `old` stays.

    Idempotent, and in its set of ids independent of order: |A ∪ B| >= max(|A|, |B|). Sorted by sent_at, then by
    file order, then by id. Raises ShrinkingMerge if the result were smaller than an input without repeated ids.
    """
    kept = unseen(old.cast(MESSAGES), [])
    added = unseen(new.cast(MESSAGES), kept["message_id"].chunks)
    table = pa.concat_tables([kept, added]).sort_by(FILE_ORDER)
    check_growth(pc.count_distinct(old["message_id"]).as_py() or 0, table.num_rows)
    return Merge(table, added.num_rows, new.num_rows - added.num_rows)


def unseen(rows: pa.Table, known: list[pa.Array]) -> pa.Table:
    """The first row of every message_id in `rows` that is not among `known`."""
    if known:
        rows = rows.filter(pc.invert(pc.is_in(rows["message_id"], pa.chunked_array(known))))
    ids = rows["message_id"]
    if pc.count_distinct(ids).as_py() == rows.num_rows:
        return rows
    places = pa.table({"id": ids, "row": pa.array(range(rows.num_rows), pa.int64())})
    first = places.group_by("id", use_threads=False).aggregate([("row", "min")])["row_min"]
    return rows.take(first.combine_chunks().sort())


def check_growth(before: int, after: int, chat: str = "the chat") -> None:
    """Raise ShrinkingMerge where a merge would leave fewer records than there were."""
    if after < before:
        raise ShrinkingMerge(
            f"the merge would lower {chat} from {before} to {after} records",
            hint="Nothing was written. Import into a new workspace and compare.",
        )
