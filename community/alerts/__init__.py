"""The contract of a warning rule and its discovery.

A rule is one file in this folder that defines `ALERT = AlertRule(...)`. Nothing else is edited. Third parties register
the same object under the entry-point group `nuanqun.alerts`. Example: `alerts_table(find_alerts(findings), chat_id)`.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import entry_points
from typing import TYPE_CHECKING

import pyarrow as pa

from community.proofs import Proof
from community.tables import ALERTS, check_table

if TYPE_CHECKING:
    from community.findings import Findings

SEVERITIES = ("none", "notice", "warning", "critical")


@dataclass(frozen=True, slots=True)
class Alert:
    """One warning: what was measured, over which days [start, end), against what, on which evidence."""

    severity: str
    value: float
    threshold: float
    why: list[str]  # reasons; the first one names value and threshold
    start: int  # days since 1970-01-01, local
    end: int
    message_ids: list[str] = field(default_factory=list)
    member_ids: list[str] = field(default_factory=list)
    actions: Mapping[str, str] = field(default_factory=dict)  # desk -> reason


@dataclass(frozen=True, slots=True)
class AlertRule:
    """A warning rule. `find` looks at everything found about one chat and returns its warnings, usually none or one.

    `needs` are ANNOTATIONS columns without which the rule stays silent; `thresholds` are its own knobs, which
    `CommunitySettings.alerts[id]` may override.
    """

    id: str
    title: str  # for people, Chinese
    thresholds: Mapping[str, float]
    find: Callable[[Findings, Mapping[str, float]], list[Alert]]
    needs: tuple[str, ...] = ()
    cooldown: int = 28  # days in which the same warning is not given anew
    proof: Proof | None = None  # what must follow; None = the state is still there four weeks later


@cache
def rules() -> dict[str, AlertRule]:
    """All rules by id, from this folder and from entry points; raises ValueError on a duplicate id."""
    found: dict[str, AlertRule] = {}
    origin: dict[str, str] = {}
    modules = [f"{__name__}.{m.name}" for m in pkgutil.iter_modules(__path__)]
    loaded = [(name, getattr(importlib.import_module(name), "ALERT", None)) for name in modules]
    loaded += [(point.value, point.load()) for point in entry_points(group="nuanqun.alerts")]
    for name, rule in loaded:
        if rule is None:
            continue
        if rule.id in found:
            raise ValueError(f"alert id {rule.id!r} is defined by both {origin[rule.id]} and {name}")
        found[rule.id], origin[rule.id] = rule, name
    return found


def find_alerts(findings: Findings) -> list[tuple[str, Alert]]:
    """(rule id, warning) of every rule, worst first; raises ValueError when settings name an unknown threshold."""
    found = []
    for rule in rules().values():
        if any(column not in findings.annotations.schema.names for column in rule.needs):
            continue
        own = findings.settings.alerts.get(rule.id, {})
        unknown = set(own) - set(rule.thresholds)
        if unknown:
            raise ValueError(f"alert {rule.id}: unknown threshold {sorted(unknown)}, known: {sorted(rule.thresholds)}")
        found += [(rule.id, alert) for alert in rule.find(findings, {**rule.thresholds, **own})]
    return sorted(found, key=lambda pair: (-SEVERITIES.index(pair[1].severity), pair[0]))


def alerts_table(alerts: list[tuple[str, Alert]], chat_id: str) -> pa.Table:
    """The ALERTS table."""
    rows = [
        {
            "chat_id": chat_id,
            "rule": rule,
            "start": alert.start,
            "end": alert.end,
            "severity": alert.severity,
            "value": alert.value,
            "threshold": alert.threshold,
            "why": alert.why,
            "message_ids": alert.message_ids,
            "member_ids": alert.member_ids,
            "cooldown": rules()[rule].cooldown,
            "actions": list(alert.actions.items()),
        }
        for rule, alert in alerts
    ]
    columns = {f.name: pa.array([row[f.name] for row in rows], f.type) for f in ALERTS}
    return check_table(pa.table(columns, schema=ALERTS), ALERTS)
