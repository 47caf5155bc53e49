"""What the catalogue still says of people and messages that were erased, taken out of it.

In: an open transaction, the names and ids of a member, the ids of erased messages. Out: rows without them.
Example: `blot_out(connection, {"阿强", "10001"})`. Receipts and runs keep their counts.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from nuanqun import catalogue as cat

GONE = "[forgotten]"
"""What stands in the place of a forgotten member."""
SHORTEST = 2
"""A name of one character is part of too many words to be struck out of them."""
_TEXTS = (
    (cat.receipt.c.id, cat.receipt.c.body),
    (cat.run.c.id, cat.run.c.body),
    (cat.verdict.c.id, cat.verdict.c.note),
    (cat.remark.c.id, cat.remark.c.text),
    (cat.step.c.id, cat.step.c.note),
    (cat.audit.c.id, cat.audit.c.detail),
    (cat.job.c.id, cat.job.c.body),
    (cat.job.c.id, cat.job.c.result),
    (cat.job.c.id, cat.job.c.error),
)
"""Columns in which people write, or which hold excerpts and names of files."""
SOME = 500
"""Databases bound the number of parameters."""


def blot_out(connection: sa.Connection, words: Collection[str]) -> None:
    """Strike a member's ids and names out of everything that was written down about imports, verdicts and jobs."""
    struck = sorted({word for word in words if len(word) >= SHORTEST}, key=len, reverse=True)
    for key, column in _TEXTS:
        for number, value in connection.execute(sa.select(key, column)).all():
            clean = _without(value, struck)
            if clean != value:
                connection.execute(sa.update(column.table).where(key == number).values({column.name: clean}))


def _without(value: Any, words: list[str]) -> Any:
    if isinstance(value, str):
        for word in words:
            value = value.replace(word, GONE)
        return value
    if isinstance(value, list):
        return [_without(one, words) for one in value]
    return {key: _without(one, words) for key, one in value.items()} if isinstance(value, dict) else value


def drop_verdicts(connection: sa.Connection, message_ids: Iterable[str]) -> None:
    """Delete what people decided and said about messages that are gone."""
    ids = list(message_ids)
    for start in range(0, len(ids), SOME):
        for table in (cat.verdict, cat.remark):
            connection.execute(table.delete().where(table.c.message_id.in_(ids[start : start + SOME])))


def drop_excerpts(connection: sa.Connection, chat_ids: Collection[str], moment: datetime | None = None) -> None:
    """Empty the excerpts in the receipts of these chats: all, or those of exports that begin before `moment`."""
    for row in connection.execute(sa.select(cat.receipt)).all():
        first = row.body.get("first")
        if row.chat_id not in chat_ids or (moment and first and datetime.fromisoformat(first) >= moment):
            continue
        skipped = [place | {"excerpt": ""} for place in row.body.get("skipped", ())]
        connection.execute(
            cat.receipt.update().where(cat.receipt.c.id == row.id).values(body=row.body | {"skipped": skipped})
        )


def wipe_free_pages(engine: sa.Engine) -> None:
    """Let SQLite overwrite what was deleted: it only marks pages as free, in the file and in its log."""
    if engine.dialect.name != "sqlite":
        return
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("VACUUM")
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
