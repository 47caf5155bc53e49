"""Texts as one array of numbers, so that a search costs a few passes over an array instead of a call a text.

In: texts. Out: code points in a row, ASCII letters in lower case, every text closed by a line feed.
Example: `point, start = code_points(pa.array(["Ab", ""]))` -> `[97, 98, 10, 10], [0, 3]`.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc


def code_points(texts: pa.Array) -> tuple[np.ndarray, np.ndarray]:
    """All characters (uint32), and where each text starts."""
    closed: pa.Array = pc.binary_join_element_wise(texts, "\n", "")
    _, ends, data = closed.buffers()
    first, last = np.frombuffer(ends, np.int32)[[closed.offset, closed.offset + len(closed)]]
    joined = str(memoryview(data)[first:last], "utf-8") if len(closed) else ""
    point = np.frombuffer(joined.encode("utf-32-le"), np.uint32)
    start = np.concatenate([[0], np.cumsum(pc.utf8_length(texts).to_numpy() + 1)[:-1]]).astype(np.int64)
    capital = (point - 65) < 26  # what lies below wraps round to a large number
    return point + 32 * capital.astype(np.uint32), start[: len(texts)]
