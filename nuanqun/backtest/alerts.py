"""`nuanqun backtest alerts`: every warning rule replayed on real histories and judged by what followed.

In: a folder of histories. Out: one row a rule. Example: `run(Path("groups"))["result"]["dormancy_risk"]["precision"]`.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from community.alert_backtest import backtest_alerts
from community.alert_record import write_record


def run(
    histories: Path,
    *,
    least: int,
    limit: int | None,
    progress: Callable[[str], None],
    kept: Path | None = None,
    record: Path | None = None,
) -> dict[str, Any]:
    """The document of the command; a state without a forecast is compared with nothing, so there are no baselines."""
    start = time.perf_counter()
    found = backtest_alerts(histories, least=least, limit=limit, kept=kept, progress=progress)
    if record:
        write_record(found, record)
    rows = found["rules"]
    return {
        "task": "alerts",
        "n": found["chats"],
        "baselines": {},
        "result": rows,
        "ci95": {rule: {k: row.pop(f"{k}_ci95") for k in ("precision", "recall")} for rule, row in rows.items()},
        "not_tested": found["not_tested"],
        "seconds": round(time.perf_counter() - start, 1),
    }
