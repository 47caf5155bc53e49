"""One of the three who move the chat has been silent longer than they ever are, and it is not yet a farewell."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from community.alerts import Alert, AlertRule
from community.findings import Findings
from community.influence import score_influence
from community.prescriptions import actions
from community.proofs import STAYS_AWAY
from community.reasons import reason
from community.talk import DAY_MS


def find(findings: Findings, thresholds: Mapping[str, float]) -> list[Alert]:
    """Look at the three strongest of two weeks ago; who is a lost core member already is left to that rule."""
    talk = findings.talk
    then = score_influence(talk, findings.links, findings.settings, talk.now - 14 * DAY_MS)
    strong = np.flatnonzero((then.rank > 0) & (then.rank <= 3) & (then.repliers >= 3))
    gone = {loss.member for loss in findings.losses}
    found = []
    for member in strong[np.argsort(then.rank[strong])].tolist():
        silence = float(findings.habits.silent_days[member])
        own = np.unique(talk.day[talk.clean & (talk.sender == member) & (talk.day >= talk.days - 98)])
        gap = float(np.quantile(np.diff(own), 0.95)) if len(own) > 8 else np.inf
        limit = max(thresholds["days"], thresholds["gaps"] * gap)
        if member not in gone and limit < silence <= 28 and findings.daily.stage not in ("closed", "dormant", "dead"):
            found.append(_alert(findings, member, silence, gap, limit))
    return found[:1]


def _alert(findings: Findings, member: int, silence: float, gap: float, limit: float) -> Alert:
    talk = findings.talk
    rows = np.flatnonzero(talk.clean & (talk.sender == member))[::-1]
    name = findings.called.name[member]
    others = [m for m in findings.leaders(4).tolist() if m != member]
    return Alert(
        severity="notice",  # mostly right, but it foresees few departures (docs/metrics.md)
        value=silence,
        threshold=limit,
        why=[reason("alert.kol_silent", name=name, value=round(silence), threshold=round(limit, 1), gap=round(gap, 1))],
        start=findings.date(int(talk.day[rows[0]])),
        end=findings.date(talk.days),
        message_ids=findings.message_ids(rows, 5),
        member_ids=findings.ids([member]),
        actions=actions("kol_silent", name=name, days=round(silence), helpers=findings.names(others)),
    )


ALERT = AlertRule("kol_silent", "意见领袖沉默", {"days": 10, "gaps": 3}, find, proof=STAYS_AWAY)
