"""Members who carried the chat have stopped, beyond their own habit of silence."""

from __future__ import annotations

from collections.abc import Mapping

from community.alerts import Alert, AlertRule
from community.churn import Loss
from community.findings import Findings
from community.prescriptions import actions
from community.proofs import STAYS_AWAY
from community.reasons import reason


def find(findings: Findings, thresholds: Mapping[str, float]) -> list[Alert]:
    """One warning for all core members lost in the last twelve weeks, heaviest first."""
    losses, talk = findings.losses[:5], findings.talk
    share = sum(loss.share for loss in losses)
    if findings.daily.stage == "closed" or share < thresholds["share"]:
        return []
    members = [loss.member for loss in losses]
    value, limit = round(100 * share), round(100 * thresholds["share"])
    led = any(0 < loss.rank <= 3 for loss in losses)
    return [
        Alert(
            severity="critical" if led or share >= thresholds["critical"] else "warning",
            value=share,
            threshold=thresholds["share"],
            why=[
                reason("alert.core_member_lost", names=findings.names(members, 5), value=value, threshold=limit),
                *(_why(findings, loss) for loss in losses[:3]),
            ],
            start=findings.date(int(talk.day[min(loss.last_row for loss in losses)])),
            end=findings.date(talk.days),
            message_ids=findings.message_ids([loss.last_row for loss in losses]),
            member_ids=findings.ids(members),
            actions=actions(
                "core_member_lost",
                names=findings.names(members),
                days=round(losses[0].silence),
                helpers=findings.names([m for m in findings.leaders(5) if m not in members]),
            ),
        )
    ]


def _why(findings: Findings, loss: Loss) -> str:
    return reason(
        "loss.left" if loss.left else "loss.silent",
        name=findings.called.name[loss.member],
        days=round(loss.silence),
        gap=round(loss.usual_gap),
        percent=round(100 * loss.share),
        repliers=loss.repliers,
    )


ALERT = AlertRule("core_member_lost", "核心成员流失", {"share": 0.08, "critical": 0.15}, find, proof=STAYS_AWAY)
