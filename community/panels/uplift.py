"""Uplift of each leading member: how many more others speak after they did; one row a member, strongest first."""

from __future__ import annotations

from community.findings import Findings
from community.panels import Indicator
from community.reasons import reason
from community.uplift import measure_uplift

MOST = 10


def read(findings: Findings) -> list[Indicator]:
    """One row for each of the leading members with enough matched moments."""
    found = []
    for member in findings.leaders(MOST).tolist():
        uplift = measure_uplift(findings.talk, member)
        if uplift is None:
            continue
        values = {"extra": round(uplift.speakers, 1), "low": round(uplift.low, 1), "high": round(uplift.high, 1)}
        why = reason("panel.uplift.one", names=findings.names([member]), moments=uplift.moments, **values)
        found.append(Indicator("uplift", uplift.speakers, [why], findings.ids([member])))
    return found
