"""Topics of community chats: ids of data/topics.toml.

In: cues and vectors. Out: `topic_label`, its probability, evidence. Topics with labelled examples are learned;
the community's own (offers, events, notices ...) speak up by their words, and share one softmax with the rest.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyarrow as pa

from nlp.annotation import head_columns
from nlp.batch import Batch, label_array, probability_array
from nlp.cues import Cues, topics
from nlp.heads import Head

LABELS = tuple(topics())
TRAINED = tuple(name for name, section in topics().items() if section.get("trained"))
DEFAULT = "chitchat"
WHYS = {f"topic.{name}": name for name in LABELS}

WORD = 1.6
"""Log-odds that one word of a topic adds, up to three words."""
SILENT = -6.0
"""Log-probability of a topic that has no examples, before any of its words."""


def features(cues: Cues) -> np.ndarray:
    """Capped counts of the words of every topic."""
    return np.minimum(cues.matrix([f"topic.{name}" for name in LABELS]), 3) / 3


def predict(batch: Batch) -> Mapping[str, pa.Array]:
    """Topic, probability and evidence of each text; without a word or sign it is chitchat."""
    words = np.minimum(batch.cues.matrix([f"topic.{name}" for name in LABELS]), 3)
    scores = np.full((batch.rows, len(LABELS)), SILENT)
    learned = [LABELS.index(name) for name in TRAINED]
    scores[:, learned] = np.log(np.maximum(batch.probabilities["topic"], 1e-6))
    others = [i for i in range(len(LABELS)) if i not in learned]
    scores[:, others] += WORD * words[:, others] + WORD * (words[:, others] > 0)
    scores[batch.blank, LABELS.index(DEFAULT)] = 20.0
    shares = np.exp(scores - scores.max(axis=1, keepdims=True))
    shares /= shares.sum(axis=1, keepdims=True)
    label = shares.argmax(axis=1)
    rows = np.flatnonzero(label != LABELS.index(DEFAULT))
    classes = np.array([TRAINED.index(name) if name in TRAINED else -1 for name in LABELS])[label]
    names = np.array(LABELS)[label].tolist()
    return {
        "topic_label": label_array(LABELS, label),
        "topic_score": probability_array(shares.max(axis=1)),
        "topic_evidence": batch.evidence(rows, WHYS, output="topic", classes=classes, most=1, only=names),
    }


HEAD = Head(
    name="topic",
    labels=LABELS,
    columns=tuple(head_columns("topic")),
    predict=predict,
    outputs={"topic": TRAINED},
    features=features,
)
