"""The four nodes of a community's growth: 初始化, 信任与价值确立, 去中心化, 自生长; three checks each.

A node is reached with two of its three checks; the chat stands at the last node before the first gap.
"""

from __future__ import annotations

import numpy as np

from community.findings import Findings
from community.panels import Indicator
from community.reasons import reason
from community.talk import DAY_MS

NODES = ("initialised", "trusted", "decentralised", "self_growing")
NEEDED = 2


def read(findings: Findings) -> list[Indicator]:
    """Share of the checks passed a node; each check is a sentence with sign + or -."""
    checks = (_initialised(findings), _trusted(findings), _decentralised(findings), _self_growing(findings))
    found = []
    for node, passed in zip(NODES, checks, strict=True):
        why = [reason(f"panel.nodes.{key}", sign="+" if ok else "-", **words) for key, (ok, words) in passed.items()]
        found.append(Indicator(node, sum(ok for ok, _ in passed.values()) / len(passed), why))
    return found


def reached(indicators: list[Indicator]) -> str:
    """The node at which the chat stands; "none" before the first."""
    last = "none"
    for indicator in indicators:
        if indicator.value is None or indicator.value * 3 < NEEDED - 1e-6:
            break
        last = indicator.item
    return last


Checks = dict[str, tuple[bool, dict[str, int]]]


def _initialised(findings: Findings) -> Checks:
    talk, acts = findings.talk, findings.acts
    rules = int((talk.says("rules") | (acts["organises"] & findings.habits.staff[talk.sender])).sum())
    speakers = len(np.unique(talk.sender[talk.clean]))
    openers = len(np.unique(talk.sender[acts["opens"] & talk.clean & ~talk.trivial]))
    return {
        "rules": (rules > 0, {"count": rules}),
        "speakers": (speakers >= 15, {"count": speakers}),
        "openers": (openers >= 5, {"count": openers}),
    }


def _trusted(findings: Findings) -> Checks:
    talk, influence = findings.talk, findings.influence
    window = talk.since(84)
    asked = np.flatnonzero(talk.question[window] & talk.clean[window]) + window.start
    rows = findings.between
    answered = float(np.isin(asked, findings.links.parent[rows]).mean()) if len(asked) else 0.0
    partners = influence.partners > 0
    mutual = float((influence.returned[partners] / influence.partners[partners]).mean()) if partners.any() else 0.0
    regulars = int((findings.habits.weeks >= 3).sum())
    return {
        "answered": (len(asked) >= 5 and answered >= 0.6, {"percent": round(100 * answered), "count": len(asked)}),
        "mutual": (partners.sum() >= 5 and mutual >= 0.3, {"percent": round(100 * mutual)}),
        "regulars": (regulars >= 5, {"count": regulars}),
    }


def _decentralised(findings: Findings) -> Checks:
    messages = np.sort(findings.influence.messages)[::-1]
    total = max(int(messages.sum()), 1)
    top = float(messages[0] / total) if len(messages) else 1.0
    factor, _ = findings.absence_factor()
    first = findings.leaders()
    first = first if len(first) else np.argsort(-findings.influence.messages, kind="stable")[:3]  # nobody is ranked
    leaders = np.append(np.flatnonzero(findings.habits.staff), first)
    starts = findings.influence.starts
    led = int(starts[np.unique(leaders)].sum()) if len(leaders) else 0
    others = 1 - led / int(starts.sum()) if starts.sum() else 0.0
    return {
        "top": (total >= 50 and top < 0.25, {"percent": round(100 * top), "messages": total}),
        "factor": (total >= 50 and factor > 3, {"count": factor, "messages": total}),
        "others": (
            starts.sum() >= 5 and others >= 0.5,
            {"percent": round(100 * others), "count": int(starts.sum())},
        ),
    }


def _self_growing(findings: Findings) -> Checks:
    talk, new = findings.talk, findings.arrivals
    ordinary = findings.invitations.recent[~findings.habits.staff]
    brought = int(ordinary.sum())
    judged = int(new.judged.sum())
    kept = float(new.stayed[new.judged].mean()) if judged else 0.0
    start = talk.now - 84 * DAY_MS
    warm = talk.warm & (talk.at >= start)
    organic = warm & findings.organic
    share = float(organic.sum() / max(int(warm.sum()), 1))
    return {
        "brought": (brought >= 3, {"count": brought}),
        "kept": (judged >= 3 and kept >= 0.3, {"percent": round(100 * kept), "count": judged}),
        "organic": (int(warm.sum()) >= 50 and share >= 0.8, {"percent": round(100 * share), "count": int(warm.sum())}),
    }
