"""A quarrel: on one day several people attack each other, far more than this chat is used to."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from community.alerts import Alert, AlertRule
from community.findings import Findings
from community.prescriptions import actions
from community.reasons import reason


def find(findings: Findings, thresholds: Mapping[str, float]) -> list[Alert]:
    """The worst day of the last two weeks, against the chat's own rate of the twelve weeks before."""
    talk = findings.talk
    toxic = talk.toxic & talk.clean
    daily = np.bincount(talk.day[toxic], minlength=talk.days)
    said = np.bincount(talk.day[talk.clean], minlength=talk.days)
    recent = np.arange(talk.days) >= talk.days - 14
    past = ~recent & (np.arange(talk.days) >= talk.days - 98)
    usual = daily[past].sum() / max(int(said[past].sum()), 1)
    share = daily / np.maximum(said, 1)
    bad = recent & (daily >= thresholds["messages"]) & (share >= np.maximum(thresholds["share"], 4 * usual))
    if not bad.any():
        return []
    day = int(np.argmax(np.where(bad, daily, -1)))
    rows = np.flatnonzero(toxic & (talk.day == day))
    senders, times = np.unique(talk.sender[rows], return_counts=True)
    if len(senders) < thresholds["people"]:
        return []
    senders = senders[np.argsort(-times, kind="stable")]
    count, names = len(rows), findings.names(senders)
    why = reason(
        "alert.quarrel",
        value=round(100 * float(share[day])),
        threshold=round(100 * thresholds["share"]),
        count=count,
        people=len(senders),
        names=names,
        days=talk.days - 1 - day,
    )
    return [
        Alert(
            severity="critical" if share[day] >= 2 * thresholds["share"] and day >= talk.days - 7 else "warning",
            value=float(share[day]),
            threshold=thresholds["share"],
            why=[why],
            start=findings.date(day),
            end=findings.date(day + 1),
            message_ids=findings.message_ids(rows),
            member_ids=findings.ids(senders[:10]),
            actions=actions("quarrel", names=names, count=count),
        )
    ]


ALERT = AlertRule(
    "quarrel", "争吵", {"share": 0.15, "messages": 6, "people": 2}, find, needs=("toxicity_label",), cooldown=7
)
