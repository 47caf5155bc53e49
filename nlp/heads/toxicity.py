"""Insults, slurs and threats.

In: cues and vectors. Out: `toxicity_label` (toxic | unsure | not_toxic), probability (for unsure: that it is not),
evidence.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyarrow as pa

from nlp.annotation import head_columns
from nlp.batch import Batch, label_array, probability_array
from nlp.cues import Cues
from nlp.heads import UNSURE, Head
from nlp.lexicon import read_sections

LABELS = ("not_toxic", "toxic", UNSURE)
LEARNED = LABELS[:2]
CLASSES = tuple(f"toxicity.{name}" for name in read_sections("toxicity"))
WHYS = {"toxicity.insult": "insult", "toxicity.slur": "slur", "toxicity.violence": "violence"}

THRESHOLD, THRESHOLD_WITHOUT_WORDS = 0.5, 0.75
"""Probability from which a text is toxic, with and without an insult, slur or threat in it.

The training sets are half toxic, chats hardly ever: at 0.5 for all, 2.5 % of ordinary replies are flagged, at 0.75
0.8 % (0.4 % of simulated talk) for half a point of accuracy on forum quarrels; 0.92 would cost six (dev side)."""

UNSURE_FROM = 0.6
"""Probability from which a text without such words is left to people."""


def features(cues: Cues) -> np.ndarray:
    """Capped counts of insults, slurs, threats and calm words."""
    return np.minimum(cues.matrix(CLASSES), 3) / 3


def predict(batch: Batch) -> Mapping[str, pa.Array]:
    """Label, probability and evidence of each text."""
    toxic = np.where(batch.blank, 0.0, batch.probabilities["toxicity"][:, 1])
    hurtful = batch.cues.matrix(list(WHYS)).sum(axis=1) > 0
    is_toxic = (toxic >= np.where(hurtful, THRESHOLD, THRESHOLD_WITHOUT_WORDS)) & (hurtful | ~batch.foreign)
    # Quarrelsome in tone but without a hurtful word: a person may look.
    label = np.where(is_toxic, 1, np.where((toxic >= UNSURE_FROM) & ~batch.foreign, 2, 0))
    rows, ones = np.flatnonzero(label), np.ones(batch.rows, np.int64)
    return {
        "toxicity_label": label_array(LABELS, label),
        "toxicity_score": probability_array(np.where(is_toxic, toxic, 1 - toxic)),
        "toxicity_evidence": batch.evidence(rows, WHYS, output="toxicity", classes=ones),
    }


HEAD = Head(
    name="toxicity",
    labels=LABELS,
    columns=tuple(head_columns("toxicity")),
    predict=predict,
    outputs={"toxicity": LEARNED},
    features=features,
)
