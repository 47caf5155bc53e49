"""The risk of dormancy 休眠 within 8 and 12 weeks, with the reasons in signed contributions.

In: the rhythm of clean messages. Out: `Risk`, or None when there is too little history. The model is a logistic
regression whose coefficients lie in models/dormancy/model.json (see its MODEL_CARD.md; made by train_risk.py).
Example: `risk = predict_risk(rhythm, settings)`; `risk.p12`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np

from community.reasons import reason
from community.risk_features import FEATURES, Rhythm, features
from community.settings import CommunitySettings

HORIZONS = ("8w", "12w")
LEAST_MESSAGES = 20


@dataclass(frozen=True, slots=True)
class Risk:
    """P(dormant) within 8 and within 12 weeks, 0..1, and the three strongest reasons."""

    p8: float
    p12: float
    reasons: list[str]


@dataclass(frozen=True, slots=True)
class DormancyModel:
    """Standardisation and coefficients; rows of `weights` and `offsets` follow HORIZONS."""

    mean: np.ndarray
    scale: np.ndarray
    weights: np.ndarray
    offsets: np.ndarray

    def standardise(self, rows: np.ndarray) -> np.ndarray:
        """Features in standard deviations from the training mean, cut at ±4 so that no outlier shouts alone."""
        return np.clip((rows - self.mean) / self.scale, -4, 4)

    def predict(self, rows: np.ndarray) -> np.ndarray:
        """P(dormant) 0..1, one row a row of features, one column a horizon."""
        logit = self.standardise(rows) @ self.weights.T + self.offsets
        return 1 / (1 + np.exp(-logit))


def load_model(text: str) -> DormancyModel:
    """Read the JSON of `train_risk`; raises ValueError when it was made for other features."""
    raw = json.loads(text)
    if tuple(raw["features"]) != FEATURES:
        raise ValueError("models/dormancy/model.json was trained on other features: run `nuanqun train risk`")
    heads = [raw["horizons"][h] for h in HORIZONS]
    return DormancyModel(
        np.array(raw["mean"]),
        np.array(raw["scale"]),
        np.array([h["coefficients"] for h in heads]),
        np.array([h["intercept"] for h in heads]),
    )


@cache
def shipped_model() -> DormancyModel:
    """The model in models/dormancy."""
    return load_model(files("models").joinpath("dormancy", "model.json").read_text("utf-8"))


def predict_risk(rhythm: Rhythm, settings: CommunitySettings) -> Risk | None:
    """Risk at the end of the export; None with less than 8 weeks or 20 messages of history."""
    if rhythm.days < settings.min_history or rhythm.counts.sum() < LEAST_MESSAGES:
        return None
    model = shipped_model()
    row = features(rhythm, np.array([rhythm.days]))
    p8, p12 = (float(p) for p in model.predict(row)[0])
    push = model.weights[1] * model.standardise(row)[0]
    return Risk(p8, max(p8, p12), _reasons(row[0], push))


_WORDS = {
    "recency": ("days_silent", 0),
    "log_messages": ("messages", 0),
    "log_members": ("speakers", 0),
    "active_days": ("active_days", 0),
    "active_days_84": ("active_days_84", 0),
    "active_days_7": ("active_days_7", 0),
    "max_gap": ("gap", 0),
    "burstiness": ("burstiness", 2),
    "regulars": ("regulars", 0),
    "shared_days": ("shared_days", 0),
    "temperature": ("temperature", 0),
    "gini": ("gini", 2),
    "top1_share": ("top1", 2),
    "retained_share": ("retained", 2),
    "newcomer_share": ("newcomers", 2),
    "log_age": ("age", 0),
    "log_year": ("year", 0),
}
"""Features that mean something to a manager; trends and ratios only enter the sum."""
_LOGS = ("log_messages", "log_members", "regulars", "log_age", "log_year")


def _reasons(row: np.ndarray, push: np.ndarray) -> list[str]:
    found = []
    for place in np.argsort(-np.abs(push)):
        name = FEATURES[place]
        if name not in _WORDS:
            continue
        word, digits = _WORDS[name]
        value = float(np.expm1(row[place])) if name in _LOGS else float(row[place])
        shown = round(value, digits) if digits else int(round(value))
        sign = "+" if push[place] > 0 else "-"
        found.append(reason(f"risk.{word}", value=shown, sign=sign, push=round(float(push[place]), 2)))
    return found[:3]
