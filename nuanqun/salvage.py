"""A catalogue that cannot be read: the last good copy comes back, with what can still be read of the broken one.

In: a workspace. Out: a catalogue in its place, the broken file under another name. Message parts that are newer than
the copy are taken in again row by row, so none is lost and none doubled; analyses are simply made again.
Example: `bring_back(Path("w"))`.
"""

from __future__ import annotations

import shutil
import sqlite3
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import sqlalchemy as sa

from ingest.message import MESSAGES
from nuanqun import catalogue as cat
from nuanqun.backup import check, opened, room, unpack
from nuanqun.database import SQLITE, open_catalogue
from nuanqun.errors import WorkspaceError
from nuanqun.good_copy import GOOD
from nuanqun.intake import Intake
from nuanqun.restore import put_in_place
from nuanqun.store import Store
from nuanqun.sweeping import unnamed

DERIVED = ("part", "state")
"""Tables of which the copy's rows hold: what they say depends on files."""


@dataclass(frozen=True, slots=True)
class Salvaged:
    """What came back: rows read from the broken file, messages taken from unnamed parts, and where the file is now."""

    rows: int
    messages: int
    aside: Path


def is_sound(path: Path) -> str:
    """Why an SQLite file is not sound, "" when it is."""
    try:
        connection = sqlite3.connect(f"{path.resolve().as_uri()}?mode=rw", uri=True, timeout=20)
        try:
            found = connection.execute("PRAGMA integrity_check").fetchone()[0]
        finally:
            connection.close()
    except sqlite3.OperationalError as error:
        if "readonly" in str(error) or "locked" in str(error):
            raise WorkspaceError(f"{path}: {error}. Give yourself the right to write it.") from error
        return str(error)
    except sqlite3.DatabaseError as error:
        return str(error)
    return "" if found == "ok" else str(found).splitlines()[0]


def bring_back(workspace: Path, backup: Path | None = None) -> Salvaged:
    """Put the last good copy, or that of a newer backup, in the place of a broken or lost catalogue.

    Raises WorkspaceError where there is neither.
    """
    good, broken = workspace / GOOD, workspace / SQLITE
    since = 0.0 if not good.exists() or is_sound(good) else good.stat().st_mtime
    with room(workspace) as folder:
        fresh = folder / SQLITE
        if backup is not None and (made_at := _made_at(backup)) > since:
            since = made_at
            with opened(backup) as (archive, manifest):
                unpack(archive, manifest, [SQLITE], folder)
        elif since:
            shutil.copy2(good, fresh)
        else:
            raise WorkspaceError(f"{good} is no help. Name a backup: `nuanqun doctor --verify --backup FILE`.")
        engine = open_catalogue(f"sqlite:///{fresh}")
        rows = _read_what_can_be_read(broken, engine) if broken.exists() else 0
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("PRAGMA journal_mode=DELETE")
        engine.dispose()
        aside = put_in_place(fresh, workspace)
    return Salvaged(rows, _take_in(Store(workspace), since), aside)


def _made_at(backup: Path) -> float:
    return datetime.fromisoformat(check(backup).made_at).timestamp()


def _read_what_can_be_read(broken: Path, engine: sa.Engine) -> int:
    count = 0
    source = sa.create_engine(f"sqlite:///{broken}", poolclass=sa.pool.NullPool)
    for table in cat.metadata.sorted_tables:
        if table.name in DERIVED:
            continue
        rows = _rows(source, table)
        keys = list(table.primary_key.columns)
        with engine.begin() as connection:
            known = {tuple(row) for row in connection.execute(sa.select(*keys))}
            new = [row for row in rows if tuple(row[key.name] for key in keys) not in known]
            for row in new:
                try:
                    with connection.begin_nested():
                        connection.execute(table.insert(), row)
                    count += 1
                except (sa.exc.DBAPIError, sa.exc.StatementError):  # half a row is none
                    continue
    return count


def _rows(source: sa.Engine, table: sa.Table) -> list[dict]:
    """The rows of a table up to the first that cannot be read."""
    rows: list[dict] = []
    try:
        with source.connect() as connection:
            for row in connection.execute(sa.select(table)).mappings():
                rows.append(dict(row))
    except (sa.exc.DBAPIError, ValueError, TypeError):
        pass
    return rows


def _take_in(store: Store, since: float) -> int:
    """Messages of unnamed parts newer than the copy, unless the catalogue holds them already."""
    count = 0
    with store.import_lock(), store.write() as change:
        live = {part.path for part in store.parts("messages")}
        intake = Intake(store)
        for path in unnamed(store.workspace, "messages", live):
            if path.suffix == ".parquet" and path.stat().st_mtime >= since - 1:
                count += _offer(intake, path)
        change.add = intake.finish()
        known = store.known_chats()
        for chat_id in {part.chat_id for part in change.add} - set(known):
            change.chats[chat_id] = {"name": chat_id, "platform": "unknown", "zone": "UTC"}
    return count


def _offer(intake: Intake, path: Path) -> int:
    try:
        rows = pq.read_table(path)
    except (OSError, pa.ArrowInvalid):
        return 0
    if rows.schema.names != MESSAGES.names or not rows.num_rows:
        return 0
    with intake.source() as source:
        return source.offer(rows)
