"""Growth by invitation (裂变): who brought whom, how many stay, how deep the tree goes."""

from __future__ import annotations

import numpy as np

from community.findings import Findings
from community.panels import Indicator
from community.reasons import reason


def read(findings: Findings) -> list[Indicator]:
    """Counts over the whole record; nothing when no join notice names who brought somebody."""
    tree = findings.invitations
    guests = int(tree.brought.sum())
    if not guests:
        return []
    hosts = np.flatnonzero(tree.brought)
    hosts = hosts[np.lexsort((hosts, -tree.brought[hosts], -tree.stayed[hosts]))]
    stayed = int(tree.stayed.sum())
    best = hosts[0]
    return [
        Indicator("invited", guests, [reason("panel.invitations.invited", guests=guests, hosts=len(hosts))]),
        Indicator(
            "stayed",
            stayed / guests,
            [
                reason("panel.invitations.stayed", percent=round(100 * stayed / guests), count=guests),
                reason(
                    "panel.invitations.best",
                    name=findings.called.name[best],
                    brought=int(tree.brought[best]),
                    stayed=int(tree.stayed[best]),
                ),
            ],
            findings.ids(hosts[:10]),
        ),
        Indicator("recent", int(tree.recent.sum()), [reason("panel.invitations.recent", count=int(tree.recent.sum()))]),
        Indicator("depth", int(tree.depth.max()), [reason("panel.invitations.depth", depth=int(tree.depth.max()))]),
        Indicator(
            "wiener",
            None if np.isnan(tree.wiener) else tree.wiener,
            [] if np.isnan(tree.wiener) else [reason("panel.invitations.wiener", steps=round(tree.wiener, 1))],
        ),
    ]
