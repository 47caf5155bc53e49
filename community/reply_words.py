"""Words that two messages share: Latin words and pairs of Chinese characters, rare ones count more.

In: texts. Out: `Words`, how many each text has and what it shares with those before it. Everything is done on one
array of code points, for a loop over texts would cost more than the network that reads the result.
Example: `words = read_words(texts, 60)`; `words.shared[12, 0]` with the text before.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from community.code_points import code_points
from community.distinct import distinct

_BASE = 0x9E3779B97F4A7C15  # odd, so that it has an inverse modulo 2^64
_INVERSE = pow(_BASE, -1, 2**64)
_LATIN, _EDGE, _HAN = 1, 2, 4  # of a word; of a word but not at its ends; Chinese
_OFTEN = 0.04  # a word in more texts than this share carries no meaning


@dataclass(frozen=True, slots=True)
class Words:
    """One entry a text: how many words, length of their weights, and squared weight shared with the texts before."""

    count: np.ndarray
    norm: np.ndarray
    shared: np.ndarray  # (n, lags), the text just before comes first


def read_words(texts: pa.Array, lags: int) -> Words:
    """The words of each text, letters in lower case, weighed by inverse document frequency.

    Words said once and words said everywhere weigh nothing.
    """
    n = len(texts)
    point, start = code_points(texts)
    row = np.repeat(np.arange(n), np.diff(start, append=len(point)))
    latin, han = _latin_words(point, row), _han_pairs(point, row)
    word = pc.dictionary_encode(pa.array(np.concatenate([latin[0], han[0]])))
    number = word.indices.to_numpy(zero_copy_only=False).astype(np.int64)
    key = distinct(number * n + np.concatenate([latin[1], han[1]]))
    column, row = key // max(n, 1), key % max(n, 1)
    document = np.bincount(column)
    idf = np.log((n + 1) / (document + 0.5)).clip(0)
    idf[(document > _OFTEN * n + 2) | (document < 2)] = 0
    kept = idf[column] > 0
    square = idf[column[kept]] ** 2
    norm = np.sqrt(np.bincount(row[kept], square, minlength=n))
    shared = _shared(column[kept], row[kept], square, n, lags)
    return Words(np.bincount(row, minlength=n), norm.astype(np.float32), shared)


def _shared(word: np.ndarray, row: np.ndarray, square: np.ndarray, n: int, lags: int) -> np.ndarray:
    """(n, lags) summed squares of the words that a text shares with each of the `lags` before it."""
    key, part = [np.zeros(0, np.int64)], [np.zeros(0)]
    for back in range(1, lags + 1):  # the word's use before, the one before that, and so on while any is near
        lag = row[back:] - row[:-back]
        near = np.flatnonzero((word[back:] == word[:-back]) & (lag <= lags))
        if not len(near):
            break
        key.append(row[near + back] * lags + lag[near] - 1)
        part.append(square[near + back])
    found = np.bincount(np.concatenate(key), np.concatenate(part), minlength=n * lags)
    return found.reshape(n, lags).astype(np.float32)


def _kinds() -> np.ndarray:
    table = np.zeros(0xA001, np.uint8)  # the last entry stands for all that comes after
    for character in "abcdefghijklmnopqrstuvwxyz0123456789_/+":
        table[ord(character)] = _LATIN
    for character in "'.-":
        table[ord(character)] = _LATIN | _EDGE
    table[0x3400:0xA000] = _HAN
    return table


_KIND = _kinds()


def _latin_words(point: np.ndarray, row: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A hash of every Latin word of two characters or more, and its text."""
    kind = _KIND[np.minimum(point, len(_KIND) - 1)]
    inside = np.flatnonzero(kind & _LATIN)
    if not len(inside):
        return np.zeros(0, np.uint64), np.zeros(0, np.int64)
    value = point[inside].astype(np.uint64)
    first = np.diff(inside, prepend=-2) != 1  # of a run
    core = (kind[inside] & _EDGE) == 0
    run = np.cumsum(first) - 1
    at = np.flatnonzero(core)
    begin = at[np.diff(run[at], prepend=-1) != 0]
    end = at[np.diff(run[at], append=-1) != 0]
    with np.errstate(over="ignore"):
        power = np.cumprod(np.full(len(value), _BASE, np.uint64))
        back = np.cumprod(np.full(len(value), _INVERSE, np.uint64))
        total = np.cumsum(value * power)
        whole = (total[end] - total[begin] + value[begin] * power[begin]) * back[begin]
    long = end > begin
    return whole[long], row[inside[begin[long]]]


def _han_pairs(point: np.ndarray, row: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A number for every pair of Chinese characters side by side, and its text."""
    han = (point >= 0x3400) & (point < 0xA000)
    at = np.flatnonzero(han[:-1] & han[1:])
    with np.errstate(over="ignore"):
        return (point[at].astype(np.uint64) * np.uint64(_BASE)) ^ point[at + 1] ^ np.uint64(1 << 63), row[at]
