"""Questions stay without an answer: more than half of a month's questions."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from community.alerts import Alert, AlertRule
from community.findings import Findings
from community.influence import wilson
from community.prescriptions import actions
from community.reasons import reason
from community.talk import DAY_MS


def find(findings: Findings, thresholds: Mapping[str, float]) -> list[Alert]:
    """Judge the questions of the last 28 days that are older than a day, with the 95 % interval."""
    talk = findings.talk
    old = (talk.at >= talk.now - 28 * DAY_MS) & (talk.at < talk.now - DAY_MS)
    asked = int((talk.question & talk.clean & old).sum())
    rows = findings.open_questions()
    rows = rows[old[rows]]
    if findings.daily.stage == "closed" or asked < thresholds["questions"]:
        return []
    if wilson(np.array([len(rows)]), np.array([asked]))[0][0] <= thresholds["share"]:
        return []
    askers = list(dict.fromkeys(talk.sender[rows].tolist()))
    helpers = findings.names(findings.helpers())
    why = reason(
        "alert.questions_unanswered",
        value=round(100 * len(rows) / asked),
        threshold=round(100 * thresholds["share"]),
        count=len(rows),
        asked=asked,
    )
    return [
        Alert(
            severity="notice",  # half of its warnings still hold four weeks later (docs/metrics.md)
            value=len(rows) / asked,
            threshold=thresholds["share"],
            why=[why],
            start=findings.date(max(talk.days - 28, 0)),
            end=findings.date(talk.days),
            message_ids=findings.message_ids(rows),
            member_ids=findings.ids(askers[:20]),
            actions=actions("questions_unanswered", questions=len(rows), helpers=helpers),
        )
    ]


ALERT = AlertRule(
    "questions_unanswered", "问题没人答", {"share": 0.5, "questions": 10}, find, needs=("question_label",)
)
