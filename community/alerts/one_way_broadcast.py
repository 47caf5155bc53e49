"""One person talks and nobody answers: the chat has become a loudspeaker."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from community.alerts import Alert, AlertRule
from community.findings import Findings
from community.prescriptions import actions
from community.reasons import reason


def find(findings: Findings, thresholds: Mapping[str, float]) -> list[Alert]:
    """The busiest member's share of the messages of 28 days (their ads and packets included), and who else speaks."""
    talk = findings.talk
    window = talk.since(28)
    rows = np.flatnonzero(talk.said[window] & ~talk.bot[window]) + window.start
    if findings.daily.stage == "closed" or len(rows) < thresholds["messages"] or findings.size < thresholds["members"]:
        return []
    per = np.bincount(talk.sender[rows], minlength=talk.members)
    top = int(per.argmax())
    share = float(per[top] / len(rows))
    days = len(np.unique(talk.day[rows]))
    if share < thresholds["share"] or days < thresholds["days"]:
        return []
    name, others = findings.called.name[top], int((per > 0).sum()) - 1
    why = reason(
        "alert.one_way_broadcast",
        value=round(100 * share),
        threshold=round(100 * thresholds["share"]),
        name=name,
        others=others,
    )
    return [
        Alert(
            severity="critical" if share >= thresholds["critical"] else "warning",
            value=share,
            threshold=thresholds["share"],
            why=[why],
            start=findings.date(max(talk.days - 28, 0)),
            end=findings.date(talk.days),
            message_ids=findings.message_ids(rows[talk.sender[rows] == top][::-1], 10),
            member_ids=findings.ids([top]),
            actions=actions(
                "one_way_broadcast", name=name, names=findings.names([m for m in findings.leaders(4) if m != top])
            ),
        )
    ]


ALERT = AlertRule(
    "one_way_broadcast",
    "只有一个人在说",
    {"share": 0.7, "critical": 0.85, "messages": 30, "members": 10, "days": 7},
    find,
)
