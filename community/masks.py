"""Arrow answers as numpy masks: null is False. Example: `mask(pc.equal(table["kind"], "text"))`."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc


def mask(values: pa.Array | pa.ChunkedArray) -> np.ndarray:
    """One bool a row."""
    if isinstance(values, pa.ChunkedArray):
        values = values.combine_chunks()
    return pc.fill_null(values, False).to_numpy(zero_copy_only=False)


def among(column: pa.Array | pa.ChunkedArray, *values: str) -> np.ndarray:
    """Which rows hold one of the values."""
    return mask(pc.is_in(column, pa.array(values)))
