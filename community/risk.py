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


THEMES = {
    "below_peak": ("log_peak", "log_year", "smooth_ratio", "ratio_peak", "weeks_since_peak"),
    "rhythm": ("burstiness", "branching", "max_gap", "recency"),
    "days": ("active_days", "active_days_84", "active_days_7", "log_messages", "temperature"),
    "people": ("log_members", "log_daily_speakers", "regulars", "shared_days", "top1_share", "gini"),
    "weeks": ("strong_weeks",),
    "trend": ("slope", "week_ratio", "half_ratio", "log_trend_28", "log_trend_56", "member_ratio"),
    "faces": ("retained_share",),
    "fresh": ("newcomer_share",),
    "age": ("log_age",),
}
"""What a manager can understand: features that say the same thing push together."""


MANY = 300
"""Percent above which a rise is called many times: of hardly anything, mostly."""


def _key(theme: str, trend: int) -> str:
    return "trend_many" if theme == "trend" and trend > MANY else theme


def _reasons(row: np.ndarray, push: np.ndarray) -> list[str]:
    """The three themes that push hardest; sign + raises the risk, - lowers it, push is in log odds."""
    at = dict(zip(FEATURES, row.tolist(), strict=True))
    trend = round(100 * np.expm1(np.clip(at["log_trend_28"], -5, 5)))
    shown = {
        "below_peak": {"percent": round(100 * min(np.exp(at["smooth_ratio"]), 1.0))},
        "rhythm": {"gap": round(at["max_gap"]), "silent": round(at["recency"])},
        "days": {"days": round(at["active_days"]), "messages": round(np.expm1(at["log_messages"]))},
        "people": {"speakers": round(np.expm1(at["log_members"])), "regulars": round(np.expm1(at["regulars"]))},
        "weeks": {"percent": round(100 * at["strong_weeks"])},
        "trend": {"percent": trend},
        "faces": {"kept": round(100 * at["retained_share"])},
        "fresh": {"fresh": round(100 * at["newcomer_share"])},
        "age": {"days": round(np.expm1(at["log_age"]))},
    }
    total = {theme: float(sum(push[FEATURES.index(f)] for f in parts)) for theme, parts in THEMES.items()}
    strongest = sorted(total, key=lambda theme: -abs(total[theme]))[:3]
    return [
        reason(
            f"risk.{_key(theme, trend)}",
            sign="+" if total[theme] > 0 else "-",
            push=round(total[theme], 2),
            **shown[theme],
        )
        for theme in strongest
    ]
