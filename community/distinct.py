"""Distinct numbers and distinct voices, without the detours of np.unique (which hashes integers: slow from 1,000 on).

Example: `distinct(np.array([3, 1, 3]))` -> `[1, 3]`; `voices(who, low, high)` members heard in each span.
"""

from __future__ import annotations

import numpy as np


def distinct(values: np.ndarray) -> np.ndarray:
    """The distinct values, ascending."""
    ordered = np.sort(values)
    return ordered[np.append(True, ordered[1:] != ordered[:-1])] if len(ordered) else ordered


def voices(who: np.ndarray, low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """How many distinct members wrote the messages [low, high) of each span; `who` has one entry a message."""
    order = np.argsort(who, kind="stable")
    before = np.full(len(who), -1, np.int64)  # the same member's message before
    same = who[order[1:]] == who[order[:-1]]
    before[order[1:][same]] = order[:-1][same]
    size = high - low
    span = np.repeat(np.arange(len(low)), size)
    message = np.arange(len(span)) - np.repeat(np.cumsum(size) - size, size) + low[span]
    return np.bincount(span[before[message] < low[span]], minlength=len(low))
