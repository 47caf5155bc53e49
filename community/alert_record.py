"""What the back-test said of every warning rule, for the page that shows the warning.

In: `data/records/alerts.json`, written by `nuanqun backtest alerts --record`. Out: `Record`, one a rule; None for a
rule that was not tested. Example: `record = read_alert_record("dormancy_risk")`; `record.precision`.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Record:
    """One rule on real histories; None = never came up, or a rule about a state that foretells nothing."""

    chats: int
    group_years: float
    warnings: int  # judged ones: the record went on long enough to tell
    precision: float | None  # share of the warnings that were right, 0..1
    precision_ci95: tuple[float, float] | None
    events: int  # what the rule should have foreseen
    recall: float | None  # share of the events foreseen, 0..1
    recall_ci95: tuple[float, float] | None
    median_lead_days: float | None
    false_per_group_year: float | None


def read_alert_record(rule: str) -> Record | None:
    """The record of a rule, None when it was not tested."""
    return _records().get(rule)


@cache
def _records() -> dict[str, Record]:
    text = files("data").joinpath("records", "alerts.json").read_text("utf-8")
    return {rule: _record(row) for rule, row in json.loads(text)["rules"].items()}


def _record(row: dict[str, Any]) -> Record:
    ends: dict[str, Any] = {k: tuple(row[k]) if row[k] else None for k in ("precision_ci95", "recall_ci95")}
    return Record(**(row | ends))


def write_record(found: dict, path: Path) -> None:
    """Write what `backtest_alerts` found."""
    known = [field.name for field in fields(Record)]
    rules = {
        rule: _record({k: (row | {"chats": found["chats"]})[k] for k in known}) for rule, row in found["rules"].items()
    }
    document = {"made_by": "nuanqun backtest alerts", "rules": {rule: asdict(r) for rule, r in rules.items()}}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", "utf-8")
