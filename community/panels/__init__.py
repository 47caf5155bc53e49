"""Panels: what a manager looks at beside the temperature, one file a panel; nothing else is edited for a new one.

A panel file defines `read(findings) -> list[Indicator]`; its file name is the panel's id.
Example: `indicators_table(read_panels(findings), chat_id)`.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING

import pyarrow as pa

from community.tables import INDICATORS, check_table

if TYPE_CHECKING:
    from community.findings import Findings


@dataclass(frozen=True, slots=True)
class Indicator:
    """One number of a panel with its sentence and what lies behind it; value None = too little to say."""

    item: str
    value: float | None
    why: list[str] = field(default_factory=list)  # reasons
    member_ids: list[str] = field(default_factory=list)
    message_ids: list[str] = field(default_factory=list)


@cache
def panels() -> dict[str, Callable[[Findings], list[Indicator]]]:
    """All panels by id, in alphabetical order."""
    names = [m.name for m in pkgutil.iter_modules(__path__)]
    return {name: importlib.import_module(f"{__name__}.{name}").read for name in sorted(names)}


def read_panels(findings: Findings) -> list[tuple[str, Indicator]]:
    """(panel id, indicator) of every panel."""
    return [(name, found) for name, read in panels().items() for found in read(findings)]


def indicators_table(found: list[tuple[str, Indicator]], chat_id: str) -> pa.Table:
    """The INDICATORS table."""
    columns = {
        "chat_id": [chat_id] * len(found),
        "panel": [panel for panel, _ in found],
        "item": [i.item for _, i in found],
        "value": [i.value for _, i in found],
        "why": [i.why for _, i in found],
        "member_ids": [i.member_ids for _, i in found],
        "message_ids": [i.message_ids for _, i in found],
    }
    arrays = {f.name: pa.array(columns[f.name], f.type) for f in INDICATORS}
    return check_table(pa.table(arrays, schema=INDICATORS), INDICATORS)
