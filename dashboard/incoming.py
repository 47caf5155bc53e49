"""Exports on their way in: uploaded files, a look into them, and the background jobs that import them.

In: files of the browser or a path of this machine. Out: rows of the job table; nothing is read in a browser's session
but the preview. Example: `start([{"paths": ["/exports/a.txt"]}], None)`.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from importlib.resources import as_file, files
from pathlib import Path, PurePosixPath
from typing import Any

from dashboard import guard
from dashboard.guard import act
from dashboard.opened import store, workspace
from nuanqun import jobs, worker
from nuanqun.jobs import Job
from nuanqun.preview import Preview, preview
from nuanqun.settings import load_settings


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
        target.write_bytes(upload.getbuffer())
    return name, sorted(folder.iterdir())


@act("import", quiet=True)
def look(path: Path, format_id: str | None, chat_name: str | None, zone: str | None) -> list[Preview]:
    """What the exports under `path` would become under these choices; nothing is stored."""
    settings = load_settings(workspace(), **({"ingest": {"zone": zone}} if zone else {}))
    return preview(store(), path, settings.ingest, format_id=format_id, chat_name=chat_name)


@act("import", "items")
def start_import(items: list[dict[str, Any]], inbox: str | None) -> int:
    """Queue an import: every item has paths and may have format, chat_name and zone; returns the job's id."""
    body = {"items": items, "inbox": inbox}
    job_id = jobs.submit(store().engine, "import", body, guard.person().name)
    worker.ensure(workspace().resolve())
    return job_id


def start_demo() -> int:
    """Queue the import of the bundled demo chats."""
    with as_file(files("data").joinpath("demo", "chats")) as folder:
        return start_import([{"paths": [str(folder)]}], None)


@act("import")
def start_analysis() -> int:
    """Queue an analysis of what changed; returns the job's id."""
    job_id = jobs.submit(store().engine, "analyse", {}, guard.person().name)
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
