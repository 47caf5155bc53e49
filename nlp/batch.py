"""What a head sees: a batch of distinct texts with tokens, cues, vectors, probabilities, and evidence on demand.

In: raw texts and the shared models. Out: `Batch`. Evidence always points into the ORIGINAL text.
Example: `batch.probabilities["ads"]` -> (rows, 2).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from nlp.annotation import EVIDENCE
from nlp.cues import Cues
from nlp.encoder import Encoder
from nlp.normalize import Normalized

MODEL = "model"
"""Reason of evidence that the learned model found, not a cue."""
MAX_SPANS = 8
"""Most evidence spans a message: enough to judge by, few enough to read."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Distinct texts, scored together. Row i of everything belongs to text i.

    `probabilities` and `directions` are per learned output: (rows, classes) and (classes, encoder dim).
    `cut` is where the middle of a too long text was
    left out (nlp/annotate.py), and `missing` how many characters.
    """

    normalized: Normalized
    tokens: list[list[str]]
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
    def blank(self) -> np.ndarray:
        """Rows without a letter, digit or sign that could carry meaning, as booleans."""
        return np.fromiter((not text.strip() for text in self.normalized.texts), bool, self.rows)

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
        spans: dict[int, list[tuple[int, int, str]]] = {}
        for row in rows.tolist():
            cues = self.cues.spans(row, whys)
            spans[row] = [cue for cue in cues if only is None or cue[2] == only[row]]
        # The model is asked only where the cues leave something to say: it costs more than all else but jieba.
        open_rows = [row for row, found in spans.items() if len(found) < most and classes[row] >= 0]
        learned = np.array(open_rows, np.int64)
        for row, start, end in self._strongest(learned, self.directions[output][classes[learned]], most):
            spans[row].append((start, end, MODEL))
        return evidence_array(self.rows, {row: self._to_original(row, found) for row, found in spans.items()})

    def _strongest(self, rows: np.ndarray, directions: np.ndarray, most: int) -> list[tuple[int, int, int]]:
        """(row, start, end) of the tokens that move the vector furthest along its direction, in normalised texts."""
        texts = [self.normalized.texts[row] for row in rows]
        sizes = np.array([len(token) for row in rows for token in self.tokens[row]], np.int64)
        if not len(sizes):
            return []
        gain = self.encoder.attribute(texts, directions)
        ends = np.cumsum(sizes)
        gains = np.add.reduceat(gain, ends - sizes)
        counts = np.array([len(self.tokens[row]) for row in rows])
        owner = np.repeat(np.arange(len(rows)), counts)
        text_starts = np.concatenate(([0], np.cumsum([len(text) for text in texts])))[owner]
        order = np.lexsort((-gains, owner))
        rank = np.arange(len(order)) - np.repeat(np.cumsum(counts) - counts, counts)
        chosen = order[(rank < most) & (gains[order] > 0)]
        starts = ends - sizes - text_starts
        return [
            (int(rows[owner[i]]), int(starts[i]), int(starts[i] + sizes[i]))
            for i in chosen.tolist()
            if texts[owner[i]][starts[i] : starts[i] + sizes[i]].strip()
        ]

    def _to_original(self, row: int, spans: Sequence[tuple[int, int, str]]) -> list[tuple[int, int, str]]:
        missing = int(self.missing[row])
        result: dict[tuple[int, int], str] = {}
        for start, end, why in spans[:MAX_SPANS]:
            first, last = self.normalized.span(row, start, end)
            first += missing if first >= self.cut else 0
            last += missing if last > self.cut else 0
            result.setdefault((first, last), why)
        return [(start, end, why) for (start, end), why in sorted(result.items())]


def evidence_array(rows: int, spans: Mapping[int, Sequence[tuple[int, int, str]]]) -> pa.Array:
    """The evidence column of `rows` texts from the (start, end, why) of some of them, in order of rows."""
    counts = np.zeros(rows + 1, np.int32)
    for row, found in spans.items():
        counts[row + 1] = len(found)
    flat = [span for found in spans.values() for span in found]
    starts, ends, whys = zip(*flat, strict=True) if flat else ((), (), ())
    fields = list(EVIDENCE.value_type)
    arrays = [pa.array(values, f.type) for values, f in zip((starts, ends, whys), fields, strict=True)]
    offsets = pa.array(np.cumsum(counts, dtype=np.int32))
    return pa.ListArray.from_arrays(offsets, pa.StructArray.from_arrays(arrays, fields=fields))


def label_array(labels: Sequence[str], indices: np.ndarray) -> pa.Array:
    """Labels as strings from their indices."""
    return pa.array(labels, pa.string()).take(pa.array(indices))


def probability_array(values: np.ndarray) -> pa.Array:
    """A float32 column of probabilities."""
    return pa.array(np.clip(values, 0.0, 1.0).astype(np.float32))
