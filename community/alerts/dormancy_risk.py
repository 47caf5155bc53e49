"""The chat is likely to fall dormant within twelve weeks, or already is."""

from __future__ import annotations

from collections.abc import Mapping

from community.alerts import Alert, AlertRule
from community.findings import Findings
from community.prescriptions import actions
from community.reasons import reason
from community.talk import DAY_MS


def find(findings: Findings, thresholds: Mapping[str, float]) -> list[Alert]:
    """Warn from the alarm probability on; a chat that ended by its own clock is not dying."""
    risk, stage = findings.risk, findings.daily.stage
    alarm = findings.settings.risk_alarm
    asleep = stage in ("dormant", "dead")
    if stage == "closed" or risk is None or (risk.p12 < alarm and not asleep):
        return []
    value = max(risk.p12, 1.0 if asleep else 0.0)
    key = "alert.dormancy_risk.asleep" if asleep else "alert.dormancy_risk"
    percent, limit = round(100 * risk.p12), round(100 * alarm)
    why = [reason(key, value=percent, threshold=limit, p8=round(100 * risk.p8), stage=stage), *risk.reasons]
    members = findings.leaders(5)
    talk = findings.talk
    rows = [int(r) for r in (talk.clean & (talk.at >= talk.now - 28 * DAY_MS)).nonzero()[0][::-1][:5]]
    critical = asleep or risk.p12 >= thresholds["critical"]
    return [
        Alert(
            severity="critical" if critical else "warning",
            value=value,
            threshold=alarm,
            why=why,
            start=findings.date(max(talk.days - 28, 0)),
            end=findings.date(talk.days),
            message_ids=findings.message_ids(rows),
            member_ids=findings.ids(members),
            actions=actions(
                "dormancy_risk",
                names=findings.names(members),
                value=percent,
                topic=next(iter(findings.topics()), ""),
                questions=len(findings.open_questions()),
            ),
        )
    ]


ALERT = AlertRule("dormancy_risk", "休眠风险", {"critical": 0.76}, find)
