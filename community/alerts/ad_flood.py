"""Advertising floods the chat: in some week of the last twelve, ads took a large share of what was said."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from community.alerts import Alert, AlertRule
from community.findings import Findings
from community.prescriptions import actions
from community.reasons import reason
from community.temperature import rolling_sum

WEEKS = 12


def find(findings: Findings, thresholds: Mapping[str, float]) -> list[Alert]:
    """Warn about the flooded weeks, from the first to the last of them; critical while it goes on."""
    talk, daily = findings.talk, findings.daily
    staff = findings.habits.staff[np.maximum(talk.sender, 0)]
    ad = talk.ad & ~staff  # the owner's own offers are the chat's business
    weekly_ads = rolling_sum(np.bincount(talk.day[ad], minlength=talk.days), 7)
    weekly = rolling_sum(daily.counts, 7)
    ends = np.arange(talk.days, max(talk.days - 7 * WEEKS, 0), -7) - 1
    flooded = weekly_ads[ends] >= np.maximum(thresholds["share"] * weekly[ends], thresholds["ads"])
    if not flooded.any():
        return []
    ends = ends[flooded]
    start, last = max(int(ends.min()) - 6, 0), int(ends.max()) + 1
    rows = np.flatnonzero(ad & (talk.day >= start) & (talk.day < last))
    value = float(weekly_ads[ends].sum() / weekly[ends].sum())
    senders, times = np.unique(talk.sender[rows], return_counts=True)
    senders = senders[np.argsort(-times, kind="stable")]
    why = [
        reason(
            "alert.ad_flood",
            value=round(100 * value),
            threshold=round(100 * thresholds["share"]),
            ads=len(rows),
            weeks=len(ends),
            senders=len(senders),
        )
    ]
    return [
        Alert(
            severity="critical" if last >= talk.days - 14 and value >= thresholds["critical"] else "warning",
            value=value,
            threshold=thresholds["share"],
            why=why,
            start=findings.date(start),
            end=findings.date(last),
            message_ids=findings.message_ids(rows[::-1]),
            member_ids=findings.ids(senders[:10]),
            actions=actions("ad_flood", names=findings.names(senders), ads=len(rows), senders=len(senders)),
        )
    ]


ALERT = AlertRule("ad_flood", "广告泛滥", {"share": 0.15, "ads": 10, "critical": 0.30}, find, needs=("ads_label",))
