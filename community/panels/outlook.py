"""The next four weeks: how much talk to expect, and which members may be silent."""

from __future__ import annotations

import numpy as np

from community.findings import Findings
from community.panels import Indicator
from community.reasons import reason

AT_RISK = 0.6
REGULAR_DAYS = 4
"""Only members present on this many of the last 56 days are named: whoever came once is likely silent anyway."""


def read(findings: Findings) -> list[Indicator]:
    """Expected messages with their band, and regular members at risk."""
    outlook, found = findings.outlook, []
    if outlook.volume:
        low, middle, high = (round(x) for x in (outlook.volume.low, outlook.volume.middle, outlook.volume.high))
        found.append(
            Indicator("messages", middle, [reason("panel.outlook.messages", middle=middle, low=low, high=high)])
        )
    if np.isnan(outlook.silent).all():
        return found
    regular = outlook.days_56 >= REGULAR_DAYS
    risky = np.flatnonzero(regular & (outlook.silent >= AT_RISK) & ~findings.shut)
    risky = risky[np.argsort(-outlook.silent[risky], kind="stable")]
    why = reason("panel.outlook.members", count=len(risky), of=int(regular.sum()), names=findings.names(risky))
    return [*found, Indicator("members", len(risky), [why] if len(risky) else [], findings.ids(risky[:10]))]
