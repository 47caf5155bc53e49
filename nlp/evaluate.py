"""A head against labelled rows: accuracy, macro-F1, precision and recall, with bootstrap intervals.

In: a task and a table with the columns text and label (ours, or those of a public data set: nlp/labels.py).
Out: one plain dict, ready for JSON. Example: `evaluate("ads", table, annotator=a)["macro_f1"]`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from nlp.annotate import Annotator
from nlp.heads import UNSURE
from nlp.labels import TASKS, unify_all

POSITIVE = {"ads": "ad", "toxicity": "toxic", "question": "question"}
"""The label whose precision and recall people ask about."""
OTHERWISE = {"ads": "not_ad", "toxicity": "not_toxic"}
"""What `unsure` counts as: nothing is flagged without a person."""
RESAMPLES = 1_000


def evaluate(task: str, table: pa.Table, *, annotator: Annotator | None = None) -> dict[str, Any]:
    """Score the head of `task` (a head, or `emotion`) on the rows of `table` whose label says something about it.

    Returns task, n, left_out, accuracy, macro_f1, labels (precision, recall, f1, support of each), for yes-or-no
    tasks precision, recall and f1 of the yes, and ci95 (percentile bootstrap over rows, 1,000 resamples) of every
    score. Sentiment without neutral rows compares the positive with the negative probability.
    Raises ValueError for an unknown task, missing columns, or no usable row.
    """
    if task not in TASKS:
        raise ValueError(f"task {task!r} is unknown; there are {', '.join(TASKS)}")
    if missing := {"text", "label"} - set(table.column_names):
        raise ValueError(
            f"evaluate needs the columns text and label; {sorted(missing)} missing in {table.column_names}"
        )
    gold = unify_all(task, [None if label is None else str(label) for label in table["label"].to_pylist()])
    rows = [i for i, label in enumerate(gold) if label is not None]
    if not rows:
        raise ValueError(
            f"no label of the table says anything about {task!r}: {table['label'].unique().to_pylist()[:8]}"
        )
    texts = table["text"].take(rows).to_pylist()
    expected = [str(gold[i]) for i in rows]
    found = predict(task, texts, annotator or Annotator(), polar="neutral" not in expected)
    return {"task": task, "n": len(rows), "left_out": table.num_rows - len(rows), **score(task, expected, found)}


def predict(task: str, texts: Sequence[str], annotator: Annotator, *, polar: bool = False) -> list[str]:
    """The head's labels of the texts; `polar` = sentiment without neutral."""
    labels = annotator.classify(texts)
    if task == "sentiment" and polar:
        positive = labels["sentiment_positive"].to_numpy() >= labels["sentiment_negative"].to_numpy()
        return np.where(positive, "positive", "negative").tolist()
    return labels["emotion"].to_pylist() if task == "emotion" else decided_labels(task, labels)


def decided_labels(task: str, labels: pa.Table) -> list[str]:
    """The labels of a head, where `unsure` counts as OTHERWISE."""
    said = labels[f"{task}_label"].to_pylist()
    return [OTHERWISE[task] if label == UNSURE else label for label in said]


def score(task: str, expected: Sequence[str], found: Sequence[str]) -> dict[str, Any]:
    """Scores of predictions against gold labels, each with its 95 % interval under `ci95`."""
    names = sorted(set(expected) | set(found))
    pairs = np.array([names.index(e) * len(names) + names.index(f) for e, f in zip(expected, found, strict=True)])
    confusion = np.bincount(pairs, minlength=len(names) ** 2).reshape(len(names), len(names))
    result = _scores(task, confusion, names)
    # Resampling rows = drawing the cells of the confusion table.
    rng = np.random.default_rng(0)
    draws = rng.multinomial(len(pairs), confusion.ravel() / len(pairs), size=RESAMPLES)
    many = [_scores(task, draw.reshape(confusion.shape), names) for draw in draws]
    result["ci95"] = {key: _interval([one[key] for one in many]) for key in result}
    result["labels"] = _by_label(confusion, names)
    return result


def _scores(task: str, confusion: np.ndarray, names: Sequence[str]) -> dict[str, Any]:
    hits = np.diag(confusion)
    gold, said = confusion.sum(axis=1), confusion.sum(axis=0)
    f1 = 2 * hits / np.maximum(gold + said, 1)
    result = {
        "accuracy": round(float(hits.sum() / confusion.sum()), 4),
        "macro_f1": round(float(f1[gold > 0].mean()), 4),
    }
    if POSITIVE.get(task) in names:
        i = names.index(POSITIVE[task])
        result["precision"] = round(float(hits[i] / max(said[i], 1)), 4)
        result["recall"] = round(float(hits[i] / max(gold[i], 1)), 4)
        result["f1"] = round(float(f1[i]), 4)
    return result


def _interval(values: Sequence[float]) -> list[float]:
    low, high = np.percentile(values, [2.5, 97.5])
    return [round(float(low), 4), round(float(high), 4)]


def _by_label(confusion: np.ndarray, names: Sequence[str]) -> dict[str, dict[str, float]]:
    hits, gold, said = np.diag(confusion), confusion.sum(axis=1), confusion.sum(axis=0)
    return {
        name: {
            "precision": round(float(hits[i] / max(said[i], 1)), 4),
            "recall": round(float(hits[i] / max(gold[i], 1)), 4),
            "f1": round(float(2 * hits[i] / max(gold[i] + said[i], 1)), 4),
            "support": int(gold[i]),
        }
        for i, name in enumerate(names)
    }
