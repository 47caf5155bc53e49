"""Parquet parts: written whole, synced, and only then named in the catalogue.

A part is one immutable Parquet file. Nothing overwrites one: a change writes new parts and the catalogue swaps
them in by one transaction, so a crash leaves the old state or the new one.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from ingest.message import MESSAGES
from nlp.annotation import BASE


@dataclass(frozen=True, slots=True)
class Part:
    """A live (or staged) Parquet file of one table of one chat; `path` is relative to the workspace."""

    table_name: str
    chat_id: str
    month: str
    stem: str
    version: str
    path: str
    rows: int
    sha256: str = ""  # of the file; "" = of an older version


def new_stem() -> str:
    """A name that no other part has."""
    return uuid.uuid4().hex


def write_part(
    workspace: Path,
    table: pa.Table,
    *,
    table_name: str,
    chat_id: str,
    month: str = "",
    stem: str = "",
    version: str = "",
) -> Part:
    """Write `table` as a new Parquet file (zstd) and sync it to disk; it is live only once a write commits it."""
    stem = stem or new_stem()
    folder = Path(table_name) / chat_id / month
    relative = folder / f"{stem}-{uuid.uuid4().hex[:8]}.parquet"
    target = workspace / relative
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.with_suffix(".tmp")
    pq.write_table(table, temporary, compression="zstd", compression_level=3)
    with temporary.open("rb+") as file:
        os.fsync(file.fileno())
    temporary.replace(target)
    return Part(table_name, chat_id, month, stem, version, relative.as_posix(), table.num_rows)


def sync_folders(workspace: Path, parts: Iterable[Part]) -> None:
    """Sync the folders of `parts`, so that their names survive a power cut."""
    for folder in {(workspace / part.path).parent for part in parts}:
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def read_parts(
    workspace: Path, parts: Sequence[Part], schema: pa.Schema, columns: Sequence[str] | None = None
) -> pa.Table:
    """Read and join parts in the given order, all columns or those named; no part gives an empty table of `schema`."""
    if not parts:
        return schema.empty_table().select([name for name in columns or schema.names if name in schema.names])
    wanted = None if columns is None else list(columns)
    tables = [pq.read_table(workspace / part.path, columns=wanted) for part in parts]
    return pa.concat_tables(tables, promote_options="default").replace_schema_metadata(schema.metadata)


def read_rows(
    workspace: Path,
    messages: Sequence[Part],
    annotations: Sequence[Part] | None = None,
    columns: Sequence[str] | None = None,
) -> pa.Table:
    """Read MESSAGES, or with `annotations` the ANNOTATIONS of the same rows, of one chat, oldest first.

    Both are put in the order of (sent_at, source_line), so that row k of one belongs to row k of the other.
    A messages part without its annotations part is left out when annotations are asked for.
    """
    if annotations is not None:
        beside = {part.stem: part for part in annotations}
        messages = [part for part in messages if part.stem in beside]
    times = read_parts(workspace, messages, MESSAGES, ["sent_at", "source_line"])
    order = pc.sort_indices(times, [("sent_at", "ascending"), ("source_line", "ascending")])
    if annotations is None:
        return read_parts(workspace, messages, MESSAGES, columns).take(order)
    parts = [beside[part.stem] for part in messages]
    return read_parts(workspace, parts, pa.schema(BASE), columns).take(order)
