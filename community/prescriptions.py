"""Prescriptions: for every role and every warning what to do this week, naming members and material.

In: `Findings` and data/prescriptions.toml (role or rule -> catalogue keys). Out: reasons; the sentence itself lives in
the catalogue (data/words/reasons.*.toml). Example: `prescribe(findings)[member]`.
"""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files

import numpy as np

from community.findings import Findings
from community.reasons import reason
from community.talk import bots

DESKS = ("admin", "moderator", "manager")


@cache
def read_prescriptions() -> dict[str, dict[str, dict]]:
    """The table {"role": {...}, "alert": {...}} of data/prescriptions.toml."""
    return tomllib.loads(files("data").joinpath("prescriptions.toml").read_text("utf-8"))


def prescribe(findings: Findings) -> list[list[str]]:
    """One list of reasons a member: the advice for the participation role, then for the social role."""
    table = read_prescriptions()["role"]
    material = _material(findings)
    shut = findings.ad_members | bots(findings.talk)
    advice = []
    for m, name in enumerate(findings.called.name):
        roles = (findings.roles.participation[m], findings.roles.social[m])
        keys = [] if shut[m] else [key for role in roles for key in table.get(role, {}).get("keys", [])]
        advice.append([reason(key, name=name, **material) for key in keys])
    return advice


def actions(rule: str, **arguments: str | int | float | list[str]) -> dict[str, str]:
    """Desk -> reason for one warning rule; desks without advice are left out."""
    table = read_prescriptions()["alert"].get(rule, {})
    return {desk: reason(table[desk], **arguments) for desk in DESKS if desk in table}


def _material(findings: Findings) -> dict[str, str | int | list[str]]:
    """What the advice can name: the topic that draws most, who leads, who answers, how many questions wait."""
    helpers = np.argsort(-findings.habits.helped, kind="stable")[:2]
    helpers = helpers[findings.habits.helped[helpers] > 0]
    topics = findings.topics()
    return {
        "topic": topics[0] if topics else "",
        "leaders": findings.names(findings.leaders()),
        "helpers": findings.names(helpers),
        "questions": len(findings.open_questions()),
    }
