"""Who pulls the chat: two or three leaders or one, bridges, what is lost without the first, chatterboxes."""

from __future__ import annotations

import numpy as np

from community.findings import Findings
from community.panels import Indicator
from community.reasons import reason
from community.ties import Ties, lost_without, measure_ties

STRONG = 0.5
"""A leader has at least this share of the first one's distinct repliers."""
LEAST_PULL = 5
"""Whom fewer people answer in twelve weeks carries nobody along, even as the first of a quiet chat."""
WANTED = (2, 3)
PARTED = 0.3
"""Modularity from which circles are real (Newman and Girvan 2004)."""


def read(findings: Findings) -> list[Indicator]:
    """Five numbers about influence in the last 84 days."""
    by, to, root = _answers(findings)
    ties = measure_ties(by, to, findings.talk.members)
    return [
        _leaders(findings),
        *_shape(ties),
        _bridges(findings, ties),
        *_first(findings, by, to, root),
        _chatter(findings),
    ]


def _answers(findings: Findings) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    talk, links = findings.talk, findings.links
    rows = links.between(talk, findings.settings.link_confidence)
    rows = rows[rows >= talk.since(84).start]
    parent = links.parent[rows]
    kept = talk.clean[rows] & talk.clean[parent]
    kept &= ~findings.shut[talk.sender[rows]] & ~findings.shut[talk.sender[parent]]
    rows, parent = rows[kept], parent[kept]
    return talk.sender[rows], talk.sender[parent], links.root[rows]


def _leaders(findings: Findings) -> Indicator:
    """Members with a rank and at least half of the strongest one's repliers."""
    first = findings.leaders(10)
    if not len(first):
        return Indicator("leaders", None, [reason("panel.pull.leaders_unknown")])
    repliers = findings.influence.repliers[first]
    if repliers.max() < LEAST_PULL:
        return Indicator("leaders", None, [reason("panel.pull.leaders_unknown")])
    who = first[repliers >= max(STRONG * repliers.max(), 2)]
    state = "few" if len(who) < WANTED[0] else "right" if len(who) <= WANTED[1] else "many"
    words = {
        "few": reason("panel.pull.leaders_few", names=findings.names(who), count=len(who)),
        "right": reason("panel.pull.leaders_right", names=findings.names(who), count=len(who)),
        "many": reason("panel.pull.leaders_many", names=findings.names(who), count=len(who)),
    }
    return Indicator("leaders", len(who), [words[state]], findings.ids(who))


def _shape(ties: Ties) -> list[Indicator]:
    if ties.members < 3:
        return []
    spread, parted = round(ties.decentralisation), ties.modularity >= PARTED
    value = round(ties.modularity, 2)
    return [
        Indicator("decentralisation", spread, [reason("panel.pull.decentralisation", value=spread)]),
        Indicator(
            "modularity",
            ties.modularity,
            [reason("panel.pull.modularity", value=value, camps=ties.camps)]
            if parted
            else [reason("panel.pull.modularity_none", value=value)],
        ),
    ]


def _bridges(findings: Findings, ties: Ties) -> Indicator:
    who = np.argsort(-ties.bridging, kind="stable")[:3]
    who = who[(ties.bridging[who] >= 0.05) & (ties.modularity >= PARTED)]  # without circles nothing is bridged
    why = reason("panel.pull.bridges", names=findings.names(who), count=len(who))
    return Indicator("bridges", len(who), [why] if len(who) else [], findings.ids(who))


def _first(findings: Findings, by: np.ndarray, to: np.ndarray, root: np.ndarray) -> list[Indicator]:
    """What goes without the first leader."""
    leaders = findings.leaders(1)
    if not len(leaders):
        return []
    member, name = int(leaders[0]), findings.names(leaders)
    links, talks = (round(100 * x) for x in lost_without(by, to, root, member))
    ids = findings.ids(leaders)
    why = reason("panel.pull.removal", names=name, links=links, talks=talks)
    return [Indicator("removal", links, [why], ids)]


def _chatter(findings: Findings) -> Indicator:
    """Members who write much and draw few: volume is not pull."""
    who = np.flatnonzero(findings.chatter)
    why = reason("panel.pull.chatter", names=findings.names(who), count=len(who))
    return Indicator("chatter", len(who), [why] if len(who) else [], findings.ids(who))
