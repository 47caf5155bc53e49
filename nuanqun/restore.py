"""Restore a workspace from a backup: everything is checked before anything is touched.

The files of the backup come under their own names, which no other file has; then one transaction puts the backup's rows
in the place of the catalogue's. A process killed before it leaves the old state, after it the new one, and running it
again ends in the same place. The audit is no part of that state: rows written since the backup stay.
Example: `restore(Path("w.zip"), Path("w"))`.
"""

from __future__ import annotations

import os
import shutil
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from filelock import FileLock

from nuanqun import catalogue as cat
from nuanqun.backup import Manifest, check, opened, room, unpack
from nuanqun.database import SQLITE, connect, open_catalogue, url_of
from nuanqun.errors import WorkspaceError
from nuanqun.good_copy import GOOD, generation_of, keep
from nuanqun.move import alone, replace_rows, set_aside
from nuanqun.parts import digest_of, sync_folders
from nuanqun.store import TABLES
from nuanqun.sweeping import ANALYSIS_LOCK, IMPORT_LOCK, let_go


def restore(path: Path, workspace: Path, chosen: str = "") -> Manifest:
    """Bring a workspace to the state of a backup; `chosen` is the setting store.catalogue.

    Raises WorkspaceError, with nothing changed, for a backup that is not whole or too new, or for a full disk.
    """
    manifest = check(path)
    workspace.mkdir(mode=0o700, parents=True, exist_ok=True)
    needed = sum(file["bytes"] for file in manifest.files.values())
    if (free := shutil.disk_usage(workspace).free) < needed * 1.1:
        raise WorkspaceError(f"{workspace}: {needed >> 20} MB are needed, {free >> 20} MB are free. Make room first.")
    with room(workspace) as folder:
        with opened(path) as (archive, _):
            unpack(archive, manifest, manifest.files, folder)
        engine = open_catalogue(f"sqlite:///{folder / SQLITE}")  # an older schema is brought up to date here
        parts = _parts_of(engine, manifest)
        with FileLock(workspace / IMPORT_LOCK), FileLock(workspace / ANALYSIS_LOCK):
            bring_in(folder, workspace, parts)
            others = [n for n in manifest.files if n != SQLITE and n.split("/")[0] not in TABLES]
            _put_beside(folder, workspace, others)
            _swap(engine, workspace, chosen)
        engine.dispose()
    return manifest


def take_parts(path: Path, workspace: Path, wanted: dict[str, str]) -> set[str]:
    """Put the parts `wanted` (path -> sha256, "" = any) of a workspace in place from a backup; returns which it had."""
    with opened(path) as (archive, manifest):
        had = {name: file["sha256"] for name, file in manifest.files.items()}
        found = {path for path, digest in wanted.items() if path in had and digest in ("", had[path])}
        with room(workspace) as folder:
            unpack(archive, manifest, found, folder)
            bring_in(folder, workspace, found)
    return found


def bring_in(folder: Path, workspace: Path, paths: Iterable[str]) -> None:
    """Move checked files from a room into the workspace; a file that is there and sound stays."""
    paths = sorted(paths)
    for relative in paths:
        source, target = folder / relative, workspace / relative
        target.parent.mkdir(parents=True, exist_ok=True)
        if not target.exists() or digest_of(target) != digest_of(source):
            os.replace(source, target)
    sync_folders(workspace, paths)


def put_in_place(fresh: Path, workspace: Path) -> Path:
    """Let an SQLite file be the workspace's catalogue, keep the old one under another name, and return that."""
    target = workspace / SQLITE
    aside = set_aside(target, "broken", leave=True)
    os.replace(fresh, target)
    sync_folders(workspace, [SQLITE])
    return aside


def _parts_of(engine: sa.Engine, manifest: Manifest) -> list[str]:
    with engine.connect() as connection:
        rows = connection.execute(sa.select(cat.part.c.path, cat.part.c.sha256)).all()
    wrong = [r.path for r in rows if r.sha256 not in ("", manifest.files.get(r.path, {}).get("sha256"))]
    if wrong or any(row.path not in manifest.files for row in rows):
        raise WorkspaceError("The backup lacks parts that its own catalogue names. Take another one.")
    return [row.path for row in rows]


def _put_beside(folder: Path, workspace: Path, names: Iterable[str]) -> None:
    for name in names:
        (workspace / name).parent.mkdir(parents=True, exist_ok=True)
        os.replace(folder / name, workspace / name)


def _swap(engine: sa.Engine, workspace: Path, chosen: str) -> None:
    """Put the backup's rows in the place of all others, or its file in the place of one that cannot be read."""
    try:
        mine = open_catalogue(url_of(workspace, chosen))
    except WorkspaceError:
        url = f"sqlite:///{workspace / SQLITE}"
        try:
            lost = url_of(workspace, chosen) == url
        except WorkspaceError:  # parts without a catalogue
            lost = True
        if not lost:  # a PostgreSQL server that does not answer
            raise
        engine.dispose()
        put_in_place(Path(str(engine.url.database)), workspace)
        keep(connect(url), workspace)
        return
    with engine.connect() as source, alone(mine) as target:
        with_generation = sa.select(cat.state.c.key, cat.state.c.value)
        before = {row.key: row.value for row in target.execute(with_generation)}
        before["generation"] = max(before["generation"], generation_of(workspace / GOOD))  # newer than its copy
        old = set(target.scalars(sa.select(cat.part.c.path)))
        since = _audit_since(source, target)
        replace_rows(source, target)
        if since:
            target.execute(cat.audit.insert(), since)
        for key, value in before.items():  # readers must notice: what they remember is of another state
            later = sa.case((cat.state.c.value > value, cat.state.c.value), else_=value) + 1
            target.execute(cat.state.update().where(cat.state.c.key == key).values(value=later))
        gone = old - set(target.scalars(sa.select(cat.part.c.path)))
    let_go(workspace, gone, at_once=False)
    keep(mine, workspace)
    mine.dispose()


def _audit_since(backup: sa.Connection, mine: sa.Connection) -> list[dict[str, Any]]:
    """Rows of the audit that the backup lacks, in their order, without ids; an erasure may have changed a detail."""
    columns = [column for column in cat.audit.c if column is not cat.audit.c.id]
    query = sa.select(*columns).order_by(cat.audit.c.id)
    there, since = Counter(tuple(row)[:-1] for row in backup.execute(query)), []
    for row in mine.execute(query):
        there[tuple(row)[:-1]] -= 1
        if there[tuple(row)[:-1]] < 0:
            since.append(dict(row._mapping))
    return since
