"""Parquet files in and out without a workspace: classify texts, evaluate a head."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import typer

from nlp.settings import NlpSettings
from nuanqun.analysis import load_annotator


def classify_file(source: Path, target: Path, *, column: str, settings: NlpSettings, batch_rows: int = 20_000) -> int:
    """Write `source` with the columns of every head added to `target`; return the rows.

    Reads and writes batch by batch, so memory does not grow with the file; `target` appears only when whole.
    """
    annotator = load_annotator(settings)
    reader = _open(source, column)
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


def evaluate_file(task: str, source: Path, settings: NlpSettings) -> dict[str, Any]:
    """Score the head of `task` on the labelled rows (columns text, label) of a Parquet file."""
    from nlp.evaluate import evaluate

    _open(source, "text")
    return evaluate(task, pq.read_table(source), annotator=load_annotator(settings))


def _open(path: Path, column: str) -> pq.ParquetFile:
    try:
        reader = pq.ParquetFile(path)
    except (OSError, pa.ArrowInvalid) as error:
        raise typer.BadParameter(f"{path}: not a readable Parquet file ({error})") from error
    if column not in reader.schema_arrow.names:
        raise typer.BadParameter(f"{path}: no column {column!r}; it has {reader.schema_arrow.names}. Use --column.")
    return reader
