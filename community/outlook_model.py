"""Small linear models whose numbers lie in a JSON file: standardise, cut at ±4, multiply.

In: rows of features in the file's order. Out: `score`, one number a row (log odds, or the logarithm of a count).
Example: `LinearModel.read("churn", MEMBER_FEATURES).score(rows)`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np


@dataclass(frozen=True, slots=True)
class LinearModel:
    """Standardisation, coefficients and intercept; `band` = what is added for the lower and upper end (80 %)."""

    mean: np.ndarray
    scale: np.ndarray
    weights: np.ndarray
    offset: float
    band: tuple[float, float]

    def score(self, rows: np.ndarray) -> np.ndarray:
        """One number a row."""
        return np.clip((rows - self.mean) / self.scale, -4, 4) @ self.weights + self.offset


@cache
def shipped_linear(name: str, features: tuple[str, ...]) -> LinearModel:
    """The model in models/<name>/model.json; raises ValueError when it was made for other features."""
    raw = json.loads(files("models").joinpath(name, "model.json").read_text("utf-8"))
    if tuple(raw["features"]) != features:
        raise ValueError(f"models/{name}/model.json was trained on other features: run `nuanqun train outlook`")
    low, high = raw["band"]
    mean, scale, weights = (np.array(raw[k]) for k in ("mean", "scale", "coefficients"))
    return LinearModel(mean, scale, weights, raw["intercept"], (low, high))
