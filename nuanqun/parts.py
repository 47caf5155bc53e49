"""Parquet parts: written whole, synced, and only then named in the catalogue.

A part is one immutable Parquet file. Nothing overwrites one: a change writes new parts and the catalogue swaps
them in by one transaction, so a crash leaves the old state or the new one.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import file_digest, sha256
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from ingest.message import MESSAGES
from nlp.annotation import BASE
from nuanqun.errors import WorkspaceError

WORTH_THREADS = 50_000
"""Rows from which reading the columns of a part at the same time gains more than starting threads costs."""
_ORDER = ["sent_at", "source_line"]


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
    buffer = pa.BufferOutputStream()
    pq.write_table(table, buffer, compression="zstd", compression_level=3)
    content = buffer.getvalue()
    temporary = target.with_suffix(".tmp")
    with temporary.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(target)
    digest = sha256(content).hexdigest()
    return Part(table_name, chat_id, month, stem, version, relative.as_posix(), table.num_rows, digest)


def digest_of(path: Path) -> str:
    """The sha256 of a file, as hex."""
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


def sync_folders(workspace: Path, paths: Iterable[str]) -> None:
    """Sync every folder above `paths`, so that their names survive a power cut."""
    for folder in {workspace / folder for path in paths for folder in Path(path).parents}:
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def read_parts(
    workspace: Path,
    parts: Sequence[Part],
    schema: pa.Schema,
    columns: Sequence[str] | None = None,
    without: tuple[str, ...] = (),
) -> pa.Table:
    """Read and join parts in the given order, all columns or those named, `without` those of such endings.

    No part gives an empty table of `schema`. Raises FileNotFoundError for a part that was replaced meanwhile,
    WorkspaceError for one that is damaged.
    """
    if not parts:
        return schema.empty_table().select([name for name in columns or schema.names if name in schema.names])
    tables = [_read(workspace / part.path, columns, without) for part in parts]
    return pa.concat_tables(tables, promote_options="default").replace_schema_metadata(schema.metadata)


def _read(path: Path, columns: Sequence[str] | None, without: tuple[str, ...] = ()) -> pa.Table:
    with _open(path) as file:  # for a small file a third of the time that pq.read_table takes
        names = None if columns is None else list(columns)
        if without:
            names = [name for name in names or file.schema_arrow.names if not name.endswith(without)]
        table = file.read(names, use_threads=file.metadata.num_rows >= WORTH_THREADS)
        return table if names is None else table.select(names)


@contextmanager
def _open(path: Path) -> Iterator[pq.ParquetFile]:
    try:
        with pq.ParquetFile(path) as file:
            yield file
    except FileNotFoundError:
        raise
    except (OSError, KeyError, pa.ArrowInvalid) as error:
        what = str(error).splitlines()[0][:200]
        raise WorkspaceError(f"{path} cannot be read ({what}). Run `nuanqun doctor --verify`.") from error


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
    parts = messages = _by_time(workspace, messages)
    schema = MESSAGES
    if annotations is not None:
        messages, parts = _paired(messages, annotations)
        schema = pa.schema(BASE)
    return _ordered(read_parts(workspace, parts, schema, columns), read_parts(workspace, messages, MESSAGES, _ORDER))


def read_both(
    workspace: Path, messages: Sequence[Part], annotations: Sequence[Part], *, without: tuple[str, ...] = ()
) -> tuple[pa.Table, pa.Table]:
    """Read MESSAGES and ANNOTATIONS of one chat as `read_rows` gives them; unannotated messages are left out.

    Columns of ANNOTATIONS that end in one of `without` are left out, too.
    """
    messages, annotations = _paired(_by_time(workspace, messages), annotations)
    rows = read_parts(workspace, messages, MESSAGES)
    notes = read_parts(workspace, annotations, pa.schema(BASE), without=without)
    return _ordered(rows, rows), _ordered(notes, rows)


def _paired(messages: Sequence[Part], annotations: Sequence[Part]) -> tuple[list[Part], list[Part]]:
    beside = {part.stem: part for part in annotations}
    kept = [part for part in messages if part.stem in beside]
    return kept, [beside[part.stem] for part in kept]


def _by_time(workspace: Path, parts: Sequence[Part]) -> list[Part]:
    """Parts of MESSAGES, those that begin first first: most chats are in order then and need no sorting."""
    place = MESSAGES.get_field_index("sent_at")

    def begin(part: Part) -> tuple[int, str, str]:
        with _open(workspace / part.path) as file:
            groups = (file.metadata.row_group(number) for number in range(file.metadata.num_row_groups))
            stated = [group.column(place).statistics for group in groups]
        first = min((int(one.min_raw) for one in stated if one is not None and one.has_min_max), default=0)
        return first, part.month, part.stem

    return sorted(parts, key=begin)


def _ordered(table: pa.Table, times: pa.Table) -> pa.Table:
    """`table` with its rows in the order of `times`; as it is where they are in order, as parts mostly are."""
    at, line = (times[name].cast(pa.int64()).to_numpy() for name in _ORDER)
    later = np.diff(at)
    if ((later > 0) | (later == 0) & (np.diff(line) >= 0)).all():
        return table
    return table.take(pc.sort_indices(times, [(name, "ascending") for name in _ORDER]))
