"""What the forecast of volume looks at beside the features of the dormancy model: levels smoothed at several speeds.

In: a `Rhythm` and days. Out: one row of VOLUME_FEATURES a day.
Example: `volume_features(rhythm, np.array([rhythm.days]))`.
"""

from __future__ import annotations

from itertools import accumulate

import numpy as np

from community.risk_features import FEATURES, Rhythm, features

HALF_LIVES = (7, 28, 112, 224)
LOG_HALF_LIVES = (7, 28, 112)
MONTHS = 13
VOLUME_FEATURES = (
    *FEATURES,
    *(f"level_{days}" for days in HALF_LIVES),
    *(f"log_level_{days}" for days in LOG_HALF_LIVES),
    "mean_month",
)


def volume_features(rhythm: Rhythm, anchors: np.ndarray) -> np.ndarray:
    """The features of the dormancy model, then levels, float64.

    `level` = log(1 + 28 x messages a day smoothed with that half-life in days), `log_level` = log(1 + messages of a
    day) smoothed likewise, `mean_month` = mean of log(1 + messages) over the 13 months of 28 days before.
    """
    total = np.concatenate([[0], np.cumsum(rhythm.counts)])
    columns = [np.log1p(28 * _smooth(rhythm.counts, days)[anchors]) for days in HALF_LIVES]
    columns += [_smooth(np.log1p(rhythm.counts), days)[anchors] for days in LOG_HALF_LIVES]
    months = [
        np.log1p(total[np.maximum(anchors - 28 * k, 0)] - total[np.maximum(anchors - 28 * (k + 1), 0)])
        for k in range(MONTHS)
    ]
    return np.column_stack([features(rhythm, anchors), *columns, np.mean(months, axis=0)])


def _smooth(counts: np.ndarray, half_life: float) -> np.ndarray:
    """Exponential smoothing; entry k is known before day k begins."""
    keep = 0.5 ** (1 / half_life)
    added = ((1 - keep) * counts.astype(float)).tolist()
    return np.array(list(accumulate(added, lambda level, new: keep * level + new, initial=0.0)))
