"""Every head against every labelled file of a folder: one row of scores a file and task.

In: a folder `<task folder>/*.parquet` (columns text, label). Out: rows ready for JSON, each with n,
scores, 95 % intervals, and whether the file was trained on; of such a file only the dev side is scored.
Example: `evaluate_all(Path("labelled"), Annotator())[0]["macro_f1"]`.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from nlp.annotate import Annotator
from nlp.evaluate import evaluate
from nlp.labels import unify_all
from nlp.training_data import SOURCES, dev_side

TASKS_OF = {
    "ads": ("ads",),
    "ads_more": ("ads",),
    "sentiment": ("sentiment", "emotion"),
    "topic": ("topic",),
    "dialog_act": ("question",),
    "toxicity": ("toxicity",),
}
"""Tasks that the files of a folder say something about."""
FEWEST = 50
"""Rows that a score needs."""


def evaluate_all(folder: Path, annotator: Annotator, *, most: int = 4_000) -> list[dict[str, Any]]:
    """Scores of every head on every file of `folder`; of each at most `most` rows, drawn at random.

    Raises FileNotFoundError when no file of the folder has a task.
    """
    files = [path for name in TASKS_OF for path in sorted((folder / name).glob("*.parquet"))]
    if not files:
        raise FileNotFoundError(f"{folder}: expected folders {', '.join(TASKS_OF)} with Parquet files (text, label)")
    return [row for path in files for row in _rows(path, annotator, most)]


def _rows(path: Path, annotator: Annotator, most: int) -> Iterator[dict[str, Any]]:
    table = pq.read_table(path)
    if {"text", "label"} - set(table.column_names):
        return
    trained = any(Path(source.file).stem == path.stem for source in SOURCES)
    if trained:
        table = table.filter(pa.array(dev_side(table["text"].to_pylist())))
    table = table.take(np.random.default_rng(0).permutation(table.num_rows)[:most])
    for task in TASKS_OF[path.parent.name]:
        labels = unify_all(task, [None if label is None else str(label) for label in table["label"].to_pylist()])
        known = [label for label in labels if label is not None]
        if len(known) < FEWEST or (task == "emotion" and len(set(known)) < 4):
            continue
        scores = evaluate(task, table, annotator=annotator)
        yield {"file": f"{path.parent.name}/{path.name}", "trained": trained, **scores}
