"""`nuanqun doctor --verify`: read everything, say in words what a fault left behind, and repair it.

In: a workspace, perhaps a backup. Out: findings, each ok, repaired, or an error that only a person can mend. What is
taken out of use is set aside under `damaged/`, never deleted. Example: `verify(Path("w"), None)`.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import sqlalchemy as sa

from nuanqun import audit, jobs, own_models
from nuanqun import catalogue as cat
from nuanqun.backup import DAMAGED, ROOM, ROOM_LOCK
from nuanqun.database import SQLITE, is_there, url_of
from nuanqun.doctor import Finding
from nuanqun.errors import NuanqunError, WorkspaceError
from nuanqun.good_copy import is_behind, keep
from nuanqun.parts import Part, digest_of, read_parts
from nuanqun.pipeline import RunReport, work_out
from nuanqun.restore import take_parts
from nuanqun.salvage import bring_back, is_sound
from nuanqun.settings import load_settings
from nuanqun.store import SCHEMAS, TABLES, Store
from nuanqun.sweeping import ANALYSIS_LOCK, IMPORT_LOCK, LOCK_OF, idle, sweep, unnamed

LITTLE_ROOM = 200 << 20
"""Bytes: with less free, the next import or analysis may stop."""
WORKER_LOCK = "worker.lock"


def verify(workspace: Path, backup: Path | None = None) -> list[Finding]:
    """Look at a workspace from the disk upwards and repair what can be; the findings say what was and what is."""
    findings = [*check_room(workspace), *check_rights(workspace)]
    try:
        chosen = load_settings(workspace).store.catalogue
        findings += check_catalogue(workspace, chosen, backup)
        store = Store(workspace)
        for check in (check_leftovers, check_jobs):
            findings += check(store)
        findings += check_parts(store, backup)
        findings += check_model(store)
        for check in (check_unnamed, check_doubled, check_analysis):
            findings += check(store)
        if mended := sorted({finding.what for finding in findings if finding.level == "repaired"}):
            audit.write(store.engine, "doctor", "repair", detail={"what": mended})
    except (NuanqunError, OSError, sa.exc.DBAPIError) as error:
        findings.append(Finding("error", "workspace", str(error).splitlines()[0]))
    return findings


def check_room(workspace: Path) -> Iterator[Finding]:
    """A full disk stops every write; what was there before stays whole."""
    free = shutil.disk_usage(workspace).free
    if free < LITTLE_ROOM:
        advice = "make room, then run the import or analysis again: nothing of the old state is lost"
        yield Finding("error", "disk", f"{free >> 20} MB free", advice)
    else:
        yield Finding("ok", "disk", f"{free >> 20} MB free")


def check_rights(workspace: Path) -> Iterator[Finding]:
    """Every file and folder can be read and written by whoever asks."""
    found = [workspace, *workspace.rglob("*")]
    wrong = [path for path in found if not os.access(path, os.R_OK | os.W_OK | (os.X_OK if path.is_dir() else 0))]
    mended = 0
    for path in wrong:
        try:
            path.chmod(path.stat().st_mode | (0o700 if path.is_dir() else 0o600))
            mended += 1
        except FileNotFoundError:  # a log of the catalogue or a lock, gone since: somebody else has finished
            continue
        except OSError as error:
            yield Finding(
                "error", "permissions", f"{path}: {error.strerror}", "give the files back to their owner (chown)"
            )
    if mended:
        yield Finding(
            "repaired", "permissions", f"{mended} files or folders could not be read or written by their owner"
        )
    elif not any(path.exists() for path in wrong):
        yield Finding("ok", "permissions", f"{len(found)} files and folders can be read and written")


def check_catalogue(workspace: Path, chosen: str, backup: Path | None) -> Iterator[Finding]:
    """The catalogue can be read from end to end; else the last good copy comes back, else the backup."""
    path = workspace / SQLITE
    try:
        if url_of(workspace, chosen) != f"sqlite:///{path}":
            yield Finding("ok", "catalogue", "on a server; its own tools verify it")
            return
        why = is_sound(path) if is_there(path) else ""
        why = why or ("it is older than its own copy" if is_behind(workspace) else "")
    except WorkspaceError:
        why = "it is missing"
    if not why:
        yield Finding("ok", "catalogue", "reads from end to end")
        return
    back = bring_back(workspace, backup)
    found = f"damaged ({why}); the last good copy is back with {back.rows} rows read from the damaged file"
    found += f" and {back.messages} messages of parts that it did not name"
    yield Finding("repaired", "catalogue", found, f"the damaged file is kept as {back.aside.name}")


def check_leftovers(store: Store) -> Iterator[Finding]:
    """Rooms of backups and restores that were killed, and copies that were never finished."""
    count = 0
    for folder in store.workspace.glob(f"{ROOM}*"):
        with idle(folder, ROOM_LOCK) as over:
            if over:
                shutil.rmtree(folder, ignore_errors=True)
                count += 1
    for path in store.workspace.glob("catalogue.*.tmp"):
        path.unlink(missing_ok=True)
        count += 1
    if count:
        yield Finding("repaired", "leftovers", f"{count} of interrupted backups, restores or copies deleted")


def check_jobs(store: Store) -> Iterator[Finding]:
    """Locks end with their process; a job that its worker did not survive waits again."""
    held = []
    for name in (IMPORT_LOCK, ANALYSIS_LOCK, WORKER_LOCK):
        with idle(store.workspace, name) as free:
            held += [] if free else [name]
            running = [job for job in jobs.open_jobs(store.engine) if job.status == "running"]
            if name == WORKER_LOCK and free and running:
                jobs.take_back(store.engine)
                yield Finding("repaired", "jobs", f"{len(running)} of a worker that ended wait again")
    advice = "a running process holds them; they end with it" if held else ""
    yield Finding("notice" if held else "ok", "locks", ", ".join(held) or "none is held", advice)


def check_parts(store: Store, backup: Path | None) -> Iterator[Finding]:
    """Every live part is there, has its checksum and reads; else it comes from the backup, or goes out of use."""
    parts = [part for name in TABLES for part in store.parts(name)]
    bad = {part: why for part in parts if (why := fault_of(store.workspace, part))}
    if not bad:
        yield Finding("ok", "parts", f"{len(parts)} parts, each as it was written")
    if bad and backup is not None:
        wanted = {part.path: part.sha256 for part in bad}
        back = take_parts(backup, store.workspace, wanted)
        mended = [part for part in bad if part.path in back and not fault_of(store.workspace, part)]
        if mended:
            yield Finding("repaired", "parts", f"{len(mended)} damaged or missing parts are back from the backup")
        bad = {part: why for part, why in bad.items() if part not in mended}
    derived = [part for part in bad if part.table_name != "messages"]
    lost = [part for part in bad if part.table_name == "messages"]
    if bad:
        take_out(store, list(bad))
    if derived:
        yield Finding("repaired", "parts", f"{len(derived)} parts of results ({bad[derived[0]]}) are made again")
    for part in lost:
        found = f"{part.path}: {bad[part]}; {part.rows} messages of chat {part.chat_id}, {part.month} are out of use"
        advice = "import the exports of that month again, or run this with --backup FILE"
        yield Finding("error", "messages", found, advice)


def fault_of(workspace: Path, part: Part) -> str:
    """What is wrong with a part, "" for nothing."""
    path = workspace / part.path
    if not path.exists():
        return "the file is missing"
    try:
        if part.sha256 and digest_of(path) != part.sha256:
            return "the file has another checksum than when it was written"
        rows = pq.read_metadata(path).num_rows if part.sha256 else pq.read_table(path).num_rows
    except (OSError, pa.ArrowException):
        return "the file cannot be read"
    return "" if rows == part.rows else f"{rows} rows, the catalogue says {part.rows}"


def take_out(store: Store, bad: list[Part]) -> None:
    """Take parts out of the catalogue, a messages part with its annotations, and set their files aside."""
    stems = {part.stem for part in bad if part.table_name == "messages"}
    chats = {part.chat_id for part in bad if part.table_name in SCHEMAS}  # an analysis makes its tables together
    gone = {part.path for part in bad} | {p.path for p in store.parts("annotations") if p.stem in stems}
    gone |= {part.path for name in SCHEMAS for part in store.parts(name) if part.chat_id in chats}

    def forget(connection: sa.Connection) -> None:
        connection.execute(cat.part.delete().where(cat.part.c.path.in_(sorted(gone))))

    with store.import_lock(), store.analysis_lock(), store.write() as change:
        change.also.append(forget)
    for part in bad:
        source, target = store.workspace / part.path, store.workspace / DAMAGED / part.path
        if source.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            source.replace(target)
    for part in bad:
        if part.table_name == "messages":
            audit.write(store.engine, "doctor", "part_lost", part.chat_id, {"path": part.path, "rows": part.rows})
    keep(store.engine, store.workspace)


def check_model(store: Store) -> Iterator[Finding]:
    """The model that was learned from verdicts can be read; else the one before it is used again."""
    folder, why = store.workspace / own_models.FOLDER, ""
    if not folder.is_dir():
        return
    with idle(folder, "write.lock") as nobody_writes:
        for half in folder.glob("*.tmp") if nobody_writes else ():
            shutil.rmtree(half, ignore_errors=True)
            yield Finding("repaired", "leftovers", f"a model that was never finished ({half.name}) deleted")
    while wrong := _wrong_with_model(store):
        why = why or wrong
        try:
            own_models.rollback(store, "doctor")
        except WorkspaceError:
            own_models.use(store, 0, "doctor")
    if why:
        yield Finding("repaired", "model", f"{why}; model {own_models.active(store).number} is used again")


def _wrong_with_model(store: Store) -> str:
    try:
        own_models.active(store)
    except WorkspaceError as error:
        return str(error)
    return ""


def check_unnamed(store: Store) -> Iterator[Finding]:
    """Files that no entry names: a crash left them before its commit, or a write replaced them."""
    count = waiting = 0
    for name in TABLES:
        live = {part.path for part in store.parts(name)}
        with idle(store.workspace, LOCK_OF.get(name, ANALYSIS_LOCK)) as nobody_writes:
            if nobody_writes:
                count += sweep(store.workspace, name, live, store.settings.sweep_minutes)
                waiting += len(unnamed(store.workspace, name, live))
    if count:
        yield Finding("repaired", "unnamed files", f"{count} of interrupted or replaced writes deleted")
    if waiting:
        advice = f"they go after {store.settings.sweep_minutes:g} minutes, when no reader needs them any more"
        yield Finding("ok", "unnamed files", f"{waiting} of interrupted or replaced writes", advice)


def check_doubled(store: Store) -> Iterator[Finding]:
    """No message is there twice."""
    total = doubled = 0
    for chat_id in store.known_chats():
        ids = read_parts(store.workspace, store.parts("messages", chat_id), _ONLY_IDS, ["message_id"])["message_id"]
        total += len(ids)
        if extra := len(ids) - len(ids.unique()):
            doubled += extra
            yield Finding("error", "messages", f"chat {chat_id}: {extra} are there twice", "please report this")
    if not doubled:
        yield Finding("ok", "messages", f"{total} in {len(store.known_chats())} chats, none twice")


_ONLY_IDS = pa.schema([pa.field("message_id", pa.string())])


def check_analysis(store: Store) -> Iterator[Finding]:
    """Every chat has results of its messages as they are now; what is missing or half done is done."""
    report, started, settings = RunReport(), datetime.now(UTC), load_settings(store.workspace)
    work_out(store, report, settings)
    done = {name: report.counts[name] for name in ("annotated", "analysed")}
    if any(done.values()):
        store.add_run(started_at=started, status="done", body=report.body(settings))
        found = f"was behind the messages; {done['annotated']} annotated, {done['analysed']} chats analysed"
        yield Finding("repaired", "analysis", found)
    else:
        yield Finding("ok", "analysis", "as new as the messages")
