"""A correction of one yes-or-no head by what people decided: a small layer over the head's own probability.

In: texts, the head's probability of its second label, and targets of people. Out: corrected probabilities:
log-odds' = scale x log-odds + shift + the weights of the text's character n-grams. A few hundred rows suffice: every
weight is drawn towards "change nothing", and texts that nobody decided hold it there.
Example: `fit(texts, odds, targets, weights, SHAPES["words"]).probability(texts, before)`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from scipy.sparse import csr_array
from scipy.special import expit, logit

from nlp.annotation import EVIDENCE
from nlp.heads import UNSURE
from nlp.normalize import Normalized, normalize_texts

YES = {"ads": "ad", "toxicity": "toxic"}
"""The heads that verdicts speak about, and the label that they call yes."""
BITS, LONGEST = 15, 3
"""2 ** BITS buckets of hashed character 1-3-grams; a bucket cannot be turned back into words."""
MAX_CHARS = 1_000
SURE = 1e-6
"""Probabilities nearer to 0 or 1 are taken as this far away."""
UNSURE_FROM = 0.3
"""Probability from which a text that was left to people still is."""
JUST_BELOW = 0.499
WHY = "taught"


@dataclass(frozen=True, slots=True)
class Shape:
    """How freely a correction may move: weights of the squares of (scale - 1), shift and n-gram weights."""

    scale: float
    shift: float
    grams: float | None  # None = no n-grams


SHAPES = {"threshold": Shape(1.0, 0.1, None), "words": Shape(1.0, 0.1, 0.1)}


@dataclass(frozen=True, slots=True)
class Correction:
    """scale, shift and n-gram weights (bucket -> log-odds of a text that consists of it) of one head."""

    scale: float = 1.0
    shift: float = 0.0
    grams: Mapping[int, float] | None = None

    def probability(self, texts: Sequence[str], before: np.ndarray) -> np.ndarray:
        """Corrected probabilities of yes; what is 0 before stays 0: such rows are exempt by a rule."""
        return self._probability(normalize_texts([text[:MAX_CHARS] for text in texts]), before)

    def _probability(self, normalized: Normalized, before: np.ndarray) -> np.ndarray:
        odds = self.scale * logit(np.clip(before, SURE, 1 - SURE)) + self.shift
        if self.grams:
            odds = odds + _gram_matrix(normalized) @ _dense(self.grams)
        return np.where(before <= 0, 0.0, expit(odds))

    def spans(self, normalized: Normalized, row: int, most: int = 2) -> list[tuple[int, int]]:
        """The n-grams of one row that spoke most for yes, as spans of its original text."""
        if not self.grams or not normalized.texts[row]:
            return []
        grams = _hashed([normalized.texts[row]])
        gain = _dense(self.grams)[grams.bucket]
        last = len(normalized.texts[row])
        places = zip(gain, grams.character[grams.place], grams.character[grams.place + grams.length - 1], strict=True)
        inside = sorted(((-g, a, b) for g, a, b in places if g > 0 and a < last and b < last), key=lambda one: one)
        return sorted(dict.fromkeys(normalized.span(row, int(a), int(b) + 1) for _, a, b in inside[:most]))

    def to_json(self) -> dict[str, Any]:
        """Plain numbers."""
        grams = {str(k): round(v, 4) for k, v in sorted((self.grams or {}).items())}
        return {"scale": round(self.scale, 4), "shift": round(self.shift, 4), "grams": grams}

    @classmethod
    def from_json(cls, given: Mapping[str, Any]) -> Correction:
        """The correction that `to_json` wrote."""
        grams = {int(bucket): float(value) for bucket, value in given["grams"].items()}
        return cls(float(given["scale"]), float(given["shift"]), grams or None)


def fit(texts: Sequence[str], before: np.ndarray, target: np.ndarray, weight: np.ndarray, shape: Shape) -> Correction:
    """The correction that minimises the weighted log loss (targets 0..1) under the penalties of `shape`.

    The loss is convex and the start fixed: same rows, same correction.
    """
    grams = _gram_matrix(normalize_texts([text[:MAX_CHARS] for text in texts])).tocsc()
    seen = np.flatnonzero(np.diff(grams.indptr) > 1) if shape.grams is not None else np.zeros(0, np.int64)
    odds = logit(np.clip(before, SURE, 1 - SURE))
    matrix = csr_array(grams[:, seen])

    def loss(x: np.ndarray) -> tuple[float, np.ndarray]:
        z = x[0] * odds + x[1] + matrix @ x[2:]
        wrong = weight * (expit(z) - target)
        away = np.concatenate(([shape.scale * (x[0] - 1), shape.shift * x[1]], (shape.grams or 0) * x[2:]))
        off = np.concatenate(([x[0] - 1, x[1]], x[2:]))
        slope = np.concatenate(([wrong @ odds, wrong.sum()], matrix.T @ wrong)) + away
        return float((weight * (np.logaddexp(0, z) - target * z)).sum() + 0.5 * (away @ off)), slope

    start = np.concatenate(([1.0, 0.0], np.zeros(len(seen))))
    from scipy.optimize import minimize  # annotating needs none of it

    found = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": 300}).x
    kept = {int(k): float(v) for k, v in zip(seen, found[2:], strict=True) if abs(v) >= 0.005}
    return Correction(float(found[0]), float(found[1]), kept or None)


def correct(corrections: Mapping[str, Correction], texts: pa.ChunkedArray, annotations: pa.Table) -> pa.Table:
    """ANNOTATIONS (or head columns) under `corrections` (head -> correction); rows never scored stay unscored."""
    for head, correction in corrections.items():
        if f"{head}_label" in annotations.schema.names:
            annotations = _correct_head(head, correction, texts, annotations)
    return annotations


def _correct_head(head: str, correction: Correction, texts: pa.ChunkedArray, annotations: pa.Table) -> pa.Table:
    before = yes_probability(head, annotations)
    rows = np.flatnonzero(~np.isnan(before))
    said = [text or "" for text in texts.take(pa.array(rows)).to_pylist()]
    normalized = normalize_texts([text[:MAX_CHARS] for text in said])
    after = correction._probability(normalized, before[rows]).astype(np.float32)
    labels = annotations[f"{head}_label"].to_pylist()
    scores, evidence = annotations[f"{head}_score"].to_pylist(), annotations[f"{head}_evidence"].to_pylist()
    for place, row in enumerate(rows.tolist()):
        label = _label(head, labels[row], float(after[place]))
        if label == YES[head] and not evidence[row]:
            spans = correction.spans(normalized, place)
            evidence[row] = [{"start": a, "end": b, "why": WHY} for a, b in spans]
        elif label not in (YES[head], UNSURE):
            evidence[row] = []
        labels[row], scores[row] = label, after[place] if label == YES[head] else 1 - after[place]
    new = {f"{head}_label": labels, f"{head}_score": scores, f"{head}_evidence": evidence}
    if f"{head}_kind" in annotations.schema.names:
        kinds = annotations[f"{head}_kind"].to_pylist()
        new[f"{head}_kind"] = [
            k if label in (YES[head], UNSURE) else None for k, label in zip(kinds, labels, strict=True)
        ]
    for name, values in new.items():
        field = annotations.schema.field(name)
        kind = EVIDENCE if name.endswith("_evidence") else field.type
        column = pa.array(values, kind)
        annotations = annotations.set_column(annotations.schema.get_field_index(name), field, column)
    return annotations


def _label(head: str, before: str, after: float) -> str:
    """The label of a corrected probability; what the head left to people stays there until it is clear."""
    if after >= 0.5:
        return YES[head]
    return UNSURE if before == UNSURE and after >= UNSURE_FROM else f"not_{YES[head]}"


def yes_probability(head: str, annotations: pa.Table) -> np.ndarray:
    """The probability of yes of every row, nan where a row was not scored.

    At least a half exactly where the head says yes: a head may ask for more than a half of some texts.
    """
    label = np.array(annotations[f"{head}_label"].to_pylist(), object)
    score = np.array(annotations[f"{head}_score"].to_pylist(), float)
    yes = label == YES[head]
    return np.where(yes, np.maximum(score, 0.5), np.minimum(1 - score, JUST_BELOW))


def _hashed(texts: Sequence[str]) -> Any:
    from nlp.light import hash_grams  # loads torch, which reading this module must not

    return hash_grams(texts, bits=BITS, longest=LONGEST)


def _gram_matrix(normalized: Normalized) -> csr_array:
    """Which n-grams each text holds, every row of length 1: (rows, 2 ** BITS)."""
    grams, rows = _hashed(normalized.texts), len(normalized.texts)
    matrix = csr_array(
        (np.ones(len(grams.bucket)), grams.bucket, np.append(grams.offsets, len(grams.bucket))), (rows, 1 << BITS)
    )
    matrix.sum_duplicates()
    matrix.data[:] = 1.0
    lengths = np.sqrt(np.diff(matrix.indptr).clip(1))
    matrix.data /= np.repeat(lengths, np.diff(matrix.indptr))
    return matrix


def _dense(grams: Mapping[int, float]) -> np.ndarray:
    weights = np.zeros(1 << BITS)
    weights[np.fromiter(grams, np.int64, len(grams))] = np.fromiter(grams.values(), float, len(grams))
    return weights
