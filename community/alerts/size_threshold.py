"""The chat has just grown past 150, 200 or 500 members, or is about to be full."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from community.alerts import Alert, AlertRule
from community.findings import Findings
from community.panels.size import CHAT_MARKS
from community.prescriptions import actions
from community.reasons import reason
from community.talk import DAY_MS


def find(findings: Findings, thresholds: Mapping[str, float]) -> list[Alert]:
    """Compare today's size with that of four weeks ago; only where the export tells who joins."""
    talk, roster, size = findings.talk, findings.roster, findings.size
    since = talk.now - 28 * DAY_MS
    joined = roster.join_row[talk.at[roster.join_row] >= since]
    left = int((talk.at[roster.leave_row] >= since).sum())
    before = size - len(np.unique(roster.join_member[talk.at[roster.join_row] >= since])) + left
    crossed = [mark for mark in CHAT_MARKS if before < mark * thresholds["near"] <= size]
    if findings.daily.stage == "closed" or not crossed or talk.at[0] > since or not len(joined):
        return []
    mark = crossed[-1]
    return [
        Alert(
            severity="notice",
            value=float(size),
            threshold=float(mark),
            why=[reason("alert.size_threshold", value=size, threshold=mark, before=before)],
            start=findings.date(int(talk.day[joined[0]])),
            end=findings.date(talk.days),
            message_ids=findings.message_ids(joined[::-1]),
            member_ids=findings.ids(_newest(findings, joined)),
            actions=actions("size_threshold", mark=mark, size=size, names=findings.names(findings.leaders())),
        )
    ]


def _newest(findings: Findings, joined: np.ndarray) -> list[int]:
    """Who came last, newest first."""
    roster = findings.roster
    who = roster.join_member[np.isin(roster.join_row, joined)][::-1]
    return list(dict.fromkeys(who.tolist()))[:20]


ALERT = AlertRule("size_threshold", "规模过线", {"near": 0.95}, find, cooldown=84)
