"""Prescriptions: for every role and every warning what to do this week, naming members and material.

In: `Findings` and data/prescriptions.toml (role or rule -> catalogue keys, and what each sentence needs). Out: reasons;
the sentences live in the catalogue (data/words/reasons.*.toml). Where there is nobody and nothing to name, the sentence
of `else` takes the place. Example: `prescribe(findings).reasons[member]`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
import pyarrow as pa

from community.distinct import distinct
from community.findings import Findings
from community.reasons import reason

DESKS = ("admin", "moderator", "manager")
AWAY_DAYS = 28
Argument = str | int | float | list[str]


@cache
def read_prescriptions() -> dict[str, dict[str, dict]]:
    """The table {"role": {...}, "alert": {...}, "sentence": {...}} of data/prescriptions.toml."""
    return tomllib.loads(files("data").joinpath("prescriptions.toml").read_text("utf-8"))


@dataclass(frozen=True, slots=True)
class Advice:
    """One entry a member: what to do, and the messages that it is about."""

    reasons: list[list[str]]
    message_ids: list[list[str]]


def prescribe(findings: Findings) -> Advice:
    """The advice for the participation role, then for the social role; ad accounts and bots get none."""
    table = read_prescriptions()["role"]
    material = _Material(findings)
    reasons, messages = [], []
    for m, name in enumerate(findings.called.name):
        roles = _advised(findings, m, bool(findings.gone[m]))
        keys = [key for role in roles for key in table.get(role, {}).get("keys", [])]
        words = material.words(m, name) if keys else {}
        reasons.append([said for key in keys if (said := advise(key, words))])
        rows = [row for role in roles for row in material.about(m, role)]
        messages.append(findings.message_ids(list(dict.fromkeys(rows)), 5))
    return Advice(reasons, messages)


def _advised(findings: Findings, m: int, gone: bool) -> tuple[str, ...]:
    """The roles whose advice fits today: none for who left, the recall for who has been away for four weeks."""
    silence = float(findings.habits.silent_days[m])
    if findings.shut[m] or gone:
        return ()
    if not np.isfinite(silence):
        return ("silent",)
    away = silence >= AWAY_DAYS
    return ("inactive",) if away else (findings.roles.participation[m], findings.roles.social[m])


def actions(rule: str, **arguments: Argument) -> dict[str, str]:
    """Desk -> reason for one warning rule; desks without advice are left out."""
    table = read_prescriptions()["alert"].get(rule, {})
    return {desk: said for desk in DESKS if desk in table and (said := advise(table[desk], arguments))}


def advise(key: str, arguments: Mapping[str, Argument]) -> str | None:
    """The reason for a key, or for what takes its place where something it needs is missing; None = better silent."""
    rule = read_prescriptions()["sentence"].get(key, {})
    if all(arguments.get(name) for name in rule.get("needs", ())):
        return reason(key, **arguments)
    return advise(rule["else"], arguments) if "else" in rule else None


class _Material:
    """What the advice can name, gathered once for all members."""

    def __init__(self, findings: Findings) -> None:
        self.findings = findings
        self.topics = _own_topics(findings)
        self.topic = next(iter(findings.topics()), "")
        self.friend = _friends(findings)
        self.helpers, self.leaders = findings.helpers().tolist(), findings.leaders(4).tolist()
        self.open = findings.open_questions()[:200].tolist()
        self.hot = _hot(findings)
        keeps = findings.acts["keeps"] & findings.talk.clean
        window = findings.talk.since(28)
        self.kept = (np.flatnonzero(keeps[window])[::-1][:20] + window.start).tolist()
        strong = [c.kind for c in findings.catalysts if c.p < 0.05 and c.low > 0]
        self.catalyst = next((kind for kind in strong if kind not in ("red_packet", "announcement")), "")
        self.asked: dict[int, list[int]] = {}
        for row in self.open:
            self.asked.setdefault(int(findings.talk.sender[row]), []).append(row)

    def words(self, m: int, name: str) -> dict[str, Argument]:
        """The arguments of the sentences for one member."""
        f = self.findings
        friend = self.friend[m]
        return {
            "name": name,
            "topic": self.topics.get(m) or self.topic,
            "catalyst": self.catalyst,
            "leaders": f.names([x for x in self.leaders if x != m], 2),
            "helpers": f.names([x for x in self.helpers if x != m], 2),
            "questions": len([r for r in self.open if f.talk.sender[r] != m]),
            "asked": len(self.asked.get(m, ())),
            "friend": f.called.name[friend] if friend >= 0 else "",
            "newcomers": f.names([x for x in f.arrivals.member[::-1].tolist() if x != m], 2),
        }

    def about(self, m: int, role: str) -> list[int]:
        """The rows that the advice for a role hands over."""
        talk = self.findings.talk
        if role == "asker":
            return self.asked.get(m, [])[:3]
        if role in ("thinker", "joiner"):
            return [row for row in self.open if talk.sender[row] != m][:3]
        if role in ("critic", "challenger"):
            return [row for row in self.hot if talk.sender[row] != m][:2]
        return self.kept[:5] if role == "collector" else []


def _friends(findings: Findings) -> np.ndarray:
    """With whom each member exchanged most answers, over the whole record; -1 = with nobody."""
    talk = findings.talk
    rows = findings.between
    by, to = talk.sender[rows].astype(np.int64), talk.sender[findings.links.parent[rows]].astype(np.int64)
    kept = ~findings.shut[by] & ~findings.shut[to]
    key = np.concatenate([by[kept] * talk.members + to[kept], to[kept] * talk.members + by[kept]])
    pair, times = np.unique(key, return_counts=True)
    order = np.lexsort((times, pair // talk.members))
    friend = np.full(talk.members, -1, np.int64)
    friend[pair[order] // talk.members] = pair[order] % talk.members  # the most frequent comes last and stays
    return friend


def _own_topics(findings: Findings) -> dict[int, str]:
    """The topic each member speaks of most in 84 days, small talk left out."""
    if "topic_label" not in findings.annotations.schema.names:
        return {}
    talk = findings.talk
    window = talk.since(84)
    labels = findings.annotations["topic_label"].slice(window.start, window.stop - window.start)
    coded = pa.chunked_array(labels).combine_chunks().cast(pa.string()).dictionary_encode()
    names = coded.dictionary.to_pylist()
    code = coded.indices.fill_null(-1).to_numpy()
    kept = talk.clean[window] & (code >= 0)
    if "chitchat" in names:
        kept &= code != names.index("chitchat")
    span = max(len(names), 1)
    pair, times = np.unique(talk.sender[window][kept].astype(np.int64) * span + code[kept], return_counts=True)
    order = np.lexsort((times, pair // span))
    enough = order[times[order] >= 3]
    return {int(pair[i] // span): names[int(pair[i] % span)] for i in enough.tolist()}


def _hot(findings: Findings) -> list[int]:
    """The openings of the liveliest conversations of 28 days that are no question, liveliest first."""
    talk, root = findings.talk, findings.links.root
    window = talk.since(28)
    rows = np.flatnonzero(talk.clean[window]) + window.start
    pair = distinct(root[rows] * talk.members + talk.sender[rows])
    head, voices = np.unique(pair // talk.members, return_counts=True)
    kept = (voices >= 3) & talk.clean[head] & (talk.length[head] >= 8) & (head >= window.start)
    head, voices = head[kept], voices[kept]
    return head[np.argsort(-voices, kind="stable")][:10].tolist()
