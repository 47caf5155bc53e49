"""The volume of the next 28 days, with the band that holds four of five.

In: the rhythm of clean messages. Out: `Forecast`, or None with too little history. A linear model of the logarithm
over the features of the dormancy model and smoothed levels; its numbers lie in models/forecast (see MODEL_CARD.md).
Example: `forecast_volume(rhythm, settings).middle`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from community.outlook_model import shipped_linear
from community.risk import LEAST_MESSAGES
from community.risk_features import Rhythm
from community.settings import CommunitySettings
from community.volume_features import VOLUME_FEATURES, volume_features


@dataclass(frozen=True, slots=True)
class Forecast:
    """Clean messages of the next 28 days: 80 % band and middle."""

    low: float
    middle: float
    high: float


def forecast_volume(rhythm: Rhythm, settings: CommunitySettings) -> Forecast | None:
    """Forecast at the end of the export; None with less than 8 weeks or 20 messages of history."""
    if rhythm.days < settings.min_history or rhythm.counts.sum() < LEAST_MESSAGES:
        return None
    model = shipped_linear("forecast", VOLUME_FEATURES)
    middle = float(model.score(volume_features(rhythm, np.array([rhythm.days])))[0])
    low, high = (float(np.expm1(max(middle + b, 0))) for b in model.band)
    return Forecast(low, float(np.expm1(max(middle, 0))), high)
