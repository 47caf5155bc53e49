"""The next four weeks of a chat: how much talk to expect, and how likely each member is to be silent.

In: `Talk`. Out: `Outlook`. Example: `read_outlook(talk, settings).silent[member]`.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from community.forecast import Forecast, forecast_volume
from community.member_rhythm import MEMBER_FEATURES, member_features
from community.outlook_model import shipped_linear
from community.risk_features import read_rhythm
from community.settings import CommunitySettings
from community.talk import Talk


@dataclass(frozen=True, slots=True)
class Outlook:
    """Volume (None = too little history), and one entry a member."""

    volume: Forecast | None
    silent: np.ndarray = field(repr=False)  # P(silent for 28 days), nan = not heard of in the last 56
    days_56: np.ndarray = field(repr=False)  # days with messages of the last 56


def read_outlook(talk: Talk, settings: CommunitySettings) -> Outlook:
    """Ask both models at the end of the export."""
    silent, days = np.full(talk.members, np.nan), np.zeros(talk.members)
    clean = np.flatnonzero(talk.clean)
    if not len(clean):
        return Outlook(None, silent, days)
    rhythm = read_rhythm(talk.day[clean], talk.sender[clean], talk.days)
    who, rows = member_features(rhythm, rhythm.days)
    if len(who):
        silent[who] = 1 / (1 + np.exp(-shipped_linear("churn", MEMBER_FEATURES).score(rows)))
        days[who] = rows[:, MEMBER_FEATURES.index("days_56")]
    return Outlook(forecast_volume(rhythm, settings), silent, days)
