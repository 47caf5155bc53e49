"""Evidence: why a text got its label, as spans of the ORIGINAL text.

In: spans in normalised texts (cues and the tokens the model leaned on), as parallel arrays. Out: the evidence column.
Everything works on whole batches at once, because a third of all messages have some label to explain.
Example: `evidence_array(batch.rows, place_spans(normalized, spans, cut=500, missing=zeros))`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from nlp.annotation import EVIDENCE
from nlp.cues import Cues
from nlp.normalize import Normalized

MODEL = "model"
"""Reason of evidence that the learned model found, not a cue."""
MAX_SPANS = 8
"""Most evidence spans a message: enough to judge by, few enough to read."""


@dataclass(frozen=True, slots=True)
class Spans:
    """Parallel arrays: row, half-open [start, end), reason."""

    row: np.ndarray
    start: np.ndarray
    end: np.ndarray
    why: np.ndarray  # of str objects

    def take(self, index: np.ndarray) -> Spans:
        """The spans at `index` (positions or booleans)."""
        return Spans(self.row[index], self.start[index], self.end[index], self.why[index])


def join_spans(first: Spans, second: Spans) -> Spans:
    """The spans of both."""
    return Spans(*(np.concatenate((getattr(first, name), getattr(second, name))) for name in Spans.__slots__))


def cue_spans(cues: Cues, rows: np.ndarray, whys: Mapping[str, str], only: Sequence[str] | None) -> Spans:
    """Cues of the classes in `whys` (class -> reason) in `rows` (of row r only `only[r]`), without nested ones."""
    wanted = np.zeros(cues.rows, bool)
    wanted[rows] = True
    why_of = np.array([whys.get(name, "") for name in cues.names], object)
    mine = wanted[cues.row] & (why_of != "")[cues.kind]
    spans = Spans(cues.row[mine], cues.start[mine], cues.end[mine], why_of[cues.kind[mine]])
    if only is not None:
        spans = spans.take(spans.why == np.array(only, object)[spans.row])
    spans = spans.take(np.lexsort((-spans.end, spans.start, spans.row)))
    # Sorted by start, a span lies inside an earlier one when some end before it in its row reaches as far.
    reach = np.maximum.accumulate(spans.end + spans.row * (1 << 32))
    inside = np.zeros(len(reach), bool)
    inside[1:] = (spans.row[1:] == spans.row[:-1]) & (reach[:-1] >= spans.end[1:] + spans.row[1:] * (1 << 32))
    return spans.take(~inside)


@dataclass(frozen=True, slots=True)
class TokenSizes:
    """The tokens of a batch without their words: characters and whether blank; row r has [first[r], first[r + 1])."""

    first: np.ndarray
    size: np.ndarray
    blank: np.ndarray

    @classmethod
    def of(cls, tokens: Sequence[Sequence[str]]) -> TokenSizes:
        """Measure the tokens of each text."""
        flat = pa.array([token for row in tokens for token in row], pa.string())
        sizes = pc.utf8_length(flat).to_numpy(zero_copy_only=False).astype(np.int64)
        blank = pc.utf8_is_space(flat).to_numpy(zero_copy_only=False)
        return cls(np.concatenate(([0], np.cumsum([len(row) for row in tokens]))).astype(np.int64), sizes, blank)


def token_spans(tokens: TokenSizes, rows: np.ndarray, gain: np.ndarray, most: int) -> Spans:
    """The `most` tokens of each of `rows` with the highest positive gain; `gain` is per character of the rows."""
    counts = np.diff(tokens.first)[rows]
    owner = np.repeat(np.arange(len(rows)), counts)
    rank = np.arange(len(owner)) - np.repeat(np.cumsum(counts) - counts, counts)
    places = tokens.first[rows][owner] + rank
    sizes, blank = tokens.size[places], tokens.blank[places]
    ends = np.cumsum(sizes)
    gains = np.where(blank, 0, np.add.reduceat(gain, ends - sizes)) if len(sizes) else np.zeros(0)
    order = np.lexsort((-gains, owner))
    chosen = order[(rank < most) & (gains[order] > 0)]
    lengths = np.bincount(owner, sizes, len(rows)).astype(np.int64)
    end = ends[chosen] - (np.cumsum(lengths) - lengths)[owner[chosen]]
    return Spans(rows[owner[chosen]], end - sizes[chosen], end, np.full(len(chosen), MODEL, object))


def place_spans(normalized: Normalized, spans: Spans, *, cut: int, missing: np.ndarray) -> Spans:
    """The spans in the original texts, sorted, without repeats, at most MAX_SPANS a row.

    From character `cut` on, row r of the normalised batch lacks `missing[r]` characters of the original.
    """
    first = normalized.bounds[spans.row] + spans.start
    last = first + (spans.end - spans.start) - 1
    start, end = normalized.starts[first].astype(np.int64), normalized.ends[last].astype(np.int64)
    start += np.where(start >= cut, missing[spans.row], 0)
    end += np.where(end > cut, missing[spans.row], 0)
    placed = Spans(spans.row, start, end, spans.why)
    placed = placed.take(np.lexsort((end, start, spans.row)))
    new = np.ones(len(placed.row), bool)
    columns = (placed.row, placed.start, placed.end)
    new[1:] = np.any([column[1:] != column[:-1] for column in columns], axis=0)
    placed = placed.take(new)
    rank = np.arange(len(placed.row)) - np.searchsorted(placed.row, placed.row)
    return placed.take(rank < MAX_SPANS)


def evidence_array(rows: int, spans: Spans) -> pa.Array:
    """The evidence column of `rows` texts from placed spans."""
    offsets = np.concatenate(([0], np.cumsum(np.bincount(spans.row, minlength=rows))))
    fields = list(EVIDENCE.value_type)
    columns = (spans.start, spans.end, spans.why)
    arrays = [pa.array(column, f.type) for column, f in zip(columns, fields, strict=True)]
    structs = pa.StructArray.from_arrays(arrays, fields=fields)
    return pa.ListArray.from_arrays(pa.array(offsets.astype(np.int32)), structs)
