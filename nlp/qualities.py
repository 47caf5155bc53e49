"""What each quality costs and gains: the same labelled rows answered by fast, balanced and best.

In: the folder of nlp/evaluate_all.py. Out: one row a task: share of the texts that balanced gives to the encoder, and
of each quality accuracy, agreement with best, and what it loses against best.
Example: `compare_qualities(Path("labelled"), NlpSettings())[0]["balanced"]["loss"]`.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from nlp.annotate import Annotator
from nlp.evaluate import predict
from nlp.evaluate_all import TASKS_OF, scored_rows
from nlp.fit_cascade import probabilities_of
from nlp.labels import unify_all
from nlp.settings import NlpSettings

QUALITIES = ("fast", "balanced", "best")
MOST = 300
"""Rows of one file."""
RESAMPLES = 1_000


def compare_qualities(folder: Path, settings: NlpSettings) -> list[dict[str, Any]]:
    """One row a task: n, asked, and {accuracy, agrees, loss, loss_ci95} of each quality, shares 0..1."""
    annotators = {quality: Annotator(replace(settings, quality=quality)) for quality in QUALITIES}
    return [_row(task, files, annotators) for task, files in _labelled(folder).items() if files]


def _labelled(folder: Path) -> dict[str, list[tuple[list[str], list[str]]]]:
    """Task -> (texts, labels) of each file that says something about it."""
    found: dict[str, list[tuple[list[str], list[str]]]] = {task: [] for tasks in TASKS_OF.values() for task in tasks}
    for name, tasks in TASKS_OF.items():
        for path in sorted((folder / name).glob("*.parquet")):
            table = scored_rows(path, MOST)
            texts = table["text"].to_pylist() if table.num_rows else []
            for task in tasks if texts else ():
                labels = unify_all(task, [None if x is None else str(x) for x in table["label"].to_pylist()])
                rows = [(t, label) for t, label in zip(texts, labels, strict=True) if label is not None]
                if rows:
                    found[task].append(([text for text, _ in rows], [label for _, label in rows]))
    return found


def _row(task: str, files: list[tuple[list[str], list[str]]], annotators: dict[str, Annotator]) -> dict[str, Any]:
    """A file without neutral rows asks for one of two moods, as in `nlp.evaluate.evaluate`."""
    texts, expected = [t for found, _ in files for t in found], np.concatenate([labels for _, labels in files])
    said = {
        quality: np.concatenate([predict(task, found, one, polar="neutral" not in labels) for found, labels in files])
        for quality, one in annotators.items()
    }
    balanced = annotators["balanced"]
    asked = np.zeros(len(texts), bool)
    if balanced.cascade:
        asked = balanced.cascade.unsure(texts, probabilities_of(texts, balanced.encoder, balanced.layers))
    draws = np.random.default_rng(0).integers(len(texts), size=(RESAMPLES, len(texts)))
    result: dict[str, Any] = {"task": task, "n": len(texts), "asked": round(float(asked.mean()), 4)}
    for quality, labels in said.items():
        lost = (said["best"] == expected).astype(float) - (labels == expected)
        low, high = np.percentile(lost[draws].mean(axis=1), [2.5, 97.5])
        result[quality] = {
            "accuracy": round(float((labels == expected).mean()), 4),
            "agrees": round(float((labels == said["best"]).mean()), 4),
            "loss": round(float(lost.mean()), 4),
            "loss_ci95": [round(float(low), 4), round(float(high), 4)],
        }
    return result
