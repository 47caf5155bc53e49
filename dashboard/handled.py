"""What a manager does about warnings: steps taken, snoozed, taken back, and what happened in the chat afterwards.

In: a warning on screen. Out: rows of the catalogue, guarded and audited; `effect` is a pure function of DAYS.
Example: `take_step(chat_id, "ad_flood", start, "done", on)`, `effect(days, on)`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from dashboard import Frame, Row, guard
from dashboard.guard import act
from dashboard.opened import store
from nuanqun import steps

SNOOZE = 7
"""Days of the export for which a snoozed warning is quiet."""
SPAN = 28
LEAST = 7
"""Days after a step from which something is said about it."""
USUAL = (10, 90)
"""Percentiles of the chat's own earlier changes that count as usual."""
FEWEST = 5


@act("act", "chat_id", "rule", "start", "status", "until")
def take_step(chat_id: str, rule: str, start: date, status: str, on: date, until: date | None = None) -> int:
    """Store that a warning was dealt with or is put off."""
    return steps.take(store().engine, chat_id, rule, start, status, on, guard.person().name, until=until)


@act("act", "step_id", chat_of=lambda given: steps.chat_of(store().engine, given["step_id"]))
def undo_step(step_id: int) -> None:
    """Take a step back; the row stays for the audit."""
    steps.undo(store().engine, step_id)


def taken(chat_id: str | None = None) -> list[Row]:
    """Steps that stand, newest first, of one chat or of all that this person may see."""
    person = guard.need("see_health", chat_id)
    return [step for step in steps.taken(store().engine, chat_id) if person.sees(step["chat_id"])]


def state_of(alert: Row, taken_: list[Row], on: date) -> Row | None:
    """The step that holds for a warning on the last day of the export."""
    own = [step for step in taken_ if step["chat_id"] == alert["chat_id"]]
    return steps.state_of(own, alert["rule"], alert["start"], on)


def waiting(alerts: Frame, taken_: list[Row], ends: dict[str, date]) -> Frame:
    """Warnings about which nobody has done anything yet; `ends` are the last days of the chats' exports."""
    touched = {step["chat_id"] for step in taken_}
    rows: list[Row] = alerts[["chat_id", "rule", "start", "end"]].to_dict("records")
    keep = [
        row["chat_id"] not in touched
        or state_of(row, taken_, ends[row["chat_id"]] if row["chat_id"] in ends else row["end"]) is None
        for row in rows
    ]
    return alerts[np.array(keep, bool)]


@dataclass(frozen=True, slots=True)
class Effect:
    """Clean messages a day before and after a step, and how much such pairs of this chat usually differ."""

    days: int  # after the step, at most 28
    before: float
    after: float
    usual_low: float | None
    usual_high: float | None
    pairs: int  # earlier pairs of windows of the same length

    @property
    def unusual(self) -> bool:
        """Whether the change lies outside what the chat does anyway."""
        if self.usual_low is None or self.usual_high is None:
            return False
        return not self.usual_low <= self.after - self.before <= self.usual_high


def effect(days: Frame, on: date) -> Effect | None:
    """The days after a step against as many before it, beside all earlier pairs of the chat, a week apart.

    None until a week has passed. An association: whatever else happened in these weeks is in it too.
    """
    counts = days["messages_clean"].to_numpy(float)
    at = int((days["day"] <= on).sum())  # first index after the step
    length = min(SPAN, len(counts) - at)
    if length < LEAST or at < length:
        return None
    change = [counts[i : i + length].mean() - counts[i - length : i].mean() for i in range(at - length, length - 1, -7)]
    usual = np.percentile(change, USUAL) if len(change) >= FEWEST else (None, None)
    before, after = counts[at - length : at].mean(), counts[at : at + length].mean()
    low, high = (None if edge is None else float(edge) for edge in usual)
    return Effect(length, float(before), float(after), low, high, len(change))


def snoozed_until(on: date) -> date:
    """When a warning that is put off today speaks again."""
    return on + timedelta(days=SNOOZE)
