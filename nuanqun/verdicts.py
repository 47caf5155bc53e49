"""What people decide about messages: verdicts, second readings, and remarks beside them. Rows are only ever added.

In: `Decision`s, each with the verdict that stood when the person looked. Out: rows of the catalogue, or StaleRow when
somebody else was quicker. A verdict never overwrites a model's suggestion, and an undone one stays for the audit.
Example: `decide(engine, [Decision("c1", "m7", "ad", kind="loan")], "li")`.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import sqlalchemy as sa

from nuanqun import catalogue as cat
from nuanqun.errors import StaleRow

LABELS = ("ad", "abuse", "fine", "unsure")
REMARKS = ("teach", "allow", "appeal")
"""Teach the model this label; allow this word; what the sender or others say against the verdict."""
ANY = -1
"""Expect nothing: decide whatever stands."""

VERDICTS = pa.schema(
    [
        pa.field("id", pa.int64(), nullable=False),
        pa.field("chat_id", pa.string(), nullable=False),
        pa.field("message_id", pa.string(), nullable=False),
        pa.field("reviewer", pa.string(), nullable=False),
        pa.field("label", pa.string(), nullable=False),  # see LABELS
        pa.field("at", pa.timestamp("ms", tz="UTC"), nullable=False),
        pa.field("note", pa.string(), nullable=False),
        pa.field("suggestion_label", pa.string()),
        pa.field("suggestion_score", pa.float64()),
        pa.field("model_version", pa.string()),
        pa.field("kind", pa.string()),
        pa.field("batch", pa.string()),
        pa.field("reading", pa.int64(), nullable=False),  # 1 = decides, 2 = second reader: measures agreement only
    ],
    metadata={"schema": "verdict/2"},
)


@dataclass(frozen=True, slots=True)
class Decision:
    """A verdict to store. `expected` is the id of the verdict that stood on screen, None when there was none."""

    chat_id: str
    message_id: str
    label: str
    kind: str | None = None
    note: str = ""
    suggestion_label: str | None = None
    suggestion_score: float | None = None
    model_version: str | None = None
    expected: int | None = ANY


def decide(engine: sa.Engine, decisions: Sequence[Decision], reviewer: str, *, reading: int = 1) -> list[int]:
    """Store all decisions or none, and return their ids.

    Raises ValueError on an unknown label, and StaleRow when another verdict stands than the one expected.
    """
    for decision in decisions:
        if decision.label not in LABELS:
            raise ValueError(f"verdict {decision.label!r} is not one of {LABELS}")
    batch = uuid.uuid4().hex if len(decisions) > 1 else None
    now = datetime.now(UTC)
    with engine.begin() as connection:
        _queue_up(connection)
        _check(connection, decisions)
        ids = []
        for decision in decisions:
            row = {name: getattr(decision, name) for name in Decision.__slots__ if name != "expected"}
            done = connection.execute(
                cat.verdict.insert().values(**row, reviewer=reviewer, at=now, batch=batch, reading=reading)
            )
            ids.append(int(done.inserted_primary_key[0]))  # type: ignore[index]
    return ids


def _queue_up(connection: sa.Connection) -> None:
    """Writers wait for each other on this row, so that what is read next cannot change before the commit."""
    connection.execute(cat.state.update().where(cat.state.c.key == "verdicts").values(value=cat.state.c.value + 1))


def _check(connection: sa.Connection, decisions: Sequence[Decision]) -> None:
    asked = [decision for decision in decisions if decision.expected != ANY]
    ids = [decision.message_id for decision in asked]
    last: dict[tuple[str, str], int] = {}
    for start in range(0, len(ids), 500):  # databases bound the number of parameters
        query = sa.select(cat.verdict.c.chat_id, cat.verdict.c.message_id, sa.func.max(cat.verdict.c.id))
        query = query.where(_stands(), cat.verdict.c.message_id.in_(ids[start : start + 500]))
        query = query.group_by(cat.verdict.c.chat_id, cat.verdict.c.message_id)
        last |= {(row[0], row[1]): row[2] for row in connection.execute(query)}
    changed = [(d.chat_id, d.message_id) for d in asked if last.get((d.chat_id, d.message_id)) != d.expected]
    if changed:
        raise StaleRow(changed, f"{len(changed)} of {len(decisions)} messages were decided by somebody else meanwhile")


def _stands() -> sa.ColumnElement[bool]:
    return sa.and_(cat.verdict.c.undone_at.is_(None), cat.verdict.c.reading == 1)


def standing(engine: sa.Engine, chat_id: str | None = None) -> pa.Table:
    """VERDICTS that decide (reading 1) and were not undone, oldest first."""
    return _table(engine, _stands(), chat_id)


def stamp(engine: sa.Engine) -> tuple[int, ...]:
    """Changes with every verdict that is stored, undone or erased: a cheap key for caches of what stands."""
    asked = sa.select(sa.func.max(cat.verdict.c.id), sa.func.count(), sa.func.count(cat.verdict.c.undone_at))
    with engine.connect() as connection:
        return tuple(int(value or 0) for value in connection.execute(asked.select_from(cat.verdict)).one())


def second_readings(engine: sa.Engine) -> pa.Table:
    """VERDICTS of second readers that were not undone, oldest first."""
    return _table(engine, sa.and_(cat.verdict.c.undone_at.is_(None), cat.verdict.c.reading == 2), None)


def _table(engine: sa.Engine, condition: sa.ColumnElement[bool], chat_id: str | None) -> pa.Table:
    query = sa.select(cat.verdict).where(condition).order_by(cat.verdict.c.id)
    if chat_id is not None:
        query = query.where(cat.verdict.c.chat_id == chat_id)
    with engine.connect() as connection:
        rows = [dict(row) for row in connection.execute(query).mappings()]
    return pa.Table.from_pylist([{n: row[n] for n in VERDICTS.names} for row in rows], schema=VERDICTS)


def chats_of(engine: sa.Engine, ids: Iterable[int]) -> set[str]:
    """The chats that these verdicts are about."""
    with engine.connect() as connection:
        return set(connection.scalars(sa.select(cat.verdict.c.chat_id).where(cat.verdict.c.id.in_(list(ids)))))


def undo(engine: sa.Engine, ids: Iterable[int]) -> int:
    """Mark verdicts as undone and return how many were not before; the rows stay for the audit."""
    wanted, count = list(ids), 0
    with engine.begin() as connection:
        _queue_up(connection)
        for start in range(0, len(wanted), 500):
            some = cat.verdict.c.id.in_(wanted[start : start + 500])
            query = cat.verdict.update().where(some, cat.verdict.c.undone_at.is_(None))
            count += connection.execute(query.values(undone_at=datetime.now(UTC))).rowcount
    return count


def add_remark(engine: sa.Engine, chat_id: str, message_id: str, kind: str, text: str, actor: str) -> int:
    """Append a remark and return its id; raises ValueError on an unknown kind or nothing said."""
    if kind not in REMARKS or not text.strip():
        raise ValueError(f"remark {kind!r} ({len(text)} characters): needs one of {REMARKS} and a text")
    row = {"chat_id": chat_id, "message_id": message_id, "kind": kind, "text": text.strip(), "actor": actor}
    with engine.begin() as connection:
        done = connection.execute(cat.remark.insert().values(**row, at=datetime.now(UTC)))
    return int(done.inserted_primary_key[0])  # type: ignore[index]


def remarks(engine: sa.Engine, chat_id: str | None = None, message_id: str | None = None) -> list[dict[str, Any]]:
    """Remarks that stand, newest first, of everything or of one chat or message."""
    query = sa.select(cat.remark).where(cat.remark.c.undone_at.is_(None)).order_by(cat.remark.c.id.desc())
    if chat_id is not None:
        query = query.where(cat.remark.c.chat_id == chat_id)
    if message_id is not None:
        query = query.where(cat.remark.c.message_id == message_id)
    with engine.connect() as connection:
        return [dict(row) for row in connection.execute(query).mappings()]
