"""The next four weeks: how much talk to expect, and which members may be silent."""

from __future__ import annotations

import numpy as np

from community.findings import Findings
from community.forecast import forecast_volume
from community.member_rhythm import MEMBER_FEATURES, member_features
from community.outlook_model import shipped_linear
from community.panels import Indicator
from community.reasons import reason
from community.risk_features import read_rhythm

AT_RISK = 0.6
REGULAR_DAYS = 4
"""Only members present on this many of the last 56 days are named: whoever came once is likely silent anyway."""


def read(findings: Findings) -> list[Indicator]:
    """Expected messages with their band, and regular members at risk."""
    talk = findings.talk
    clean = np.flatnonzero(talk.clean)
    if not len(clean):
        return []
    rhythm = read_rhythm(talk.day[clean], talk.sender[clean], talk.days)
    found = []
    forecast = forecast_volume(rhythm, findings.settings)
    if forecast and findings.daily.stage != "closed":
        low, middle, high = (round(x) for x in (forecast.low, forecast.middle, forecast.high))
        found.append(
            Indicator("messages", middle, [reason("panel.outlook.messages", middle=middle, low=low, high=high)])
        )
    who, rows = member_features(rhythm, rhythm.days)
    if not len(who):
        return found
    risk = 1 / (1 + np.exp(-shipped_linear("churn", MEMBER_FEATURES).score(rows)))
    regular = rows[:, MEMBER_FEATURES.index("days_56")] >= REGULAR_DAYS
    risky = np.flatnonzero(regular & (risk >= AT_RISK) & ~findings.shut[who])
    risky = who[risky[np.argsort(-risk[risky], kind="stable")]]
    why = reason("panel.outlook.members", count=len(risky), of=int(regular.sum()), names=findings.names(risky))
    return [*found, Indicator("members", len(risky), [why] if len(risky) else [], findings.ids(risky[:10]))]
