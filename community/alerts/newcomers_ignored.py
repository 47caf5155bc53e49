"""Newcomers speak and hardly anybody answers them within half an hour."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from community.alerts import Alert, AlertRule
from community.findings import Findings
from community.influence import wilson
from community.prescriptions import actions
from community.reasons import reason
from community.talk import DAY_MS


def find(findings: Findings, thresholds: Mapping[str, float]) -> list[Alert]:
    """Judge the newcomers of the last 28 days; sure only when the whole 95 % interval lies below the threshold."""
    talk, new = findings.talk, findings.arrivals
    here = new.spoke & (new.came >= talk.now - 28 * DAY_MS)
    wait = new.wait[here]
    count, soon = len(wait), int((wait <= 30).sum())
    if findings.daily.stage == "closed" or count < thresholds["newcomers"]:
        return []
    if wilson(np.array([soon]), np.array([count]))[1][0] >= thresholds["share"]:
        return []
    alone = np.isnan(wait)
    rows, who = new.first_row[here][alone][::-1], new.member[here][alone][::-1]
    greeters = new.greeter[new.greeter >= 0]
    names = findings.names(np.unique(greeters))
    why = reason(
        "alert.newcomers_ignored",
        value=round(100 * soon / count),
        threshold=round(100 * thresholds["share"]),
        count=count,
        alone=int(alone.sum()),
    )
    rows = rows if len(rows) else new.first_row[here][::-1]
    return [
        Alert(
            severity="notice",  # its back-test is weak (docs/metrics.md)
            value=soon / count,
            threshold=thresholds["share"],
            why=[why],
            start=findings.date(max(talk.days - 28, 0)),
            end=findings.date(talk.days),
            message_ids=findings.message_ids(rows),
            member_ids=findings.ids(who[:20]),
            actions=actions(
                "newcomers_ignored", names=names or findings.names(findings.leaders()), newcomers=findings.names(who)
            ),
        )
    ]


ALERT = AlertRule("newcomers_ignored", "新人没人理", {"share": 0.4, "newcomers": 8}, find)
