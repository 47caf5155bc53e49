"""Holidays that move a Chinese chat: Spring Festival, National Day, 618 and Singles' Day, 2010 to 2035.

In: a zone and a stretch of local days. Out: one holiday id a day, "" = none. Source of the dates: data/holidays.toml.
Example: `holidays("Asia/Shanghai", first_day=20_000, days=30)`.
"""

from __future__ import annotations

import tomllib
from datetime import date
from functools import cache
from importlib.resources import files

import numpy as np

YEARS = range(2010, 2036)
_EPOCH = date(1970, 1, 1).toordinal()


@cache
def _calendar() -> tuple[frozenset[str], dict[int, str]]:
    """The zones that keep these days, and day (since 1970-01-01) -> holiday."""
    table = tomllib.loads(files("data").joinpath("holidays.toml").read_text("utf-8"))
    zones = frozenset(table.pop("zones"))
    days: dict[int, str] = {}
    for name, rule in table.items():
        anchors = rule.get("anchors") or [f"{year}-{rule['month_day']}" for year in YEARS]
        for anchor in anchors:
            start = date.fromisoformat(anchor).toordinal() - _EPOCH + rule["from"]
            days |= dict.fromkeys(range(start, start + rule["days"]), name)
    return zones, days


def holidays(zone: str, first_day: int, days: int) -> np.ndarray:
    """The holiday of each of `days` local days from `first_day` (days since 1970-01-01) on; "" elsewhere and abroad."""
    zones, known = _calendar()
    if zone not in zones:
        return np.full(days, "", object)
    return np.array([known.get(first_day + k, "") for k in range(days)], object)
