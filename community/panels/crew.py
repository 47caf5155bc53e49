"""TogetherCrew's member sets under their own names: four windows of seven days, counted back from the end.

Active = wrote in the window; connected = exchanged 5 answers or more with 5 others each; source: tc_analyzer_lib.
"""

from __future__ import annotations

import numpy as np

from community.findings import Findings
from community.panels import Indicator
from community.reasons import reason
from community.talk import DAY_MS

DAYS = 7
WINDOWS = 4
OFTEN = 3
TIES = 5
ANSWERS = 5
SETS = (
    "active", "connected", "consistent", "vital", "newly_active", "paused", "disengaged", "returned", "lurker",
)  # fmt: skip


def read(findings: Findings) -> list[Indicator]:
    """One indicator a set; nothing before four windows have passed."""
    if findings.talk.days < DAYS * WINDOWS:
        return []
    found = []
    for name, members in member_sets(findings).items():
        who = np.flatnonzero(members & ~findings.shut)
        why = reason(f"panel.crew.{name}", count=len(who), names=findings.names(who))
        found.append(Indicator(name, len(who), [why] if len(who) else [], findings.ids(who[:20])))
    return found


def member_sets(findings: Findings) -> dict[str, np.ndarray]:
    """Masks over members by set; window 0 is the newest."""
    talk, ends = findings.talk, [findings.talk.now - k * DAYS * DAY_MS for k in range(WINDOWS)]
    active = np.array([_active(findings, end) for end in ends])
    connected = np.array([_connected(findings, end) for end in ends])
    earlier = np.zeros(talk.members, bool)
    old = talk.clean & (talk.at < ends[-1] - DAYS * DAY_MS)
    earlier[talk.sender[old]] = True
    before = active[1:].any(0) | earlier
    ever = before | active[0]
    same = findings.roster.same_as == np.arange(talk.members)
    masks = (
        active[0],
        connected[0],
        active.sum(0) >= OFTEN,
        connected.sum(0) >= OFTEN,
        active[0] & ~before,
        ~active[0] & active[1],
        ~active[0] & ~active[1] & active[2],
        active[0] & ~active[1] & ~active[2] & before,
        ~ever & same,
    )
    return dict(zip(SETS, masks, strict=True))


def _active(findings: Findings, end: int) -> np.ndarray:
    talk = findings.talk
    window = talk.since(DAYS, end)
    found = np.zeros(talk.members, bool)
    found[talk.sender[window][talk.clean[window]]] = True
    return found


def _connected(findings: Findings, end: int) -> np.ndarray:
    talk, links = findings.talk, findings.links
    window = talk.since(DAYS, end)
    rows = links.between(talk, findings.settings.link_confidence)
    rows = rows[(rows >= window.start) & (rows < window.stop)]
    by, to = talk.sender[rows].astype(np.int64), talk.sender[links.parent[rows]].astype(np.int64)
    pair, times = np.unique(np.minimum(by, to) * talk.members + np.maximum(by, to), return_counts=True)
    ends = np.concatenate([pair[times >= ANSWERS] // talk.members, pair[times >= ANSWERS] % talk.members])
    return np.bincount(ends, minlength=talk.members) >= TIES
