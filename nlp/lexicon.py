"""Word lists of data/lexicons: reading them, and finding all their words in a batch of texts at once.

In: `data/lexicons/*.txt` (a word a line, `#` comments) and `*.toml`. Out: plain collections, or a `Matcher`
that looks every window of every text up in one hash table, so its cost does not grow with the word list.
Example: `Matcher({"红包": 0}).find(codes)` -> positions of 红包.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

import data

FOLDER = Path(data.__file__).parent / "lexicons"
_PRIME = np.uint64(0x100000001B3)
_MIX = np.uint64(0x9E3779B97F4A7C15)
_TABLE_BITS = 20


@cache
def read_words(name: str) -> tuple[str, ...]:
    """The words of data/lexicons/NAME.txt in file order."""
    lines = (FOLDER / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    return tuple(word for line in lines if (word := line.split("#", 1)[0].strip()))


@cache
def read_sections(name: str) -> dict[str, Any]:
    """The content of data/lexicons/NAME.toml."""
    return tomllib.loads((FOLDER / f"{name}.toml").read_text(encoding="utf-8"))


def rolling_hashes(codes: np.ndarray, longest: int) -> list[np.ndarray]:
    """Hashes of all windows of 1..`longest` code points; element n-1 has len(codes)-n+1 values (uint64)."""
    with np.errstate(over="ignore"):
        wide = (codes.astype(np.uint64) + np.uint64(1)) * _MIX
        hashes = [wide]
        for n in range(2, min(longest, len(codes)) + 1):
            hashes.append((hashes[-1][:-1] ^ wide[n - 1 :]) * _PRIME + hashes[-1][:-1])
        return [h * _MIX for h in hashes]


@dataclass(frozen=True, slots=True)
class Found:
    """Occurrences of lexicon words in a flat array of code points: window [start, start+length), word index."""

    start: np.ndarray
    length: np.ndarray
    word: np.ndarray


class Matcher:
    """Finds many words in many texts in one vectorised pass; overlapping hits are all reported."""

    def __init__(self, words: Mapping[str, int]) -> None:
        self.longest = max(map(len, words), default=0)
        self._by_length: dict[int, tuple[np.ndarray, np.ndarray, np.ndarray]] = {}
        for n in sorted({len(word) for word in words}):
            chosen = [word for word in words if len(word) == n]
            codes = np.frombuffer("".join(chosen).encode("utf-32-le"), np.uint32)
            hashes = rolling_hashes(codes, n)[-1][::n]
            order = np.argsort(hashes)
            values = np.array([words[word] for word in chosen], np.int64)[order]
            table = np.zeros(1 << _TABLE_BITS, bool)
            table[hashes >> np.uint64(64 - _TABLE_BITS)] = True
            self._by_length[n] = (hashes[order], values, table)

    def find(self, codes: np.ndarray) -> Found:
        """All occurrences in `codes` (rows joined by a code point that is in no word), by length, then place."""
        starts, lengths, words = [], [], []
        windows = rolling_hashes(codes, self.longest)
        for n, (hashes, values, table) in self._by_length.items():
            if n > len(windows):
                break
            seen = windows[n - 1]
            maybe = np.flatnonzero(table[seen >> np.uint64(64 - _TABLE_BITS)])
            place = np.minimum(np.searchsorted(hashes, seen[maybe]), len(hashes) - 1)
            sure = hashes[place] == seen[maybe]
            starts.append(maybe[sure])
            words.append(values[place[sure]])
            lengths.append(np.full(int(sure.sum()), n, np.int64))
        if not starts:
            empty = np.zeros(0, np.int64)
            return Found(empty, empty, empty)
        return Found(np.concatenate(starts), np.concatenate(lengths), np.concatenate(words))
