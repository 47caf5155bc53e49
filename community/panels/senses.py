"""The four senses, 0..100 each: ritual 仪式感, participation 参与感, organisation 组织感, belonging 归属感.

Each is the mean of three parts (0..1) that its sentence shows; definitions in docs/metrics.md.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from community.distinct import distinct
from community.findings import Findings
from community.panels import Indicator
from community.reasons import reason
from community.talk import DAY_MS, Talk

MONTH = 28
SEASON = 84
FULL = {"introductions": 0.5, "check_in_days": 14, "chains": 4, "helped": 0.8, "we": 0.03}
"""What counts as full: share of newcomers, days of 28, calls a season, share of questions, share of messages."""


def read(findings: Findings) -> list[Indicator]:
    """One indicator a sense; None when fewer than 20 messages lie in the last 28 days."""
    talk = findings.talk
    enough = int(talk.warm[talk.since(MONTH)].sum()) >= 20
    parts = {
        "ritual": _ritual(findings),
        "participation": _participation(findings),
        "organisation": _organisation(findings),
        "belonging": _belonging(findings),
    }
    found = []
    for sense, (part, words, rows) in parts.items():
        value = 100 * float(np.mean(list(part.values()))) if enough else None
        why = [reason(f"panel.senses.{sense}", **words)] if enough else []
        if enough and findings.foreign and sense == "ritual":
            why.insert(0, reason("panel.senses.foreign"))
        found.append(Indicator(sense, value, why, [], findings.message_ids(rows[::-1], 5)))
    return found


Sense = tuple[Mapping[str, float], dict[str, int], np.ndarray]


def _recent(talk: Talk, pattern: str, days: int) -> np.ndarray:
    window = talk.since(days)
    return np.flatnonzero(talk.says(pattern)[window] & ~(talk.ad | talk.bot)[window]) + window.start


def _ritual(findings: Findings) -> Sense:
    """Introductions by newcomers, days with check-ins of three people, weekly events at their hour."""
    talk, new = findings.talk, findings.arrivals
    introduced = np.intersect1d(talk.sender[_recent(talk, "introduce", SEASON)], new.member)
    rows = _recent(talk, "check_in", MONTH)
    pairs = distinct(talk.day[rows].astype(np.int64) * talk.members + talk.sender[rows]) // talk.members
    shared = int((np.unique(pairs, return_counts=True)[1] >= 3).sum())
    weeks = _weekly(findings)
    share = len(introduced) / len(new.member) if len(new.member) else 0.0
    part = {
        "introductions": min(share / FULL["introductions"], 1),
        "check_ins": min(shared / FULL["check_in_days"], 1),
        "weekly": weeks / 4,
    }
    return part, {"introduced": len(introduced), "newcomers": len(new.member), "days": shared, "weeks": weeks}, rows


def _weekly(findings: Findings) -> int:
    """In how many of the last four weeks something was called on the weekday on which it mostly is."""
    talk = findings.talk
    window = talk.since(MONTH)
    rows = np.flatnonzero(findings.acts["organises"][window] & talk.clean[window]) + window.start
    back = (talk.days - 1 - talk.day[rows]).astype(np.int64)
    pairs = distinct(np.minimum(back // 7, 3) * 7 + back % 7)
    return int(np.bincount(pairs % 7, minlength=7).max(initial=0))


def _participation(findings: Findings) -> Sense:
    """Breadth of talk: share of those present who speak, evenness, days with three voices."""
    talk, heat = findings.talk, findings.daily.temperature
    window = talk.since(MONTH)
    speakers = int(heat.distinct_speakers[-1])
    known = max(findings.size, speakers, 1)
    rows = np.flatnonzero(talk.warm[window]) + window.start
    per = np.bincount(talk.sender[rows], minlength=1)
    per = np.sort(per[per > 0])[::-1]
    top = float(per[: max(1, round(0.1 * len(per)))].sum() / per.sum()) if len(per) else 1.0
    pairs = distinct(talk.day[rows].astype(np.int64) * talk.members + talk.sender[rows]) // talk.members
    lively = int((np.unique(pairs, return_counts=True)[1] >= 3).sum())
    part = {"breadth": min(speakers / known / 0.5, 1), "evenness": 1 - top, "days": lively / MONTH}
    return part, {"speakers": speakers, "members": known, "percent": round(100 * top), "days": lively}, rows[:0]


def _organisation(findings: Findings) -> Sense:
    """Rules that exist, sign-up chains, questions helped by ordinary members."""
    talk, links = findings.talk, findings.links
    rules = np.flatnonzero(talk.says("rules") & ~talk.ad)
    start = talk.now - SEASON * DAY_MS
    chains = np.flatnonzero(findings.chain_calls & (talk.at >= start))
    asked = np.flatnonzero(talk.question & talk.clean & (talk.at >= start))
    rows = findings.between
    helpers = rows[~findings.habits.staff[talk.sender[rows]]]
    helped = np.isin(asked, links.parent[helpers]).mean() if len(asked) else 0.0
    part = {
        "rules": float(len(rules) > 0),
        "chains": min(len(chains) / FULL["chains"], 1),
        "helped": min(float(helped) / FULL["helped"], 1),
    }
    words = {"rules": len(rules), "chains": len(chains), "percent": round(100 * float(helped))}
    return part, words, np.sort(np.concatenate([rules[-2:], chains[-3:]]))


def _belonging(findings: Findings) -> Sense:
    """Meetings in person, "we", answers both ways."""
    talk = findings.talk
    meetings = _recent(talk, "meeting", SEASON)
    days = len(distinct(talk.day[meetings]))
    we = _recent(talk, "belong", MONTH)
    said = max(int(talk.warm[talk.since(MONTH)].sum()), 1)
    influence = findings.influence
    active = influence.partners > 0
    both = float((influence.returned[active] / influence.partners[active]).mean()) if active.any() else 0.0
    part = {"meetings": min(days / 3, 1), "we": min(len(we) / said / FULL["we"], 1), "mutual": min(both, 1)}
    words = {"days": days, "we": len(we), "percent": round(100 * both)}
    return part, words, np.sort(np.concatenate([meetings[-2:], we[-3:]]))
