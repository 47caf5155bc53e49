"""The chat is likely to fall dormant within twelve weeks, is half-way there, or already is."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from community.alerts import Alert, AlertRule
from community.findings import Findings
from community.lifecycle import FAINT
from community.prescriptions import actions
from community.proofs import DORMANT
from community.reasons import reason
from community.risk_features import running_peak
from community.talk import DAY_MS


def find(findings: Findings, thresholds: Mapping[str, float]) -> list[Alert]:
    """Warn from the alarm probability on, or when 28 days hold less than a tenth of the peak.

    A chat that ended by its own clock is not dying; one without enough history is not judged.
    """
    risk, daily, alarm = findings.risk, findings.daily, findings.settings.risk_alarm
    if daily.stage == "closed" or risk is None:
        return []
    share = float(daily.temperature.messages[-1] / max(running_peak(daily.clean)[0][-1], 1))
    asleep = daily.stage in ("dormant", "dead")
    if risk.p12 >= alarm and not asleep:
        key, value, threshold = "alert.dormancy_risk", risk.p12, alarm
    elif share < FAINT:
        key = "alert.dormancy_risk.asleep" if asleep else "alert.dormancy_risk.faint"
        value, threshold = share, FAINT
    else:
        return []
    numbers = {"value": round(100 * value), "threshold": round(100 * threshold)}
    chances = {"p8": round(100 * risk.p8), "p12": round(100 * risk.p12)}
    leaders = findings.leaders(5)
    return [
        Alert(
            severity="critical" if asleep or risk.p12 >= thresholds["critical"] else "warning",
            value=value,
            threshold=threshold,
            why=[reason(key, **numbers, **chances), *risk.reasons],
            start=findings.date(max(findings.talk.days - 28, 0)),
            end=findings.date(findings.talk.days),
            message_ids=findings.message_ids(_latest(findings)),
            member_ids=findings.ids(leaders),
            actions=actions(
                "dormancy_risk",
                names=findings.names(leaders),
                topic=next(iter(findings.topics()), ""),
                questions=len(findings.open_questions()),
            ),
        )
    ]


def _latest(findings: Findings) -> np.ndarray:
    """The last messages by people: what there still is."""
    talk = findings.talk
    return np.flatnonzero(talk.clean & (talk.at >= talk.now - 84 * DAY_MS))[::-1][:5]


ALERT = AlertRule("dormancy_risk", "休眠风险", {"critical": 0.76}, find, proof=DORMANT)
