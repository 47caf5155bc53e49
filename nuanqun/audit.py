"""The audit: who did what, when, to which chat. Rows are only ever added.

Details never hold message text or secrets. Example: `write(engine, "li", "change_words", detail={"added": 2})`.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from nuanqun import catalogue as cat


def write(
    engine: sa.Engine, actor: str, action: str, chat_id: str | None = None, detail: dict[str, Any] | None = None
) -> None:
    """Append one row."""
    row = {"at": datetime.now(UTC), "actor": actor[:80], "action": action, "chat_id": chat_id, "detail": detail or {}}
    with engine.begin() as connection:
        connection.execute(cat.audit.insert().values(row))


def count(engine: sa.Engine, actor: str | None = None, action: str | None = None) -> int:
    """How many rows `page` walks through."""
    with engine.connect() as connection:
        return int(connection.scalar(_where(sa.select(sa.func.count()).select_from(cat.audit), actor, action)) or 0)


def page(
    engine: sa.Engine, number: int, size: int = 50, actor: str | None = None, action: str | None = None
) -> list[dict[str, Any]]:
    """One page (from 1) of the audit, the latest first."""
    query = _where(sa.select(cat.audit), actor, action).order_by(cat.audit.c.id.desc())
    with engine.connect() as connection:
        rows = connection.execute(query.limit(size).offset((number - 1) * size)).mappings().all()
    return [dict(row) for row in rows]


def known(engine: sa.Engine) -> tuple[list[str], list[str]]:
    """Actors and actions that occur, sorted, for filters."""
    with engine.connect() as connection:
        actors, actions = (
            list(connection.scalars(sa.select(column).distinct().order_by(column)))
            for column in (cat.audit.c.actor, cat.audit.c.action)
        )
    return actors, actions


def _where(query: sa.Select, actor: str | None, action: str | None) -> sa.Select:
    if actor:
        query = query.where(cat.audit.c.actor == actor)
    return query.where(cat.audit.c.action == action) if action else query
