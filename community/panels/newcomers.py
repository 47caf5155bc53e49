"""Care for newcomers: how many came, spoke, were answered within 5 and 30 minutes, stayed a week, and who greets."""

from __future__ import annotations

import numpy as np

from community.findings import Findings
from community.influence import wilson
from community.panels import Indicator
from community.reasons import reason

LEAST = 3


def read(findings: Findings) -> list[Indicator]:
    """Shares 0..1 over the last 84 days; None below three newcomers."""
    new = findings.arrivals
    spoke, judged = int(new.spoke.sum()), int(new.judged.sum())
    quick, soon = new.answered(5), new.answered(30)
    stayed = new.stayed[new.judged]
    waiting = new.first_row[new.spoke & np.isnan(new.wait)][::-1]
    greeters, times = np.unique(new.greeter[new.greeter >= 0], return_counts=True)
    greeters = greeters[np.argsort(-times, kind="stable")]
    came = len(new.member)
    return [
        Indicator("came", came, [reason("panel.newcomers.came", came=came, spoke=spoke)], findings.ids(new.member)),
        Indicator("answered_5", *_share(quick, "panel.newcomers.answered_5")),
        Indicator(
            "answered_30",
            *_share(soon, "panel.newcomers.answered_30"),
            findings.ids(new.member[new.spoke & np.isnan(new.wait)][:20]),
            findings.message_ids(waiting),
        ),
        Indicator("stayed", *_share(stayed, "panel.newcomers.stayed") if judged else (None, [])),
        Indicator(
            "greeters",
            len(greeters),
            _greeters(findings, greeters, came),
            findings.ids(greeters[:10]),
        ),
    ]


def _share(hits: np.ndarray, key: str) -> tuple[float | None, list[str]]:
    """The share of hits and its sentence with the Wilson interval."""
    n = len(hits)
    if n < LEAST:
        return None, []
    low, high = wilson(np.array([hits.sum()]), np.array([n]))
    percent = {"percent": round(100 * float(hits.mean())), "low": round(100 * low[0]), "high": round(100 * high[0])}
    return float(hits.mean()), [reason(key, count=n, **percent)]


def _greeters(findings: Findings, greeters: np.ndarray, came: int) -> list[str]:
    if not len(greeters):
        return [reason("panel.newcomers.no_greeter")] if came else []
    return [reason("panel.newcomers.greeters", names=findings.names(greeters), count=len(greeters))]
