"""Small word lists of the community stage, as regular expressions.

In: `data/lexicons/community/<name>.txt` (one phrase a line, `#` comments). Out: one RE2 pattern a list, and a sieve
that says in one pass over all texts which of them may hold a phrase of which list.
Example: `find_phrases(texts, "organise", sieve(texts))`.
"""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from opencc import OpenCC

from community.code_points import code_points
from community.distinct import distinct
from community.masks import mask

_SLOTS = 1 << 17  # of the sieve: a word of 32 bits each


@cache
def read_phrases(name: str) -> tuple[str, ...]:
    """The phrases of one list in both scripts, longest first; raises FileNotFoundError when it is not shipped."""
    lines = files("data").joinpath("lexicons", "community", f"{name}.txt").read_text("utf-8").splitlines()
    found = {line.strip() for line in lines if line.strip() and not line.startswith("#")}
    found |= {_traditional().convert(phrase) for phrase in found}
    return tuple(sorted(found, key=lambda p: (-len(p), p)))


@cache
def _traditional() -> OpenCC:
    return OpenCC("s2t")


@cache
def phrases(name: str) -> str:
    """A pattern that finds any phrase of the list anywhere in a text, letters in any case."""
    return "(?i)" + "|".join(re.escape(p) for p in read_phrases(name))


def sieve(texts: pa.Array) -> np.ndarray:
    """One number (uint32) a text: bit k is set when it holds the first two characters of a phrase of list k."""
    if not len(texts):
        return np.zeros(0, np.uint32)
    one, two = _heads()
    point, start = code_points(texts)
    found = one[point % _SLOTS]
    found[:-1] |= two[_pair(point[:-1], point[1:])]
    return np.bitwise_or.reduceat(found, start)


def find_phrases(texts: pa.Array, name: str, sieved: np.ndarray) -> np.ndarray:
    """Which texts hold a phrase of the list; only what the sieve lets through is searched."""
    found = np.flatnonzero(sieved & np.uint32(1 << _lists().index(name)))
    hit = np.zeros(len(texts), bool)
    hit[found] = mask(pc.match_substring_regex(texts.take(pa.array(found)), phrases(name)))
    return hit


def may_hold(texts: pa.Array, pairs: list[str]) -> np.ndarray:
    """The places of texts that may hold one of the pairs of characters, letters in any case; all that do are there."""
    point, start = code_points(texts)
    heads, _ = code_points(pa.array(pairs, pa.string()))
    wanted = np.zeros(_SLOTS, bool)
    wanted[_pair(heads[0::3], heads[1::3])] = True
    found = np.flatnonzero(wanted[_pair(point[:-1], point[1:])])
    return distinct(np.searchsorted(start, found, "right") - 1)


@cache
def _lists() -> tuple[str, ...]:
    """The lists that are searched anywhere in a text; those of openings stand at its beginning."""
    folder = files("data").joinpath("lexicons", "community")
    names = sorted(f.name.removesuffix(".txt") for f in folder.iterdir() if f.name.endswith(".txt"))
    return tuple(name for name in names if not name.startswith("opens_"))


@cache
def _heads() -> tuple[np.ndarray, np.ndarray]:
    """Which lists have a phrase of one character, and which a phrase that begins with a pair of characters."""
    one, two = np.zeros(_SLOTS, np.uint32), np.zeros(_SLOTS, np.uint32)
    for bit, name in enumerate(_lists()):
        heads, _ = code_points(pa.array([(p[:2] + " ")[:2] for p in read_phrases(name)], pa.string()))
        first, second, long = heads[0::3], heads[1::3], np.array([len(p) > 1 for p in read_phrases(name)])
        one[first[~long] % _SLOTS] |= np.uint32(1 << bit)
        two[_pair(first[long], second[long])] |= np.uint32(1 << bit)
    return one, two


def _pair(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    return (first * np.uint32(2_654_435_761) ^ second * np.uint32(40_503)) % np.uint32(_SLOTS)


def is_trivial(text: str) -> bool:
    """Whether a text is nothing but 收到, +1 and the like, or has no letter or digit at all (emoji, marks)."""
    bare = "".join(c for c in text if c.isalnum()).lower()
    return not bare or bare in _trivial_words()


@cache
def _trivial_words() -> frozenset[str]:
    return frozenset("".join(c for c in p if c.isalnum()).lower() for p in read_phrases("trivial"))
