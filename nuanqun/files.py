"""Single files in and out: classify texts, evaluate a head, write a chat for other tools."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import typer

from ingest.chatlab_writer import write_chatlab
from nlp.settings import NlpSettings
from nuanqun.annotating import load_annotator
from nuanqun.parts import read_rows
from nuanqun.store import Store

BATCH_ROWS, BATCH_BYTES = 20_000, 24 << 20
"""Rows read at a time, and how many bytes they may hold by the file's own account."""


def classify_file(source: Path, target: Path, *, column: str, settings: NlpSettings, batch_rows: int = 0) -> int:
    """Write `source` with the columns of every head added to `target`; return the rows.

    Reads and writes batch by batch (`batch_rows` rows, 0 = by their size), so memory does not grow with the file;
    `target` appears only when whole.
    """
    annotator = load_annotator(settings)
    reader = _open(source, column)
    batch_rows = batch_rows or _batch_rows(reader)
    temporary = target.with_name(target.name + ".tmp")
    rows, writer = 0, None
    try:
        for batch in reader.iter_batches(batch_size=batch_rows):
            table = pa.Table.from_batches([batch])
            texts = [text or "" for text in table[column].to_pylist()]
            labels = annotator.classify(texts)
            for name in labels.column_names:
                table = table.append_column(labels.schema.field(name), labels[name])
            writer = writer or pq.ParquetWriter(temporary, table.schema, compression="zstd")
            writer.write_table(table)
            rows += table.num_rows
    finally:
        if writer is not None:
            writer.close()
    if writer is None:
        raise typer.BadParameter(f"{source} has no rows; expected a Parquet file with a column {column!r}")
    temporary.replace(target)
    return rows


def _batch_rows(reader: pq.ParquetFile) -> int:
    """Rows to read at once: fewer where they are long."""
    meta = reader.metadata
    sizes = sum(meta.row_group(i).total_byte_size for i in range(meta.num_row_groups))
    return max(64, min(BATCH_ROWS, BATCH_BYTES * meta.num_rows // max(sizes, 1)))


def evaluate_file(task: str, source: Path, settings: NlpSettings) -> dict[str, Any]:
    """Score the head of `task` on the labelled rows (columns text, label) of a Parquet file."""
    from nlp.evaluate import evaluate

    _open(source, "text")
    return evaluate(task, pq.read_table(source), annotator=load_annotator(settings))


def evaluate_folder(folder: Path, settings: NlpSettings) -> dict[str, Any]:
    """Every head on every labelled file of a folder (`rows`), the aims (`aims`), and what each quality gains
    (`qualities`, where a tuned encoder stands beside the light model)."""
    from nlp.encoder import encoder_folder
    from nlp.evaluate_all import full_report
    from nlp.qualities import compare_qualities

    try:
        report = full_report(folder, load_annotator(settings))
    except FileNotFoundError as error:
        raise typer.BadParameter(str(error)) from error
    try:
        encoder_folder(settings.second)
    except FileNotFoundError:
        return report
    return report | {"qualities": compare_qualities(folder, settings)}


def find_chat(store: Store, chat: str) -> str:
    """The chat_id of the chat with that id or name; raises a usage error that lists the chats there are."""
    known = store.known_chats()
    ids = [chat_id for chat_id, facts in known.items() if chat in (chat_id, facts["name"])]
    if len(ids) != 1:
        names = ", ".join(f"{facts['name']} ({chat_id})" for chat_id, facts in known.items())
        raise typer.BadParameter(f"{len(ids)} chats are called {chat!r}; the workspace holds: {names}")
    return ids[0]


def export_chat(store: Store, chat: str, target: Path, *, lines: bool) -> int:
    """Write the chat of that id or name as a ChatLab file and return its records; `target` appears only when whole.

    Parts are read one by one, month by month, so memory does not grow with the chat.
    """
    chat_id = find_chat(store, chat)
    parts = store.parts("messages", chat_id)
    months = [[part for part in parts if part.month == month] for month in sorted({part.month for part in parts})]

    def tables() -> Iterator[pa.Table]:
        return (read_rows(store.workspace, month) for month in months)

    facts, temporary = store.known_chats()[chat_id], target.with_name(target.name + ".tmp")
    with temporary.open("w", encoding="utf-8", newline="\n") as out:
        count = write_chatlab(
            tables, out, name=facts["name"], platform=facts["platform"], exported_at=datetime.now(UTC), lines=lines
        )
    temporary.replace(target)
    return count


def _open(path: Path, column: str) -> pq.ParquetFile:
    try:
        reader = pq.ParquetFile(path)
    except (OSError, pa.ArrowInvalid) as error:
        raise typer.BadParameter(f"{path}: not a readable Parquet file ({error})") from error
    if column not in reader.schema_arrow.names:
        raise typer.BadParameter(f"{path}: no column {column!r}; it has {reader.schema_arrow.names}. Use --column.")
    return reader
