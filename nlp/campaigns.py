"""Campaigns: messages that say the same with another contact, number or disguise.

In: raw texts. Out: one number a text, equal for near-duplicates. A text becomes its skeleton (normalised, contacts,
links, numbers and everything but letters left out); skeletons whose three-letter shingles overlap by at least 60 %
belong together, found by MinHash with bands (Broder 1997; Leskovec et al., Mining of Massive Datasets, §3.4).
Example: `group(["兼职日结，加V：abc12345", "兼-职 日结 加v xyz99887"])` -> [0, 0].
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import blake2b

import numpy as np
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import connected_components

from nlp.cues import PATTERNS
from nlp.normalize import normalize_texts

SHINGLE = 3
ALIKE = 0.6
"""Jaccard similarity of shingles from which two texts are one campaign."""
LEAST = 6
"""Letters that a skeleton needs: shorter texts are alike by chance, and only equal ones go together."""
_BANDS, _ROWS = 12, 2
_PAIRS = 100_000
"""Pairs compared at a time: bounds memory, changes no result."""
_TEXTS = 20_000
"""Skeletons cut at a time, likewise: sorting all shingles at once takes sixty bytes for each."""
_NO_LETTERS = re.compile(r"[\W\d_零〇一二两三四五六七八九十百千万]+")
_LATIN = re.compile("[a-z0-9@]", re.IGNORECASE)
"""What every contact and link holds."""


def group(texts: Sequence[str]) -> np.ndarray:
    """The campaign of each text, numbered from 0 in order of first appearance; a text alone is its own campaign."""
    return number(skeletons(texts))


def number(bones: Sequence[str]) -> np.ndarray:
    """The same for texts of which the skeletons are known."""
    place = {bone: i for i, bone in enumerate(dict.fromkeys(bones))}
    joined = _join(list(place))
    _, first, campaign = np.unique(joined, return_index=True, return_inverse=True)
    rank = np.argsort(np.argsort(first))
    return rank[campaign][[place[bone] for bone in bones]]


def skeletons(texts: Sequence[str]) -> list[str]:
    """Each text without disguise, contacts, links, numbers, signs and spaces; the whole text where nothing is left."""
    unique = list(dict.fromkeys(texts))  # advertisements repeat
    bones = {text: _letters(n) or n for text, n in zip(unique, normalize_texts(unique).texts, strict=True)}
    return [bones[text] for text in texts]


def _letters(text: str) -> str:
    return _NO_LETTERS.sub("", _contacts().sub("", text) if _LATIN.search(text) else text)


@cache
def _contacts() -> re.Pattern[str]:
    return re.compile("|".join((PATTERNS["link"], PATTERNS["contact_id"])), re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Shingles:
    """The distinct shingles of each skeleton: 1 where row r has shingle k, whose hash is `codes[k]`."""

    sets: csr_array
    codes: np.ndarray

    @classmethod
    def of(cls, bones: list[str]) -> _Shingles:
        """Cut skeletons of LEAST letters and more; the others have none."""
        blocks = [bones[at : at + _TEXTS] for at in range(0, len(bones), _TEXTS)]
        distinct = np.unique(np.concatenate([np.unique(_cut(block)[0]) for block in blocks]))
        found = [(np.searchsorted(distinct, keys).astype(np.int32), count) for keys, count in map(_cut, blocks)]
        column, count = (np.concatenate(parts) for parts in zip(*found, strict=True))
        ones = np.ones(len(column), np.int32)
        sets = csr_array((ones, column, np.append(0, np.cumsum(count))), shape=(len(bones), len(distinct)))
        sets.sum_duplicates()
        sets.data[:] = 1
        parts = np.column_stack([distinct >> 42, distinct >> 21, distinct]) & 0x1FFFFF
        letters = parts.astype(np.uint32).tobytes().decode("utf-32-le", "surrogatepass")
        pieces = (letters[i : i + SHINGLE] for i in range(0, len(letters), SHINGLE))
        codes = [int.from_bytes(blake2b(p.encode(), digest_size=7).digest(), "big") for p in pieces]
        return cls(sets, np.array(codes, np.uint64))


def _cut(bones: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """The shingles of skeletons, one after the other, each as one number, and how many of them each skeleton has."""
    points = np.frombuffer("\0".join([*bones, ""]).encode("utf-32-le", "surrogatepass"), np.uint32).astype(np.int64)
    sizes = np.fromiter(map(len, bones), np.int64, len(bones))
    count = np.where(sizes >= LEAST, sizes - SHINGLE + 1, 0)
    ends = np.cumsum(count)
    start = np.repeat(np.cumsum(sizes + 1) - sizes - 1 - (ends - count), count) + np.arange(ends[-1])
    return points[start] << 42 | points[start + 1] << 21 | points[start + 2], count


def _join(bones: list[str]) -> np.ndarray:
    """A number of each skeleton, equal for those that are alike, by way of others too."""
    if not bones:
        return np.zeros(0, np.int64)
    shingles = _Shingles.of(bones)
    first, other = _candidates(shingles)
    alike = _alike(shingles.sets, first, other)
    edges = coo_array((np.ones(int(alike.sum())), (first[alike], other[alike])), shape=(len(bones), len(bones)))
    return connected_components(edges, directed=False)[1]


def _candidates(shingles: _Shingles) -> tuple[np.ndarray, np.ndarray]:
    """Pairs of rows that share a band of their MinHash signature: the first that has it, and each other one."""
    factors = np.random.default_rng(7).integers(1, 1 << 31, _BANDS * _ROWS, dtype=np.uint64) * np.uint64(2)
    bounds, column = shingles.sets.indptr, shingles.sets.indices
    rows = np.flatnonzero(np.diff(bounds)).astype(np.int64)
    if not len(rows):
        return rows, rows
    pairs = []
    for band in np.split(factors + np.uint64(1), _BANDS):
        with np.errstate(over="ignore"):
            mixed = [shingles.codes * factor for factor in band]
        signature = [np.minimum.reduceat((m ^ (m >> np.uint64(29)))[column], bounds[rows]) for m in mixed]
        order = np.lexsort(signature)
        same = np.all([values[order][1:] == values[order][:-1] for values in signature], axis=0)
        begin = np.maximum.accumulate(np.where(np.append(False, same), 0, np.arange(len(rows))))
        pairs.append((rows[order][begin] * len(bounds) + rows[order])[1:][same])
    return np.divmod(np.unique(np.concatenate(pairs)), len(bounds))


def _alike(sets: csr_array, first: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Which pairs of rows share enough of their shingles, as booleans."""
    both = np.zeros(len(first), np.int64)
    for at in range(0, len(first), _PAIRS):
        some = slice(at, at + _PAIRS)
        both[some] = sets[first[some]].multiply(sets[other[some]]).sum(axis=1)
    sizes = np.diff(sets.indptr)
    return both >= ALIKE * (sizes[first] + sizes[other] - both)
