"""Exports on their way in: uploaded files, a look into them, and the background jobs that import them.

In: files of the browser or a path of this machine. Out: rows of the job table; nothing is read in a browser's session
but the preview. Example: `start([{"paths": ["/exports/a.txt"]}], None)`.
"""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Sequence
from dataclasses import replace
from importlib.resources import as_file, files
from pathlib import Path, PurePosixPath
from typing import Any

from dashboard import guard
from dashboard.guard import act
from dashboard.opened import served_afar, store, workspace
from ingest.columns import Choice, header_hash
from ingest.columns import Preview as Columns
from ingest.columns import preview as preview_columns
from ingest.errors import IngestError
from ingest.source import Source
from nuanqun import jobs, worker
from nuanqun.columns import remember_columns
from nuanqun.errors import Forbidden
from nuanqun.jobs import Job
from nuanqun.preview import Preview, preview
from nuanqun.settings import load_settings

DEMO = files("data").joinpath("demo", "chats")
PIECE = 1 << 20
"""Bytes copied at a time: an upload asked for its whole buffer is held in memory once more."""


@act("import", quiet=True)
def keep_uploads(uploads: Sequence[Any]) -> tuple[str, list[Path]]:
    """Write uploaded files into a fresh folder of the inbox, with their sub-folders but no way out of it.

    Returns the folder's name and what lies in it.
    """
    name = secrets.token_hex(8)
    folder = workspace().resolve() / worker.INBOX / name
    for upload in uploads:
        steps = [step for step in PurePosixPath(upload.name.replace("\\", "/")).parts if step not in ("/", "..", ".")]
        target = folder.joinpath(*(steps or ["upload"]))
        target.parent.mkdir(parents=True, exist_ok=True)
        upload.seek(0)
        with target.open("wb") as file:
            shutil.copyfileobj(upload, file, PIECE)
    return name, sorted(folder.iterdir())


def reachable(path: Path) -> bool:
    """Whether there is something to import: on a server for other machines only in its inbox and `store.import_from`.

    Otherwise whoever may import could have any file of the server read out to them.
    """
    found = path.resolve()
    roots = (str(workspace().resolve() / worker.INBOX), str(DEMO), *load_settings(workspace()).store.import_from)
    near = not served_afar() or any(found.is_relative_to(Path(root).resolve()) for root in roots)
    return near and found.exists()


def _check_reachable(*paths: Path) -> None:
    for path in paths:
        if not reachable(path):
            raise Forbidden(f"{path} is not in a folder of store.import_from")


@act("import", quiet=True)
def look(
    path: Path, format_id: str | None, chat_name: str | None, zone: str | None, columns: Choice | None = None
) -> list[Preview]:
    """What the exports under `path` would become under these choices; nothing is stored."""
    _check_reachable(path)
    asked: dict[str, Any] = {"zone": zone} if zone else {}
    settings = load_settings(workspace(), **({"ingest": asked} if asked else {})).ingest
    table = columns_of(path) if columns else None
    if columns and table:
        settings = replace(settings, columns={**settings.columns, header_hash(table.header): columns})
    return preview(store(), path, settings, format_id=format_id, chat_name=chat_name)


def columns_of(path: Path) -> Columns | None:
    """Header, first rows and suggestions, where the file is a table."""
    guard.need("import")
    _check_reachable(path)
    try:
        return preview_columns(Source.of_path(path)) if path.is_file() else None
    except (IngestError, OSError):
        return None


@act("import", "columns")
def keep_columns(path: Path, columns: Choice) -> None:
    """Remember what the columns of tables with this header mean, for this and every later import."""
    _check_reachable(path)
    remember_columns(workspace().resolve(), Source.of_path(path), columns)


@act("import", "items")
def start_import(items: list[dict[str, Any]], inbox: str | None) -> int:
    """Queue an import: every item has paths and may have format, chat_name and zone; returns the job's id."""
    _check_reachable(*(Path(path) for item in items for path in item["paths"]))
    body = {"items": items, "inbox": inbox}
    job_id = jobs.submit(store().engine, "import", body, guard.person().name)
    worker.ensure(workspace().resolve())
    return job_id


def start_demo() -> int:
    """Queue the import of the bundled demo chats."""
    with as_file(DEMO) as folder:
        return start_import([{"paths": [str(folder)]}], None)


@act("import", quiet=True)
def start_analysis() -> int:
    """Queue an analysis of what changed; returns the job's id."""
    return queue_analysis(guard.person().name)


def queue_analysis(actor: str) -> int:
    """The same for acts that are guarded themselves; one that waits already is enough."""
    waiting = [job for job in jobs.open_jobs(store().engine) if job.kind == "analyse" and job.status == "waiting"]
    job_id = waiting[0].id if waiting else jobs.submit(store().engine, "analyse", {}, actor)
    worker.ensure(workspace().resolve())
    return job_id


@act("import", "job_id")
def stop(job_id: int) -> None:
    """Cancel a job."""
    jobs.cancel(store().engine, job_id)


def latest(most: int = 5) -> list[Job]:
    """The latest jobs, newest first; a queue whose worker is gone gets a new one."""
    guard.need("see_setup")
    found = jobs.latest(store().engine, most)
    if any(job.is_open for job in found):
        worker.ensure(workspace().resolve())
    return found
