"""A backup: one zip of a workspace as it was at one moment, taken while imports and analyses run.

Parts never change, so the moment is short: while no writer can commit, the catalogue is copied and every live part gets
a second name (a hard link) in a room of its own; packing takes its time from there. Every file is in the manifest with
its sha256, and a backup gets its name only after it was read again and found whole.
Example: `backup(Store(Path("w")), Path("w.zip"))`, `check(Path("w.zip"))`.
"""

from __future__ import annotations

import json
import os
import shutil
import uuid
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path, PurePosixPath
from typing import IO, Any

import sqlalchemy as sa
from filelock import FileLock

from nuanqun import __version__
from nuanqun import catalogue as cat
from nuanqun.database import SQLITE, URL_FILE, open_catalogue, revision_of
from nuanqun.errors import WorkspaceError
from nuanqun.move import alone, copy_into_empty
from nuanqun.parts import digest_of
from nuanqun.store import TABLES, Store

FORMAT = "nuanqun backup/1"
MANIFEST = "manifest.json"
ROOM = ".room-"
"""How folders begin in which a backup or a restore is prepared."""
ROOM_LOCK = "room.lock"
DAMAGED = "damaged"
"""Folder of the workspace for files that `nuanqun doctor --verify` took out of use."""
_BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup holds; `files` gives sha256 and bytes of every file but the manifest itself."""

    format: str
    made_at: str
    nuanqun: str
    revision: str
    chats: int
    messages: int
    rows: dict[str, int]
    files: dict[str, dict[str, Any]]


def backup(store: Store, target: Path) -> Manifest:
    """Write a backup of the workspace to `target`, readable by its owner only: it holds messages and keys.

    Raises WorkspaceError where a live part is missing or damaged: such a backup would be none.
    """
    temporary = target.with_name(f"{target.name}.{uuid.uuid4().hex[:8]}.tmp")
    with room(store.workspace) as folder:
        manifest = _freeze(store, folder)
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            with os.fdopen(os.open(temporary, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600), "w+b") as file:
                _pack(folder, file, manifest)
                file.flush()
                os.fsync(file.fileno())
            whole = check(temporary)
            temporary.replace(target)
        finally:
            temporary.unlink(missing_ok=True)
    return whole


def check(path: Path) -> Manifest:
    """Read a backup to its end and compare it with its manifest; raises WorkspaceError for one that is not whole."""
    with opened(path) as (archive, manifest):
        for name in manifest.files:
            with archive.open(name) as file:
                _compare(path, name, manifest, _digest(file))
    return manifest


@contextmanager
def opened(path: Path) -> Iterator[tuple[zipfile.ZipFile, Manifest]]:
    """A backup and its manifest; raises WorkspaceError for anything else, and for names that lead out of a folder."""
    try:
        with zipfile.ZipFile(path) as archive:
            manifest = Manifest(**json.loads(archive.read(MANIFEST)))
            names = [info.filename for info in archive.infolist()]
            if sorted(names) != sorted([*manifest.files, MANIFEST]) or SQLITE not in names:
                raise WorkspaceError(f"{path}: the files in it are not those of its manifest. Take another backup.")
            for name in names:
                if PurePosixPath(name).is_absolute() or ".." in PurePosixPath(name).parts or "\\" in name:
                    raise WorkspaceError(f"{path}: {name!r} leads out of the workspace. This is no backup of ours.")
            if manifest.format != FORMAT:
                raise WorkspaceError(f"{path}: {manifest.format!r} is of a newer version. Upgrade nuanqun.")
            yield archive, manifest
    except (OSError, zipfile.BadZipFile, zlib.error, KeyError, TypeError, ValueError, NotImplementedError) as error:
        raise WorkspaceError(f"{path} is no whole backup ({error}). Take another one.") from error


def unpack(archive: zipfile.ZipFile, manifest: Manifest, names: Iterable[str], folder: Path) -> None:
    """Write files of a backup under `folder`, synced and compared with the manifest."""
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        with archive.open(name) as source, path.open("wb") as target:
            shutil.copyfileobj(source, target, _BLOCK)
            target.flush()
            os.fsync(target.fileno())
        _compare(Path(archive.filename or ""), name, manifest, digest_of(path))


@contextmanager
def room(workspace: Path) -> Iterator[Path]:
    """A folder inside the workspace, on the same disk, that is gone afterwards."""
    folder = workspace / f"{ROOM}{uuid.uuid4().hex[:8]}"
    folder.mkdir(mode=0o700)
    with FileLock(folder / ROOM_LOCK):  # who finds it free knows that nobody is at work here any more
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def other_files(workspace: Path) -> list[Path]:
    """What lies in a workspace beside parts and catalogue: keys, settings, own models, uploads that wait."""
    found = []
    for top in sorted(workspace.iterdir()):
        ours = top.name in (*TABLES, DAMAGED) or top.name.startswith((ROOM, "catalogue.", ".")) or top.name == URL_FILE
        if not ours and top.suffix not in (".lock", ".tmp", ".log", ".zip"):
            found += [path for path in sorted([top, *top.rglob("*")]) if path.is_file() and not path.is_symlink()]
    return found


def _freeze(store: Store, folder: Path) -> Manifest:
    """Copy the catalogue and link every file it names, while nobody can commit; returns the manifest so far."""
    copy = open_catalogue(f"sqlite:///{folder / SQLITE}")
    with alone(store.engine) as source:
        with copy.begin() as target:
            rows = copy_into_empty(source, target, str(folder))
        columns = (cat.part.c.path, cat.part.c.table_name, cat.part.c.rows)
        parts = list(source.execute(sa.select(*columns)))
        for part in parts:
            _link(store.workspace / part.path, folder / part.path)
        for path in other_files(store.workspace):
            _link(path, folder / path.relative_to(store.workspace), copied=True)
    messages = sum(part.rows for part in parts if part.table_name == "messages")
    made_at = datetime.now(UTC).isoformat()
    revision = str(revision_of(copy))
    with copy.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("PRAGMA journal_mode=DELETE")  # one file, no log beside it
    copy.dispose()
    return Manifest(FORMAT, made_at, __version__, revision, rows["chat"], messages, rows, {})


def _link(path: Path, target: Path, copied: bool = False) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        if copied:
            shutil.copy2(path, target)
        else:
            os.link(path, target)
    except FileNotFoundError as error:
        raise WorkspaceError(f"{path} is missing. Run `nuanqun doctor --verify` first.") from error
    except OSError:  # a disk without hard links
        shutil.copy2(path, target)


def _pack(folder: Path, file: IO[bytes], manifest: Manifest) -> None:
    known = _digests(folder)
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, allowZip64=True) as archive:
        for path in sorted(path for path in folder.rglob("*") if path.is_file() and path.suffix != ".lock"):
            name = path.relative_to(folder).as_posix()
            packed = zipfile.ZIP_STORED if path.suffix == ".parquet" else zipfile.ZIP_DEFLATED
            digest = digest_of(path)
            if known.get(name, "") not in ("", digest):
                raise WorkspaceError(f"{name} is damaged. Run `nuanqun doctor --verify` first.")
            archive.write(path, name, packed)
            manifest.files[name] = {"sha256": digest, "bytes": path.stat().st_size}
        archive.writestr(MANIFEST, json.dumps(asdict(manifest), ensure_ascii=False, indent=1))


def _digests(folder: Path) -> dict[str, str]:
    """Path -> sha256 of every part, as the copied catalogue knows it."""
    engine = sa.create_engine(f"sqlite:///{folder / SQLITE}")
    with engine.connect() as connection:
        found = {row.path: row.sha256 for row in connection.execute(sa.select(cat.part.c.path, cat.part.c.sha256))}
    engine.dispose()
    return found


def _digest(file: IO[bytes]) -> str:
    digest = sha256()
    while block := file.read(_BLOCK):
        digest.update(block)
    return digest.hexdigest()


def _compare(path: Path, name: str, manifest: Manifest, digest: str) -> None:
    if digest != manifest.files[name]["sha256"]:
        raise WorkspaceError(f"{path}: {name} has another checksum than the manifest says. Take another backup.")
