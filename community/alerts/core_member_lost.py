"""A member who carried the chat has stopped, beyond their own habit of silence."""

from __future__ import annotations

from collections.abc import Mapping

from community.alerts import Alert, AlertRule
from community.findings import Findings
from community.prescriptions import actions
from community.reasons import reason


def find(findings: Findings, thresholds: Mapping[str, float]) -> list[Alert]:
    """One warning for all core members lost in the last twelve weeks, heaviest first."""
    if findings.daily.stage == "closed" or not findings.losses:
        return []
    losses, talk = findings.losses[:5], findings.talk
    share = sum(loss.share for loss in losses)
    worst = losses[0]
    members = [loss.member for loss in losses]
    why = [
        reason(
            "alert.core_member_lost",
            names=findings.names(members, 5),
            value=round(100 * share),
            threshold=round(100 * thresholds["share"]),
        )
    ]
    for loss in losses[:3]:
        key = "loss.left" if loss.left else "loss.silent"
        name = findings.called.name[loss.member]
        percent = round(100 * loss.share)
        why.append(
            reason(
                key,
                name=name,
                days=round(loss.silence),
                gap=round(loss.usual_gap),
                percent=percent,
                repliers=loss.repliers,
            )
        )
    if share < thresholds["share"]:
        return []
    return [
        Alert(
            severity="critical" if worst.share >= thresholds["critical"] or 0 < worst.rank <= 3 else "warning",
            value=share,
            threshold=thresholds["share"],
            why=why,
            start=findings.date(int(talk.day[min(loss.last_row for loss in losses)])),
            end=findings.date(talk.days),
            message_ids=findings.message_ids([loss.last_row for loss in losses]),
            member_ids=findings.ids(members),
            actions=actions(
                "core_member_lost",
                names=findings.names(members),
                days=round(worst.silence),
                helpers=findings.names([m for m in findings.leaders(5) if m not in members]),
            ),
        )
    ]


ALERT = AlertRule("core_member_lost", "核心成员流失", {"share": 0.05, "critical": 0.10}, find)
