"""Only red packets and draws wake the chat, and then it falls silent again."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from community.alerts import Alert, AlertRule
from community.findings import Findings
from community.incentives import AFTERGLOW, LEAST_EVENTS, LIFT, P_VALUE, WAKE_EXCESS, WINDOW_DAYS, Incentives
from community.prescriptions import actions
from community.reasons import reason
from community.temperature import measure_temperature, presence


def find(findings: Findings, thresholds: Mapping[str, float]) -> list[Alert]:
    """Warn when lift, wake share and afterglow all say so (definitions in docs/metrics.md)."""
    found, talk = findings.incentives, findings.talk
    if findings.daily.stage == "closed" or found is None or found.events < thresholds["events"]:
        return []
    if not found.depends(*(thresholds[k] for k in ("lift", "p", "excess", "afterglow"))):
        return []
    rows = found.rows[::-1]
    senders, times = np.unique(talk.sender[rows], return_counts=True)
    senders = senders[np.argsort(-times, kind="stable")]
    return [
        Alert(
            severity="warning",
            value=found.lift,
            threshold=thresholds["lift"],
            why=_why(findings, found, thresholds["lift"]),
            start=findings.date(max(talk.days - WINDOW_DAYS, 0)),
            end=findings.date(talk.days),
            message_ids=findings.message_ids(rows),
            member_ids=findings.ids(senders[:10]),
            actions=actions(
                "only_incentives_wake",
                names=findings.names(findings.leaders()),
                events=found.events,
                topic=next(iter(findings.topics()), ""),
            ),
        )
    ]


def _why(findings: Findings, found: Incentives, threshold: float) -> list[str]:
    window = findings.settings.temperature_window
    quiet = measure_temperature(*presence(findings.talk, found.quiet), window=window)
    return [
        reason(
            "alert.only_incentives_wake",
            value=round(found.lift, 1),
            threshold=threshold,
            events=found.events,
            percent=round(100 * found.wake_share),
            afterglow=round(found.afterglow, 1),
        ),
        reason(
            "alert.only_incentives_wake.temperature",
            temperature=round(float(findings.daily.temperature.value[-1])),
            quiet=round(float(quiet.value[-1])),
        ),
    ]


ALERT = AlertRule(
    "only_incentives_wake",
    "只有红包能叫醒",
    {"lift": LIFT, "p": P_VALUE, "excess": WAKE_EXCESS, "afterglow": AFTERGLOW, "events": LEAST_EVENTS},
    find,
)
