"""The level of talk fell by a step: two weeks clearly below the eight weeks before, holidays left out."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from community.alerts import Alert, AlertRule
from community.findings import Findings
from community.prescriptions import actions
from community.proofs import FALLS
from community.reasons import reason
from community.season import weekday, weekday_factors

RECENT, BEFORE = 14, 56


def find(findings: Findings, thresholds: Mapping[str, float]) -> list[Alert]:
    """Compare daily levels, the weekday rhythm taken out; the day of the step is the best split of the last weeks."""
    talk, daily = findings.talk, findings.daily
    ordinary = daily.holiday == ""
    now, before = _part(daily.clean, ordinary, 0, RECENT), _part(daily.clean, ordinary, RECENT, RECENT + BEFORE)
    if daily.stage == "closed" or talk.days < RECENT + BEFORE // 2 or len(now) < RECENT // 2:
        return []
    level, old = float(now.mean()), float(before.mean()) if len(before) else 0.0
    factors = weekday_factors(daily.clean, talk.first_day, ordinary)
    flat = np.log1p(daily.clean / factors[weekday(talk.first_day, talk.days)])
    a, b = _part(flat, ordinary, 0, RECENT), _part(flat, ordinary, RECENT, RECENT + BEFORE)
    error = np.sqrt(a.var() / len(a) + b.var() / max(len(b), 1)) + 1e-9
    if old < thresholds["level"] or level > thresholds["ratio"] * old:
        return []
    if b.mean() - a.mean() < thresholds["errors"] * error:
        return []
    step = _split(flat[-(RECENT + BEFORE) :]) + max(talk.days - RECENT - BEFORE, 0)
    stopped = _stopped(findings, step)
    change = round(100 * level / old)
    why = reason(
        "alert.cold_drop",
        value=change,
        threshold=round(100 * thresholds["ratio"]),
        before=round(old, 1),
        now=round(level, 1),
        days=talk.days - step,
        names=findings.names(stopped),
    )
    last = [int(np.flatnonzero(talk.clean & (talk.sender == m))[-1]) for m in stopped]
    rows = last or np.flatnonzero(talk.clean)[::-1][:5].tolist()
    return [
        Alert(
            severity="critical" if level <= thresholds["critical"] * old else "warning",
            value=level / old,
            threshold=thresholds["ratio"],
            why=[why],
            start=findings.date(step),
            end=findings.date(talk.days),
            message_ids=findings.message_ids(rows),
            member_ids=findings.ids(stopped),
            actions=actions("cold_drop", names=findings.names(stopped), topic=next(iter(findings.topics()), "")),
        )
    ]


def _part(values: np.ndarray, ordinary: np.ndarray, start: int, end: int) -> np.ndarray:
    """Ordinary days from `end` to `start` days ago."""
    span = slice(max(len(values) - end, 0), len(values) - start)
    return values[span][ordinary[span]]


def _split(values: np.ndarray) -> int:
    """The day before which the level was highest above the level after: the best single step down."""
    n = len(values)
    total = np.cumsum(values)
    place = np.arange(7, n - 6)
    left, right = total[place - 1] / place, (total[-1] - total[place - 1]) / (n - place)
    return int(place[np.argmax((left - right) * np.sqrt(place * (n - place) / n))])


def _stopped(findings: Findings, step: int) -> list[int]:
    """Up to five members whose messages fell most since the step, as rates a day."""
    talk = findings.talk
    start = max(step - BEFORE, 0)
    old = np.bincount(talk.sender[talk.clean & (talk.day >= start) & (talk.day < step)], minlength=talk.members)
    new = np.bincount(talk.sender[talk.clean & (talk.day >= step)], minlength=talk.members)
    fall = old / max(step - start, 1) - new / max(talk.days - step, 1)
    order = np.argsort(-np.where(findings.shut, 0, fall), kind="stable")[:5]
    return [int(m) for m in order if fall[m] >= 0.1]


ALERT = AlertRule(
    "cold_drop",
    "热度骤降",
    {"ratio": 0.5, "critical": 0.25, "errors": 3, "level": 2},
    find,
    proof=FALLS,
)
