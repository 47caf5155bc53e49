"""Every head against every labelled file of a folder: one row of scores a file and task.

In: a folder `<task folder>/*.parquet` (columns text, label). Out: rows ready for JSON, each with n,
scores, 95 % intervals, and whether the file was trained on; of such a file only the dev side is scored.
Example: `evaluate_all(Path("labelled"), Annotator())[0]["macro_f1"]`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from nlp.aims import CLOAKED, aims
from nlp.annotate import Annotator
from nlp.character_svm import CharacterSvm
from nlp.evaluate import evaluate, score
from nlp.labels import unify_all
from nlp.model_card import TASK_OF, false_positives
from nlp.train import learned_outputs
from nlp.training_data import SOURCES, dev_side, load_examples

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


def full_report(folder: Path, annotator: Annotator, *, seed: int = 1) -> dict[str, Any]:
    """Scores of every file (`rows`), and every aim beside them (`aims`): `evaluate_all` with the SVM where it can be.

    The SVM is trained and ordinary messages are counted when `folder` stands in a whole data folder (unlabelled/,
    pretrain/); else their numbers are missing.
    """
    root, svms = folder.parent, {}
    whole = all((root / source.file).exists() for source in SOURCES if not source.file.startswith("written/"))
    if whole:
        outputs = {output: learned_outputs()[output] for output in TASK_OF}
        examples = load_examples(root, outputs, seed=seed)
        svms = {TASK_OF[output]: CharacterSvm.fit(found, seed=seed) for output, found in examples.items()}
    rows = evaluate_all(folder, annotator, svms=svms)
    flagged = list(false_positives(annotator, root, svms["ads"])) if whole else []
    return {"rows": rows, "aims": aims(rows, flagged)}


def evaluate_all(
    folder: Path, annotator: Annotator, *, most: int = 4_000, svms: Mapping[str, CharacterSvm] | None = None
) -> list[dict[str, Any]]:
    """Scores of every head (and of the SVM of its task) on every file of `folder`; of each at most `most` rows.

    Raises FileNotFoundError when no file of the folder has a task.
    """
    files = [path for name in TASKS_OF for path in sorted((folder / name).glob("*.parquet"))]
    if not files:
        raise FileNotFoundError(f"{folder}: expected folders {', '.join(TASKS_OF)} with Parquet files (text, label)")
    return [row for path in files for row in _rows(path, annotator, most, svms or {})]


def scored_rows(path: Path, most: int) -> pa.Table:
    """At most `most` rows of a labelled file, drawn at random; of a file that is trained on, of its dev side."""
    table = pq.read_table(path)
    if {"text", "label"} - set(table.column_names):
        return table.slice(0, 0)
    if is_trained(path):
        table = table.filter(pa.array(dev_side(table["text"].to_pylist())))
    return table.take(np.random.default_rng(0).permutation(table.num_rows)[:most])


def is_trained(path: Path) -> bool:
    """Whether a file of this name is trained on."""
    return any(Path(source.file).stem == path.stem for source in SOURCES)


def _rows(path: Path, annotator: Annotator, most: int, svms: Mapping[str, CharacterSvm]) -> Iterator[dict[str, Any]]:
    table = scored_rows(path, most)
    for task in TASKS_OF[path.parent.name] if table.num_rows else ():
        labels = unify_all(task, [None if label is None else str(label) for label in table["label"].to_pylist()])
        known = [label for label in labels if label is not None]
        if len(known) < FEWEST or (task == "emotion" and len(set(known)) < 4):
            continue
        row = {"file": f"{path.parent.name}/{path.name}", "trained": is_trained(path)}
        row |= evaluate(task, table, annotator=annotator)
        if task in svms:
            texts = [text for text, label in zip(table["text"].to_pylist(), labels, strict=True) if label is not None]
            said = svms[task].predict(texts, polar=task == "sentiment" and "neutral" not in known)
            row["svm"] = {k: v for k, v in score(task, known, said).items() if k != "labels"}
        if path.stem == CLOAKED.file and "split" in table.column_names:
            row["cloaked"] = _cloaked(table, annotator)
        yield row


def _cloaked(table: pa.Table, annotator: Annotator) -> dict[str, float]:
    """F1 of each cloaked variant (column split) minus F1 of the plain one (base)."""
    splits = np.array(table["split"].to_pylist())
    f1 = {name: evaluate("toxicity", table.filter(pa.array(splits == name)), annotator=annotator)["f1"]
          for name in sorted(set(splits.tolist()))}  # fmt: skip
    return {name: round(value - f1["base"], 4) for name, value in f1.items() if name != "base" and "base" in f1}
