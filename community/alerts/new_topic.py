"""A topic that hardly anybody had spoken of before takes its share of the talk."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from community.alerts import Alert, AlertRule
from community.findings import Findings
from community.open_topics import Topic, is_new
from community.prescriptions import actions
from community.reasons import reason
from community.talk import DAY_MS


def find(findings: Findings, thresholds: Mapping[str, float]) -> list[Alert]:
    """The greatest new topic of the last 14 days, if it is great enough."""
    talk = findings.talk
    if findings.daily.stage == "closed":
        return []
    said = int(talk.clean[talk.since(14)].sum())
    for topic in findings.open_topics:
        rows = topic.rows[talk.at[topic.rows] >= talk.now - 14 * DAY_MS]
        people, times = np.unique(talk.sender[rows], return_counts=True)
        big = len(rows) >= thresholds["messages"] and len(people) >= thresholds["people"]
        if big and len(rows) >= thresholds["share"] * said and is_new(findings, topic):
            return [_alert(findings, topic, rows, people[np.argsort(-times, kind="stable")], said, thresholds["share"])]
    return []


def _alert(
    findings: Findings, topic: Topic, rows: np.ndarray, people: np.ndarray, said: int, threshold: float
) -> Alert:
    words, names = "·".join(topic.words[:3]), findings.names(people)
    why = reason(
        "alert.new_topic",
        words=words,
        people=len(people),
        count=len(rows),
        value=round(100 * len(rows) / said),
        threshold=round(100 * threshold),
    )
    return Alert(
        severity="notice",
        value=len(rows) / said,
        threshold=threshold,
        why=[why],
        start=findings.date(int(findings.talk.day[rows[0]])),
        end=findings.date(findings.talk.days),
        message_ids=findings.message_ids(topic.shown),
        member_ids=findings.ids(people[:20]),
        actions=actions("new_topic", words=words, names=names),
    )


ALERT = AlertRule("new_topic", "新话题出现", {"share": 0.08, "messages": 12, "people": 4}, find, needs=("tokens",))
