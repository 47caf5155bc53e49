"""What managers did about warnings: a step taken is done or snoozed, and undone by a later row, never deleted.

Days are days of the export: a snooze ends when an import reaches its day, and effects count from the day after `on`.
In: a warning (chat, rule, start). Out: rows of the catalogue. Example: `take(engine, "c1", "ad_flood", start, ...)`.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import sqlalchemy as sa

from nuanqun import catalogue as cat

STATUSES = ("done", "snoozed")


def take(
    engine: sa.Engine,
    chat_id: str,
    rule: str,
    start: date,
    status: str,
    on: date,
    actor: str,
    *,
    until: date | None = None,
    note: str = "",
) -> int:
    """Append a step and return its id; raises ValueError on an unknown status or a snooze without an end."""
    if status not in STATUSES or (status == "snoozed") != (until is not None):
        raise ValueError(f"step {status!r} until {until}: needs one of {STATUSES}, and an end exactly when snoozed")
    row = {"chat_id": chat_id, "rule": rule, "start": start, "status": status, "on": on, "until": until}
    with engine.begin() as connection:
        done = connection.execute(cat.step.insert().values(**row, actor=actor, at=datetime.now(UTC), note=note))
    return int(done.inserted_primary_key[0])  # type: ignore[index]


def undo(engine: sa.Engine, step_id: int) -> None:
    """Mark a step as undone; the row stays for the audit."""
    with engine.begin() as connection:
        query = cat.step.update().where(cat.step.c.id == step_id, cat.step.c.undone_at.is_(None))
        connection.execute(query.values(undone_at=datetime.now(UTC)))


def chat_of(engine: sa.Engine, step_id: int) -> str | None:
    """The chat that a step is about."""
    with engine.connect() as connection:
        return connection.scalar(sa.select(cat.step.c.chat_id).where(cat.step.c.id == step_id))


def taken(engine: sa.Engine, chat_id: str | None = None) -> list[dict[str, Any]]:
    """Steps that stand, newest first, of all chats or of one."""
    query = sa.select(cat.step).where(cat.step.c.undone_at.is_(None)).order_by(cat.step.c.id.desc())
    if chat_id is not None:
        query = query.where(cat.step.c.chat_id == chat_id)
    with engine.connect() as connection:
        return [dict(row) for row in connection.execute(query).mappings()]


def state_of(steps: list[dict[str, Any]], rule: str, start: date, on: date) -> dict[str, Any] | None:
    """The step that holds on the day `on` of the export for a warning that began on `start`, None when none does.

    Windows of warnings move with every import, so a step answers every warning of its rule that had begun by then.
    """
    for step in steps:
        if step["rule"] == rule and start <= step["on"]:
            return step if step["until"] is None or on < step["until"] else None
    return None
