"""Questions and requests for information, with or without a question mark.

In: cues and vectors. Out: `question_label` (question | other), its probability, evidence. Chat drops the
question mark, so the learned output decides with the question words as features.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyarrow as pa

from nlp.annotation import head_columns
from nlp.batch import Batch, label_array, probability_array
from nlp.cues import Cues
from nlp.heads import Head

LABELS = ("other", "question")
CLASSES = (
    "question.word",
    "question.request",
    "question.not_question",
    "pattern.question_mark",
    "pattern.question_end",
    "pattern.exclamation",
)
THRESHOLD = 0.4
"""Probability from which a text is a question; best F1 on the dev side of chat without question marks."""
WHYS = {
    "question.word": "question_word",
    "question.request": "request",
    "pattern.question_mark": "question_mark",
    "pattern.question_end": "question_particle",
}


def features(cues: Cues) -> np.ndarray:
    """Capped counts of question words, particles and marks, and whether they meet."""
    counts = cues.matrix(CLASSES)
    word, request, denied, mark, end, _ = (counts > 0).T
    return np.column_stack(
        [np.minimum(counts, 2) / 2, word & ~denied, mark & (word | end), request & ~mark, word & end]
    ).astype(np.float32)


def predict(batch: Batch) -> Mapping[str, pa.Array]:
    """Label, probability and evidence of each text."""
    asks = np.where(batch.blank, 0.0, batch.probabilities["question"][:, 1])
    is_question = asks >= THRESHOLD
    rows, ones = np.flatnonzero(is_question), np.ones(batch.rows, np.int64)
    return {
        "question_label": label_array(LABELS, is_question.astype(np.int64)),
        "question_score": probability_array(np.where(is_question, asks, 1 - asks)),
        "question_evidence": batch.evidence(rows, WHYS, output="question", classes=ones, most=1),
    }


HEAD = Head(
    name="question",
    labels=LABELS,
    columns=tuple(head_columns("question")),
    predict=predict,
    outputs={"question": LABELS},
    features=features,
)
