"""Closeness 亲密度 by tiers: how many members each holds and what share of the effect comes from it."""

from __future__ import annotations

import numpy as np

from community.closeness import TIERS
from community.findings import Findings
from community.panels import Indicator
from community.reasons import reason

LEAST = 20
"""Fewer clean messages in 84 days: shares of them say nothing."""


def read(findings: Findings) -> list[Indicator]:
    """A tier's share of the clean messages of 84 days; its sentence gives members, answers drawn and openings too."""
    talk, influence = findings.talk, findings.influence
    messages = int(influence.messages.sum())
    if messages < LEAST:
        return []
    received, starts = max(int(influence.received.sum()), 1), max(int(influence.starts.sum()), 1)
    found = []
    for tier in TIERS:
        here = (findings.tier == tier) & (findings.roster.same_as == np.arange(talk.members))
        strongest = np.flatnonzero(here)
        strongest = strongest[np.argsort(-findings.closeness[strongest], kind="stable")]
        share = float(influence.messages[here].sum() / messages)
        why = reason(
            f"panel.closeness.{tier}",
            members=int(here.sum()),
            percent=round(100 * share),
            answers=round(100 * float(influence.received[here].sum() / received)),
            starts=round(100 * float(influence.starts[here].sum() / starts)),
        )
        found.append(Indicator(tier, share, [why], findings.ids(strongest[:10])))
    return found
