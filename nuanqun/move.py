"""Move a workspace's catalogue to another database: SQLite to PostgreSQL and back, every row, counted and compared.

The old catalogue answers until the new one is whole; then one file in the workspace names the new one. What a killed
move left behind is recognised by its rows, and the next move goes on from there.
Example: `move(Path("w"), "", "postgresql://nuanqun@db.example/nuanqun")`.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from filelock import FileLock

from nuanqun import catalogue as cat
from nuanqun.database import SQLITE, URL_FILE, open_catalogue, shown, url_of
from nuanqun.errors import WorkspaceError
from nuanqun.sweeping import ANALYSIS_LOCK, IMPORT_LOCK

SOME = 1000
"""Rows at a time."""
Counts = dict[str, int]
"""Table -> rows."""


def move(workspace: Path, chosen: str, to: str) -> Counts:
    """Copy the catalogue to `to`, compare, and let the workspace use it from now on; returns the rows of every table.

    `chosen` is the setting store.catalogue. Raises WorkspaceError for a target that holds something else, and where
    the setting would still win over the move. Programs that had the old catalogue open fail at their next access.
    """
    if chosen:
        raise WorkspaceError(
            "store.catalogue is set by nuanqun.toml or NUANQUN_STORE__CATALOGUE. Take it out there: after the move the "
            f"workspace itself remembers where its catalogue is (in {URL_FILE})."
        )
    old_url = url_of(workspace)
    if sa.make_url(old_url) == sa.make_url(to):
        raise WorkspaceError(f"The catalogue is at {shown(to)} already.")
    with FileLock(workspace / IMPORT_LOCK), FileLock(workspace / ANALYSIS_LOCK):  # imports and analyses are let finish
        old, new = open_catalogue(old_url), open_catalogue(to)
        with alone(old) as source:
            with new.begin() as target:
                counts = copy_into_empty(source, target, shown(to))
            _remember(workspace, to)
            source.execute(sa.text("ALTER TABLE state RENAME TO state_moved"))  # who still has it open must notice
        for engine in (old, new):
            engine.dispose()
        if sa.make_url(old_url).get_backend_name() == "sqlite":
            set_aside(Path(sa.make_url(old_url).database or ""), "moved")
    return counts


@contextmanager
def alone(engine: sa.Engine) -> Iterator[sa.Connection]:
    """A transaction beside which nobody else writes; everybody may read."""
    with engine.begin() as connection:
        if engine.dialect.name == "sqlite":
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        else:
            names = ", ".join(engine.dialect.identifier_preparer.format_table(t) for t in cat.metadata.sorted_tables)
            connection.exec_driver_sql(f"LOCK TABLE {names} IN SHARE ROW EXCLUSIVE MODE")
        yield connection


def copy_into_empty(source: sa.Connection, target: sa.Connection, name: str) -> Counts:
    """Copy every row into an empty catalogue and compare; one that holds exactly these rows already is fine too.

    Raises WorkspaceError, and the caller rolls back, where the target holds something else or differs afterwards.
    """
    held = counted(target)
    if any(rows for table, rows in held.items() if table != "state"):
        if (differs := difference(source, target)) is not None:
            raise WorkspaceError(
                f"{name} holds another catalogue already (first difference: {differs}). Name an empty database."
            )
        return held
    return replace_rows(source, target)


def replace_rows(source: sa.Connection, target: sa.Connection) -> Counts:
    """Put every row of `source` in the place of those of `target`; raises WorkspaceError on a difference."""
    for table in reversed(cat.metadata.sorted_tables):
        target.execute(table.delete())
    for table in cat.metadata.sorted_tables:
        for rows in _rows(source, table):
            target.execute(table.insert(), rows)
    _count_on(target)
    if (differs := difference(source, target)) is not None:
        raise WorkspaceError(f"The copy differs in table {differs}; nothing was changed.")
    return counted(target)


def counted(connection: sa.Connection) -> Counts:
    """Rows of every table."""
    tables = cat.metadata.sorted_tables
    return {t.name: connection.scalar(sa.select(sa.func.count()).select_from(t)) or 0 for t in tables}


def difference(one: sa.Connection, other: sa.Connection) -> str | None:
    """The first table whose rows differ, None where all are equal."""
    for table in cat.metadata.sorted_tables:
        if counted(one)[table.name] != counted(other)[table.name]:
            return table.name
        if any(a != b for a, b in zip(_rows(one, table), _rows(other, table), strict=True)):
            return table.name
    return None


def set_aside(path: Path, why: str, *, leave: bool = False) -> Path:
    """Keep an SQLite file and what belongs to it under another name; with `leave` the file itself stays as well."""
    aside = path.with_name(f"{path.stem}.{why}-{datetime.now(UTC):%Y%m%d-%H%M%S-%f}{path.suffix}")
    if leave and path.exists():
        shutil.copy2(path, aside)
    for end in ("-wal", "-shm", "-journal", *(() if leave else ("",))):  # beside another database they would be its own
        if (part := path.with_name(path.name + end)).exists():
            part.rename(aside.with_name(aside.name + end))
    return aside


def _rows(connection: sa.Connection, table: sa.Table) -> Iterator[list[dict[str, Any]]]:
    """Rows in the order of their key, in lists; sorted here, because databases differ in the order of words."""
    keys = list(table.primary_key.columns)
    order = sorted(tuple(row) for row in connection.execute(sa.select(*keys)))
    for start in range(0, len(order), SOME):
        some = order[start : start + SOME]
        wanted = keys[0].in_([key[0] for key in some]) if len(keys) == 1 else sa.true()
        rows = [dict(row) for row in connection.execute(sa.select(table).where(wanted)).mappings()]
        rows = sorted(rows, key=lambda row: tuple(row[key.name] for key in keys))
        yield rows if len(keys) == 1 else rows[start : start + SOME]


def _count_on(target: sa.Connection) -> None:
    """Let PostgreSQL give the next row an id after those that came along; SQLite looks for itself."""
    if target.dialect.name != "postgresql":
        return
    for table in cat.metadata.sorted_tables:
        if [column.name for column in table.primary_key] == ["id"]:
            name = target.dialect.identifier_preparer.format_table(table)
            top = sa.select(sa.func.coalesce(sa.func.max(table.c.id), 0) + 1).scalar_subquery()
            target.execute(sa.select(sa.func.setval(sa.func.pg_get_serial_sequence(name, "id"), top, False)))


def _remember(workspace: Path, url: str) -> None:
    """Name the catalogue in the workspace, for its owner's eyes only; the default place needs no file."""
    path = workspace / URL_FILE
    if url == f"sqlite:///{workspace / SQLITE}":
        path.unlink(missing_ok=True)
        return
    fresh = path.with_suffix(".tmp")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(url + "\n")
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
