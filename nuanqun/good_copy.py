"""The last good copy of an SQLite catalogue, made after every write that changes which messages are live,
and after every analysis.

`nuanqun doctor --verify` goes back to it when the catalogue cannot be read any more. A PostgreSQL server has its own.
Example: `keep(store.engine, workspace)`.
"""

from __future__ import annotations

import os
import sqlite3
import uuid
from contextlib import closing
from pathlib import Path

import sqlalchemy as sa

from nuanqun.database import SQLITE

GOOD = "catalogue.good.sqlite"


def is_behind(workspace: Path) -> bool:
    """Whether the catalogue is older than its copy: a part of it, perhaps its log, was lost."""
    good = generation_of(workspace / GOOD)  # first: the catalogue is never older than a copy that is there already
    return good > generation_of(workspace / SQLITE)


def generation_of(path: Path) -> int:
    """The number of commits of tables that an SQLite catalogue has seen, -1 where it does not say."""
    if not path.exists():
        return -1
    try:
        with closing(sqlite3.connect(path, timeout=20)) as connection:
            return int(connection.execute("SELECT value FROM state WHERE key = 'generation'").fetchone()[0])
    except (sqlite3.DatabaseError, TypeError):
        return -1


def keep(engine: sa.Engine, workspace: Path) -> None:
    """Replace the copy by the catalogue as it is now; where there is no room for one, the old copy stays."""
    if engine.dialect.name != "sqlite":
        return
    fresh = workspace / f"catalogue.good-{uuid.uuid4().hex[:8]}.tmp"
    try:
        fresh.touch(mode=0o600)
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("VACUUM INTO ?", (str(fresh),))
            connection.exec_driver_sql("PRAGMA wal_checkpoint(PASSIVE)")  # the file alone says as much as possible
        with fresh.open("rb+") as file:
            os.fsync(file.fileno())
        fresh.replace(workspace / GOOD)
    except (OSError, sa.exc.DBAPIError):  # the write itself stands; a copy less is no reason to call it failed
        fresh.unlink(missing_ok=True)
