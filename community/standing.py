"""Chats ranked fairly: each against what is usual for its size, never a chat of twenty against one of five hundred.

In: CHATS, and DAYS speakers as `talking`. Out: the table STANDINGS. Expected warmth is a straight line over the
logarithm of size (Theil-Sen, so that one odd chat does not bend it) where there are at least `LEAST` chats, else
nothing is expected; beside it the place among the chats of the same size class.
Example: `rank_chats(chats).slice(0, 1)["chat_id"]`.
"""

from __future__ import annotations

from bisect import bisect_left

import numpy as np
import pyarrow as pa
from scipy.stats import theilslopes

from community.tables import STANDINGS, check_table

MARKS = (30, 100, 150, 200, 500)
"""Upper ends of the size classes; the last class is open. 150, 200 and 500 are the marks of the panel `size`."""
LEAST = 8
"""Fewer chats give no line."""


def size_class(size: int) -> int:
    """0 = up to 30 members, 1 = up to 100, ... 5 = more than 500."""
    return bisect_left(MARKS, size)


def rank_chats(chats: pa.Table) -> pa.Table:
    """STANDINGS, the furthest above its expectation first; without expectations by the place in the own class."""
    rows = chats.select(["chat_id", "size", "temperature", "temperature_low", "temperature_high", "stage"]).to_pylist()
    sizes = np.array([max(row["size"], 1) for row in rows], float)
    heat = np.array([row["temperature"] for row in rows], float)
    expected = expect(sizes, heat)
    kind = np.array([size_class(int(size)) for size in sizes], int)
    found = []
    for i, row in enumerate(rows):
        peers = heat[kind == kind[i]]
        ahead = None if np.isnan(expected[i]) else float(heat[i] - expected[i])
        found.append(
            {
                "chat_id": row["chat_id"],
                "size": int(row["size"]),
                "size_class": int(kind[i]),
                "temperature": float(heat[i]),
                "expected": None if ahead is None else float(expected[i]),
                "ahead": ahead,
                "verdict": _verdict(row, expected[i]),
                "place": 1 + int((peers > heat[i]).sum()),
                "peers": len(peers),
                "stage": row["stage"],
            }
        )
    found.sort(key=lambda r: (r["ahead"] is None, -(r["ahead"] or 0), (r["place"] - 1) / r["peers"], r["chat_id"]))
    table = pa.Table.from_pylist(found, schema=STANDINGS)
    return check_table(table, STANDINGS)


def expect(sizes: np.ndarray, heat: np.ndarray) -> np.ndarray:
    """The temperature usual for each size, 0..100; nan with fewer than LEAST chats."""
    if len(sizes) < LEAST:
        return np.full(len(sizes), np.nan)
    log = np.log(sizes)
    if np.ptp(log) == 0:
        return np.full(len(sizes), float(np.median(heat)))
    slope, offset, _, _ = theilslopes(heat, log, method="joint")
    return np.clip(offset + slope * log, 0, 100)


def _verdict(row: dict, expected: float) -> str:
    """Whether the interval of the temperature lies above or below what is usual for the size."""
    if np.isnan(expected):
        return "unknown"
    return "above" if row["temperature_low"] > expected else "below" if row["temperature_high"] < expected else "usual"
