"""The last good copy of an SQLite catalogue, made after every write that changes which messages are live.

`nuanqun doctor --verify` goes back to it when the catalogue cannot be read any more. A PostgreSQL server has its own.
Example: `keep(store.engine, workspace)`.
"""

from __future__ import annotations

import os
import uuid
from pathlib import Path

import sqlalchemy as sa

GOOD = "catalogue.good.sqlite"


def keep(engine: sa.Engine, workspace: Path) -> None:
    """Replace the copy by the catalogue as it is now; where there is no room for one, the old copy stays."""
    if engine.dialect.name != "sqlite":
        return
    fresh = workspace / f"catalogue.good-{uuid.uuid4().hex[:8]}.tmp"
    try:
        fresh.touch(mode=0o600)
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("VACUUM INTO ?", (str(fresh),))
        with fresh.open("rb+") as file:
            os.fsync(file.fileno())
        fresh.replace(workspace / GOOD)
    except (OSError, sa.exc.DBAPIError):  # the write itself stands; a copy less is no reason to call it failed
        fresh.unlink(missing_ok=True)
