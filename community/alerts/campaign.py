"""A campaign: accounts that have just come post ads, in numbers."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from community.alerts import Alert, AlertRule
from community.findings import Findings
from community.prescriptions import actions
from community.reasons import reason
from community.talk import DAY_MS

FRESH_DAYS = 7


def find(findings: Findings, thresholds: Mapping[str, float]) -> list[Alert]:
    """Ads of the last 14 days by accounts that were at most a week old when they posted them."""
    talk = findings.talk
    first = np.full(talk.members, talk.now, np.int64)
    own = np.flatnonzero(talk.sender >= 0)
    np.minimum.at(first, talk.sender[own], talk.at[own])
    np.minimum.at(first, findings.roster.join_member, talk.at[findings.roster.join_row])
    window = talk.since(14)
    rows = np.flatnonzero(talk.ad[window]) + window.start
    came = first[talk.sender[rows]]
    rows = rows[(talk.at[rows] - came <= FRESH_DAYS * DAY_MS) & (came > talk.at[0] + 28 * DAY_MS)]
    senders, times = np.unique(talk.sender[rows], return_counts=True)
    senders = senders[np.argsort(-times, kind="stable")]
    count = len(rows)
    if count < thresholds["ads"] or len(senders) < thresholds["accounts"]:
        return []
    names = findings.names(senders)
    why = reason("alert.campaign", value=len(senders), threshold=int(thresholds["accounts"]), count=count, names=names)
    return [
        Alert(
            severity="critical" if count >= 3 * thresholds["ads"] else "warning",
            value=float(len(senders)),
            threshold=thresholds["accounts"],
            why=[why],
            start=findings.date(int(talk.day[rows[0]])),
            end=findings.date(talk.days),
            message_ids=findings.message_ids(rows[::-1]),
            member_ids=findings.ids(senders[:20]),
            actions=actions("campaign", names=names, count=count, senders=len(senders)),
        )
    ]


ALERT = AlertRule("campaign", "新号刷广告", {"accounts": 3, "ads": 5}, find, needs=("ads_label",), cooldown=14)
