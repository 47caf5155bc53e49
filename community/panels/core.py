"""Core members by four signs: they bring product insight, bring members, create content, buy."""

from __future__ import annotations

import numpy as np

from community.findings import Findings
from community.panels import Indicator
from community.reasons import reason

LEAST = {"insight": 2, "brings": 2, "creates": 3, "buys": 2}


def read(findings: Findings) -> list[Indicator]:
    """Members with each sign, strongest first; the last item holds those with two signs or more."""
    counts = count_signs(findings)
    found, signs = [], np.zeros(findings.talk.members, int)
    for sign, number in counts.items():
        has = number >= LEAST[sign]
        signs += has
        who = np.flatnonzero(has)
        who = who[np.argsort(-number[who], kind="stable")]
        why = [reason(f"panel.core.{sign}", count=len(who), names=findings.names(who))] if len(who) else []
        found.append(Indicator(sign, len(who), why, findings.ids(who[:10])))
    both = np.flatnonzero(signs >= 2)
    both = both[np.argsort(-signs[both], kind="stable")]
    key = "panel.core.several" if len(both) else "panel.core.nobody"
    why = reason(key, count=len(both), names=findings.names(both))
    return [*found, Indicator("several", len(both), [why], findings.ids(both[:10]))]


def count_signs(findings: Findings) -> dict[str, np.ndarray]:
    """How often each member showed each sign within 84 days (invitations: ever), bots and ad accounts left out."""
    talk = findings.talk
    window = talk.since(84)

    def count(kind: np.ndarray) -> np.ndarray:
        rows = np.flatnonzero(kind[window] & talk.clean[window]) + window.start
        return np.where(findings.shut, 0, np.bincount(talk.sender[rows], minlength=talk.members))

    entries = talk.kind("chain") & ~findings.chain_calls & talk.says("trade")
    return {
        "insight": count(talk.says("feedback")),
        "brings": np.where(findings.shut, 0, findings.invitations.stayed),
        "creates": count(findings.acts["originals"]) + np.where(findings.shut, 0, findings.habits.starts),
        "buys": count(talk.says("order") | entries),
    }
