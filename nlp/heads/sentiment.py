"""Mood: polarity in three classes with their probabilities, and one of six emotions.

In: cues and vectors. Out: `sentiment_label` (positive | neutral | negative), its probability, evidence,
`sentiment_positive/_neutral/_negative` and `emotion` (neutral | angry | happy | sad | surprise | fear).
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyarrow as pa

from nlp.annotation import head_columns
from nlp.batch import Batch, label_array, probability_array
from nlp.cues import Cues
from nlp.heads import Head
from nlp.lexicon import read_sections

LABELS = ("positive", "neutral", "negative")
EMOTIONS = ("neutral", "angry", "happy", "sad", "surprise", "fear")
CLASSES = tuple(f"sentiment.{name}" for name in read_sections("sentiment"))
WHYS = {f"sentiment.{prefix}{side}": side for side in ("positive", "negative") for prefix in ("", "emoji_")}


def features(cues: Cues) -> np.ndarray:
    """Capped counts of words and signs of feeling, and feeling words where a negation stands in the same text."""
    names = [*CLASSES, "pattern.exclamation", "pattern.question_mark"]
    counts = cues.matrix(names)
    by_name = dict(zip(names, counts.T, strict=True))
    negated = by_name["sentiment.negation"] > 0
    turned = [negated & (by_name[f"sentiment.{side}"] > 0) for side in ("positive", "negative")]
    return np.column_stack([np.minimum(counts, 3) / 3, *turned]).astype(np.float32)


def predict(batch: Batch) -> Mapping[str, pa.Array]:
    """Polarity, its probabilities, evidence and emotion of each text; a text without words is neutral."""
    neutral = np.array([0.0, 1.0, 0.0])
    polarity = np.where(batch.blank[:, None], neutral, batch.probabilities["polarity"])
    emotion = np.where(batch.blank, 0, batch.probabilities["emotion"].argmax(axis=1))
    label = polarity.argmax(axis=1)
    rows = np.flatnonzero(label != LABELS.index("neutral"))
    return {
        "sentiment_label": label_array(LABELS, label),
        "sentiment_score": probability_array(polarity.max(axis=1)),
        "sentiment_evidence": batch.evidence(
            rows, WHYS, output="polarity", classes=label, most=1, only=[LABELS[i] for i in label]
        ),
        **{f"sentiment_{name}": probability_array(polarity[:, i]) for i, name in enumerate(LABELS)},
        "emotion": label_array(EMOTIONS, emotion),
    }


HEAD = Head(
    name="sentiment",
    labels=LABELS,
    columns=tuple(
        head_columns(
            "sentiment",
            [*(pa.field(f"sentiment_{name}", pa.float32()) for name in LABELS), pa.field("emotion", pa.string())],
        )
    ),
    predict=predict,
    outputs={"polarity": LABELS, "emotion": EMOTIONS},
    features=features,
)
