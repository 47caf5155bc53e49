"""The mood of the last two weeks lies clearly below the eight weeks before."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from community.alerts import Alert, AlertRule
from community.findings import Findings
from community.prescriptions import actions
from community.reasons import reason


def find(findings: Findings, thresholds: Mapping[str, float]) -> list[Alert]:
    """Compare daily means, so that one long quarrel on one day does not pass for two bad weeks."""
    talk, daily = findings.talk, findings.daily
    split = talk.days - 14
    known = (daily.mood_scored >= 3) & ~np.isnan(daily.mood)
    place = np.arange(talk.days)
    now = daily.mood[known & (place >= split)]
    before = daily.mood[known & (place < split) & (place >= split - 56)]
    if daily.stage == "closed" or len(now) < thresholds["days"] or len(before) < 2 * thresholds["days"]:
        return []
    drop = float(before.mean() - now.mean())
    error = np.sqrt(before.var(ddof=1) / len(before) + now.var(ddof=1) / len(now))
    if drop < thresholds["drop"] or drop < thresholds["errors"] * error:
        return []
    rows = np.flatnonzero(talk.clean & (talk.day >= split) & ~np.isnan(talk.mood))
    rows = rows[np.argsort(talk.mood[rows], kind="stable")][:20]
    senders = list(dict.fromkeys(talk.sender[rows].tolist()))
    value, limit = round(drop, 2), thresholds["drop"]
    toxic = int(talk.toxic[talk.day >= split].sum())
    return [
        Alert(
            severity="critical" if drop >= 2 * thresholds["drop"] else "warning",
            value=drop,
            threshold=thresholds["drop"],
            why=[
                reason("alert.mood_drop", value=value, threshold=limit, mood=round(float(now.mean()), 2), toxic=toxic)
            ],
            start=findings.date(split),
            end=findings.date(talk.days),
            message_ids=findings.message_ids(rows),
            member_ids=findings.ids(senders[:10]),
            actions=actions("mood_drop", names=findings.names(senders), toxic=toxic),
        )
    ]


ALERT = AlertRule(
    "mood_drop",
    "情绪走低",
    {"drop": 0.15, "errors": 3, "days": 5},
    find,
    needs=("sentiment_positive", "sentiment_negative"),
)
