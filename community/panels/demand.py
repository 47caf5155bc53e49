"""Demand signals of the last 28 days: who asks for goods, a service or advice, and who lets on a need."""

from __future__ import annotations

import numpy as np

from community.findings import Findings
from community.panels import Indicator
from community.reasons import reason
from community.talk import DAY_MS


def read(findings: Findings) -> list[Indicator]:
    """`explicit`: asks (求购, 求推荐, 怎么买); `implicit`: lets on (快用完了, 想换个) and does not ask."""
    talk = findings.talk
    asks = talk.says("demand") & talk.clean
    hints = talk.says("hint") & talk.clean & ~asks
    return [_indicator(findings, item, found) for item, found in (("explicit", asks), ("implicit", hints))]


def _indicator(findings: Findings, item: str, found: np.ndarray) -> Indicator:
    """How many messages, by whom, and how many in the 28 days before; the newest first."""
    talk = findings.talk
    now, before = (
        found & (talk.at >= end - 28 * DAY_MS) & (talk.at < end) for end in (talk.now, talk.now - 28 * DAY_MS)
    )
    rows = np.flatnonzero(now)[::-1]
    people = list(dict.fromkeys(talk.sender[rows].tolist()))
    said = {"count": len(rows), "people": len(people), "before": int(before.sum())}
    why = [reason("panel.demand.explicit" if item == "explicit" else "panel.demand.implicit", **said)]
    return Indicator(item, len(rows), why, findings.ids(people[:20]), findings.message_ids(rows))
