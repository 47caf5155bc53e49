"""What a head sees: a batch of distinct texts with tokens, cues, vectors, probabilities, and evidence on demand.

In: raw texts and the shared models. Out: `Batch`. Evidence always points into the ORIGINAL text.
Example: `batch.probabilities["ads"]` -> (rows, 2).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from nlp.cues import Cues
from nlp.encoder import Encoder
from nlp.evidence import TokenSizes, cue_spans, evidence_array, join_spans, place_spans, token_spans
from nlp.normalize import Normalized

_CHINESE = re.compile(r"[\u3400-\u9fff].*[\u3400-\u9fff]", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Batch:
    """Distinct texts, scored together. Row i of everything belongs to text i.

    `blank` marks rows without any sign. `probabilities` and `directions` are per learned output: (rows, classes) and
    (classes, encoder dim). `cut` is where the middle of a too long text was left out (nlp/annotate.py), and `missing`
    how many characters.
    """

    normalized: Normalized
    blank: np.ndarray
    tokens: TokenSizes
    cues: Cues
    vectors: np.ndarray
    probabilities: Mapping[str, np.ndarray]
    directions: Mapping[str, np.ndarray]
    encoder: Encoder
    cut: int
    missing: np.ndarray

    @property
    def rows(self) -> int:
        """How many texts."""
        return len(self.normalized.texts)

    @property
    def foreign(self) -> np.ndarray:
        """Rows with fewer than two Chinese characters, as booleans: the training texts say nothing about them."""
        return np.fromiter((not _CHINESE.search(text) for text in self.normalized.texts), bool, self.rows)

    def evidence(
        self,
        rows: np.ndarray,
        whys: Mapping[str, str],
        *,
        output: str,
        classes: np.ndarray,
        most: int = 2,
        only: Sequence[str] | None = None,
    ) -> pa.Array:
        """Evidence of each text, empty for all but `rows`.

        Cues of the classes in `whys` (class -> reason; of text i only reason `only[i]`), and the `most` tokens that
        spoke most for class `classes[i]` of the learned `output`; a class below 0 asks for none.
        """
        found = cue_spans(self.cues, rows, whys, only)
        # The model is asked only where the cues leave something to say: it costs more than all else but jieba.
        few = np.bincount(found.row, minlength=self.rows)[rows] < most
        asked = rows[few & (classes[rows] >= 0) & (np.diff(self.normalized.bounds)[rows] > 1)]
        gain = self.encoder.attribute(
            [self.normalized.texts[row] for row in asked], self.directions[output][classes[asked]]
        )
        spans = join_spans(found, token_spans(self.tokens, asked, gain, most))
        placed = place_spans(self.normalized, spans, cut=self.cut, missing=self.missing)
        return evidence_array(self.rows, placed)


def label_array(labels: Sequence[str], indices: np.ndarray) -> pa.Array:
    """Labels as strings from their indices."""
    return pa.array(labels, pa.string()).take(pa.array(indices))


def probability_array(values: np.ndarray) -> pa.Array:
    """A float32 column of probabilities."""
    return pa.array(np.clip(values, 0.0, 1.0).astype(np.float32))
