"""Texts as people disguise them -> plain text, with the way back to the original characters.

In: raw message texts. Out: `Normalized`: NFKC (no full-width or maths letters, circled or keycap digits),
lower case, simplified characters, no zero-width, bidi or combining marks, every white space a plain space, and
contact words without disguise (nlp/disguise.py); for each character the span of the original it came from.
One vectorised table look-up serves a whole batch; only rows with a disguise trigger are looked at singly.
Example: `normalize_texts(["加薇信：ＡＢＣ１２３"]).texts` -> ["加微信:abc123"].
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from nlp import disguise

SEPARATOR = 0
"""Code point between rows; it is in no text, because control characters become spaces."""

_TABLE_END = 0x30000
_MARKS = ((0x300, 0x370), (0x1AB0, 0x1B00), (0x1DC0, 0x1E00), (0x20D0, 0x2100), (0xFE00, 0xFE30))
_KEEP = {"…", "⋯", "℃", "㎡", "™"}


@dataclass(frozen=True, slots=True)
class Normalized:
    """A batch: normalised `texts`, and flat arrays over all their characters.

    `codes` are the code points of the rows joined by SEPARATOR; row r occupies [bounds[r], bounds[r + 1] - 1).
    `starts`/`ends` give, for each of `codes`, the half-open span of the original text of its row.
    """

    texts: list[str]
    codes: np.ndarray
    bounds: np.ndarray
    starts: np.ndarray
    ends: np.ndarray

    def take(self, rows: np.ndarray) -> Normalized:
        """The texts at `rows` (sorted, distinct), as if they alone had been normalised."""
        if len(rows) == len(self.texts):
            return self
        sizes = np.diff(self.bounds)[rows]
        bounds = np.concatenate(([0], np.cumsum(sizes)))
        places = np.repeat(self.bounds[rows] - bounds[:-1], sizes)[: bounds[-1] - 1] + np.arange(max(0, bounds[-1] - 1))
        codes, starts, ends = self.codes[places], self.starts[places], self.ends[places]
        # `codes` has no separator behind its last row, so neither has what is taken.
        return Normalized([self.texts[row] for row in rows], codes, bounds, starts, ends)

    def span(self, row: int, start: int, end: int) -> tuple[int, int]:
        """Characters of the ORIGINAL text behind [start, end) of the normalised text of `row`."""
        if end <= start:
            raise ValueError(f"span [{start}, {end}) of row {row} is empty")
        first = int(self.bounds[row])
        return int(self.starts[first + start]), int(self.ends[first + end - 1])


def _plain(char: str) -> str:
    """What one character becomes: nothing, one character, or a few."""
    code = ord(char)
    category = unicodedata.category(char)
    if category == "Lo" and not unicodedata.decomposition(char):  # nearly all characters of the table
        return char
    if category == "Cf" or any(low <= code < high for low, high in _MARKS):
        return ""
    if category in ("Cc", "Zs", "Zl", "Zp"):
        return " "
    if 0x1F1E6 <= code <= 0x1F1FF:
        return chr(ord("a") + code - 0x1F1E6)
    for first in (0x1F130, 0x1F150, 0x1F170):  # squared and circled capitals, the emoji letters among them
        if first <= code < first + 26:
            return chr(ord("a") + code - first)
    if char in _KEEP:
        return char
    number = unicodedata.numeric(char, None) if category == "No" else None
    if number is not None and number == int(number) and number < 100:
        return str(int(number))
    plain = unicodedata.normalize("NFKC", char)
    if "LATIN" in unicodedata.name(char, ""):  # é and ṿ are disguises of e and v far more often than French
        plain = "".join(c for c in unicodedata.normalize("NFKD", char) if not unicodedata.combining(c)) or plain
    return plain.lower().replace("\0", " ")


@cache
def _tables() -> tuple[np.ndarray, np.ndarray, dict[int, np.ndarray], np.ndarray]:
    """(code point -> plain code point, -> how many characters, the longer expansions, disguise triggers)."""
    import opencc

    plain = np.arange(0x110000, dtype=np.uint32)
    width = np.ones(0x110000, np.uint8)
    triggers = np.zeros(0x110000, bool)
    longer: dict[int, np.ndarray] = {}
    han = [chr(c) for c in range(0x2E80, _TABLE_END) if unicodedata.category(chr(c)) == "Lo"]
    simple = dict(zip(han, opencc.OpenCC("t2s").convert("\n".join(han)).split("\n"), strict=True))
    # Nearly all of the table stays as it is or becomes another single character.
    single = [c for c in han if len(simple[c]) == 1 and not unicodedata.decomposition(c)]
    plain[_codes("".join(single))] = _codes("".join(simple[c] for c in single))
    for code in sorted(set(range(_TABLE_END)) - set(range(0xD800, 0xE000)) - set(map(ord, single))):
        new = "".join(simple.get(c, c) for c in _plain(chr(code)))
        width[code] = len(new)
        if len(new) == 1:
            plain[code] = ord(new)
        elif new:
            longer[code] = _codes(new)
    width[0xE0000:0xE0200] = 0  # tags and supplementary variation selectors
    triggers[list(disguise.trigger_codes())] = True
    return plain, width, longer, triggers


def normalize_texts(texts: Sequence[str]) -> Normalized:
    """Normalise a batch of texts; see `Normalized`."""
    joined = "\n".join(texts).encode("utf-32-le", "surrogatepass")
    raw = np.frombuffer(joined, np.uint32)
    lengths = np.fromiter(map(len, texts), np.int64, len(texts))
    row_starts = np.concatenate(([0], np.cumsum(lengths + 1)))
    plain, width, longer, triggers = _tables()
    counts = width[raw].astype(np.int64)
    ends_of_rows = row_starts[1:-1] - 1
    counts[ends_of_rows] = 1
    origin = np.repeat(np.arange(len(raw)), counts)
    codes = plain[raw[origin]]
    kept = np.concatenate(([0], np.cumsum(counts)))
    for place in np.flatnonzero(counts > 1):
        codes[kept[place] : kept[place + 1]] = longer[int(raw[place])]
    codes[kept[ends_of_rows]] = SEPARATOR
    bounds = np.append(kept[row_starts[:-1]], len(codes) + 1) if len(texts) else np.zeros(1, np.int64)
    row_of = np.repeat(np.arange(len(texts)), np.diff(bounds))[: len(codes)]
    starts = (origin - row_starts[row_of]).astype(np.int32)
    result = Normalized(_split(codes, len(texts)), codes, bounds, starts, starts + 1)
    suspects = np.unique(row_of[triggers[codes]])
    return _reveal(result, suspects)


def _split(codes: np.ndarray, rows: int) -> list[str]:
    return codes.tobytes().decode("utf-32-le", "surrogatepass").split("\0") if rows else []


def _reveal(batch: Normalized, suspects: np.ndarray) -> Normalized:
    """The batch with the disguises of the suspect rows undone."""
    pieces: list[tuple[np.ndarray, ...]] = []
    texts, bounds, last = list(batch.texts), batch.bounds.copy(), 0
    flat = (batch.codes, batch.starts, batch.ends)
    triggered = suspects.tolist()
    for row in (triggered[place] for place in disguise.suspects([texts[row] for row in triggered])):
        first, end = int(batch.bounds[row]), int(batch.bounds[row + 1]) - 1
        starts, ends = batch.starts[first:end], batch.ends[first:end]
        text = texts[row]
        for found in disguise.edits(text):
            starts, ends = _move(starts, ends, found)
            text = disguise.apply(text, found)
        if text is texts[row] or text == texts[row]:
            continue
        pieces += [tuple(a[last:first] for a in flat), (_codes(text), starts, ends)]
        bounds[row + 1 :] += len(text) - (end - first)
        texts[row], last = text, end
    if not pieces:
        return batch
    pieces.append(tuple(a[last:] for a in flat))
    codes, starts, ends = (np.concatenate(arrays) for arrays in zip(*pieces, strict=True))
    return Normalized(texts, codes, bounds, starts, ends)


def _codes(text: str) -> np.ndarray:
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)


def _move(starts: np.ndarray, ends: np.ndarray, found: list[disguise.Edit]) -> tuple[np.ndarray, np.ndarray]:
    """Origin spans after edits: equal length keeps them one to one, else each new character spans the old region."""
    new_starts, new_ends, last = [], [], 0
    for start, end, new in found:
        new_starts.append(starts[last:start])
        new_ends.append(ends[last:start])
        if len(new) == end - start:
            new_starts.append(starts[start:end])
            new_ends.append(ends[start:end])
        else:
            new_starts.append(np.full(len(new), starts[start], np.int32))
            new_ends.append(np.full(len(new), ends[end - 1], np.int32))
        last = end
    new_starts.append(starts[last:])
    new_ends.append(ends[last:])
    return np.concatenate(new_starts), np.concatenate(new_ends)


def normalize(text: str) -> str:
    """One text in its normalised form."""
    return normalize_texts([text]).texts[0]
