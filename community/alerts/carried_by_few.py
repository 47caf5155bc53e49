"""Very few people carry the chat: it stands or falls with them."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from community.alerts import Alert, AlertRule
from community.findings import Findings
from community.prescriptions import actions
from community.reasons import reason


def find(findings: Findings, thresholds: Mapping[str, float]) -> list[Alert]:
    """Warn when the Contributor Absence Factor is small although many speak."""
    talk = findings.talk
    factor, order = findings.absence_factor()
    speakers = len(order)
    window = talk.since(84)
    messages = int(talk.clean[window].sum())
    if findings.daily.stage == "closed" or messages < thresholds["messages"] or speakers < thresholds["speakers"]:
        return []
    if factor > thresholds["factor"]:
        return []
    few = order[:factor]
    carried = np.isin(talk.sender[window], few) & talk.clean[window]
    rows = np.flatnonzero(carried)[::-1] + window.start
    percent = round(100 * float(carried.sum()) / messages)
    return [
        Alert(
            severity="warning" if factor == 1 else "notice",
            value=float(factor),
            threshold=thresholds["factor"],
            why=[
                reason(
                    "alert.carried_by_few",
                    value=factor,
                    threshold=int(thresholds["factor"]),
                    names=findings.names(few),
                    percent=percent,
                    speakers=speakers,
                )
            ],
            start=findings.date(int(talk.day[window.start])),
            end=findings.date(talk.days),
            message_ids=findings.message_ids(rows),
            member_ids=findings.ids(few),
            actions=actions("carried_by_few", names=findings.names(few), helpers=findings.names(order[factor:])),
        )
    ]


ALERT = AlertRule("carried_by_few", "依赖少数人", {"factor": 3, "speakers": 10, "messages": 100}, find)
