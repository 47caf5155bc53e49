"""Campaigns: messages that say the same with another contact, number or disguise.

In: raw texts. Out: one number a text, equal for near-duplicates. A text becomes its skeleton (normalised, contacts,
links, numbers and everything but letters left out); skeletons whose three-letter shingles overlap by at least 60 %
belong together, found by MinHash with bands (Broder 1997; Leskovec et al., Mining of Massive Datasets, §3.4).
Example: `group(["兼职日结，加V：abc12345", "兼-职 日结 加v xyz99887"])` -> [0, 0].
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from functools import cache
from hashlib import blake2b

import numpy as np

from nlp.cues import PATTERNS
from nlp.normalize import normalize_texts

SHINGLE = 3
ALIKE = 0.6
"""Jaccard similarity of shingles from which two texts are one campaign."""
LEAST = 6
"""Letters that a skeleton needs: shorter texts are alike by chance, and only equal ones go together."""
_BANDS, _ROWS = 12, 2
_NO_LETTERS = r"[\W\d_零〇一二两三四五六七八九十百千万]+"


def group(texts: Sequence[str]) -> np.ndarray:
    """The campaign of each text, numbered from 0 in order of first appearance; a text alone is its own campaign."""
    bones = skeletons(texts)
    unique = list(dict.fromkeys(bones))
    root = _join(unique)
    first = {bone: root[i] for i, bone in enumerate(unique)}
    numbers: dict[int, int] = {}
    return np.array([numbers.setdefault(first[bone], len(numbers)) for bone in bones], np.int64)


def skeletons(texts: Sequence[str]) -> list[str]:
    """Each text without disguise, contacts, links, numbers, signs and spaces; the whole text where nothing is left."""
    normal = normalize_texts(list(texts)).texts
    return [_letters(text) or text for text in normal]


def _letters(text: str) -> str:
    return re.sub(_NO_LETTERS, "", _contacts().sub("", text))


@cache
def _contacts() -> re.Pattern[str]:
    return re.compile("|".join((PATTERNS["link"], PATTERNS["contact_id"])), re.IGNORECASE)


def _join(bones: list[str]) -> list[int]:
    """The representative of each skeleton: equal for those that are alike, by way of others too."""
    root = list(range(len(bones)))

    def find(i: int) -> int:
        while root[i] != i:
            root[i] = root[root[i]]
            i = root[i]
        return i

    shingles = [_shingles(bone) if len(bone) >= LEAST else frozenset() for bone in bones]
    for some in _candidates(shingles):
        for other in some[1:]:
            if find(some[0]) != find(other) and _alike(shingles[some[0]], shingles[other]):
                root[find(other)] = find(some[0])
    return [find(i) for i in range(len(bones))]


def _shingles(bone: str) -> frozenset[int]:
    pieces = {bone[i : i + SHINGLE] for i in range(len(bone) - SHINGLE + 1)}
    return frozenset(int.from_bytes(blake2b(p.encode(), digest_size=7).digest(), "big") for p in pieces)


def _candidates(shingles: list[frozenset[int]]) -> list[list[int]]:
    """Rows that share a band of their MinHash signature, in order."""
    generator = np.random.default_rng(7)
    factors = generator.integers(1, 1 << 31, _BANDS * _ROWS, dtype=np.uint64)
    buckets: defaultdict[tuple, list[int]] = defaultdict(list)
    for row, pieces in enumerate(shingles):
        if not pieces:
            continue
        codes = np.fromiter(pieces, np.uint64, len(pieces))
        with np.errstate(over="ignore"):
            mixed = codes[:, None] * (factors * np.uint64(2) + np.uint64(1))
        signature = (mixed ^ (mixed >> np.uint64(29))).min(axis=0)
        for band in range(_BANDS):
            buckets[(band, *signature[band * _ROWS : (band + 1) * _ROWS].tolist())].append(row)
    return [rows for rows in buckets.values() if len(rows) > 1]


def _alike(a: frozenset[int], b: frozenset[int]) -> bool:
    both = len(a & b)
    return both >= ALIKE * (len(a) + len(b) - both)
