"""The worker: one process a workspace that does the jobs of the catalogue, apart from every browser tab.

It ends when nothing is left to do. Whoever submits a job calls `ensure`, which starts one where none is alive; a job
that a dead worker left running is done again from the start, which doubles nothing. As a script:
`python -m nuanqun.worker --workspace W`.
"""

from __future__ import annotations

import argparse
import logging
import os
import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from ingest.errors import IngestError
from nuanqun import jobs
from nuanqun.errors import Cancelled, NuanqunError
from nuanqun.jobs import Job
from nuanqun.pipeline import RunReport, bring_in, work_out
from nuanqun.progress import Report
from nuanqun.settings import load_settings
from nuanqun.store import Store

IDLE_SECONDS = 20
"""How long a worker waits for a further job before it ends and gives its memory back."""
MOST_EXAMPLES = 20
INBOX = "inbox"
"""Folder of the workspace in which uploaded files wait for their import."""
_log = logging.getLogger("nuanqun.worker")


def ensure(workspace: Path) -> None:
    """Start a worker for `workspace` unless one is alive."""
    try:
        with _lock(workspace).acquire(blocking=False):
            pass
    except Timeout:
        return
    root = Path(__file__).resolve().parent.parent
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, [str(root), os.environ.get("PYTHONPATH", "")]))
    command = [sys.executable, "-m", "nuanqun.worker", "--workspace", str(workspace)]
    # Its own session: closing the server's terminal must not end an import half-way.
    nowhere = subprocess.DEVNULL
    subprocess.Popen(command, env=environment, start_new_session=True, stdin=nowhere, stdout=nowhere, stderr=nowhere)


def work(workspace: Path, idle_seconds: float = IDLE_SECONDS) -> int:
    """Do the jobs of `workspace` until none came for a while; returns how many. Another worker alive: none."""
    try:
        with _lock(workspace).acquire(blocking=False):
            store = Store(workspace, load_settings(workspace).store)
            jobs.take_back(store.engine)
            return _until_idle(store, idle_seconds)
    except Timeout:
        return 0


def _until_idle(store: Store, idle_seconds: float) -> int:
    count, last = 0, time.monotonic()
    while True:
        job = jobs.take_next(store.engine)
        if job is not None:
            do(store, job)
            count, last = count + 1, time.monotonic()
        elif time.monotonic() - last >= idle_seconds:
            return count
        else:
            time.sleep(0.3)


def do(store: Store, job: Job) -> None:
    """One job, whatever comes of it; a problem of its input is said in words, others leave an id in the log."""
    try:
        result = KINDS[job.kind](store, job, jobs.reporter(store.engine, job.id))
        jobs.finish(store.engine, job.id, "done", result)
    except Cancelled:
        jobs.finish(store.engine, job.id, "cancelled")
    except (IngestError, NuanqunError, OSError, ValueError) as error:
        _log.exception("job %s failed", job.id)
        jobs.finish(store.engine, job.id, "failed", error=str(error))
    finally:
        leave_inbox(store, job)


def import_files(store: Store, job: Job, progress: Report) -> dict[str, Any]:
    """Import every item of the job under its own choices, then analyse what changed."""
    whole, started, status = RunReport(), datetime.now(UTC), "failed"
    settings = load_settings(store.workspace)
    try:
        for item in job.body["items"]:
            _bring_in_item(store, item, whole, progress)
        work_out(store, whole, settings, progress=progress)
        status = "done"
    finally:
        store.add_run(started_at=started, status=status, body=whole.body(settings))
    return {
        "chats": [{"chat_id": r.chat_id, "name": r.name, "new": r.new} for r in whole.receipts],
        "rejected": [asdict(rejection) for rejection in whole.rejected],
    }


def _bring_in_item(store: Store, item: dict[str, Any], whole: RunReport, progress: Report) -> None:
    overrides = {"ingest": {"zone": item["zone"]}} if item.get("zone") else {}
    settings, part = load_settings(store.workspace, **overrides), RunReport()
    paths = [Path(path) for path in item["paths"]]
    form, name = item.get("format") or None, item.get("chat_name") or None
    bring_in(store, part, paths, settings, format_id=form, chat_name=name, progress=progress)
    whole.receipts += part.receipts
    whole.rejected += part.rejected
    whole.inputs += part.inputs
    whole.counts = dict(Counter(whole.counts) + Counter(part.counts))
    for stage, seconds in part.seconds.items():
        whole.seconds[stage] = whole.seconds.get(stage, 0.0) + seconds


def analyse(store: Store, job: Job, progress: Report) -> dict[str, Any]:
    """Annotate and analyse what changed, after words, thresholds or chats were changed."""
    report, started, settings = RunReport(), datetime.now(UTC), load_settings(store.workspace)
    work_out(store, report, settings, progress=progress)
    store.add_run(started_at=started, status="done", body=report.body(settings))
    return {"annotated": report.counts["annotated"], "analysed": report.counts["analysed"]}


def learn(store: Store, job: Job, progress: Report) -> dict[str, Any]:
    """Learn from the verdicts; a model that is better is kept, not yet used."""
    from nuanqun.feedback import train

    progress("learn", 0, 0)
    return train(store, load_settings(store.workspace).nlp).to_json()


def compare(store: Store, job: Job, progress: Report) -> dict[str, Any]:
    """Two models side by side; ids of the messages on which they differ most, no text."""
    from nuanqun.compare_models import compare as side_by_side

    progress("compare", 0, 0)
    found = side_by_side(store, load_settings(store.workspace).nlp, job.body["old"], job.body["new"])
    names = ["chat_id", "message_id", "head", "before_probability", "after_probability"]
    examples = found.changed.select(names).slice(0, MOST_EXAMPLES).to_pylist()
    counts = {"changed": found.changed.num_rows, "looked_at": found.looked_at}
    return {"gold": found.gold, **counts, "examples": examples}


KINDS: dict[str, Callable[[Store, Job, Report], dict[str, Any]]] = {
    "import": import_files, "analyse": analyse, "learn": learn, "compare": compare,
}  # fmt: skip
"""What a worker can do, by the kind of job."""


def leave_inbox(store: Store, job: Job) -> None:
    """Delete the uploaded files of a job that is over, and uploads of a day ago that nobody imported."""
    inbox = store.workspace / INBOX
    name = job.body.get("inbox")
    found = jobs.find(store.engine, job.id)
    if name and found is not None and not found.is_open:
        shutil.rmtree(inbox / Path(name).name, ignore_errors=True)
    kept = {other.body.get("inbox") for other in jobs.open_jobs(store.engine)}
    oldest = (datetime.now(UTC) - timedelta(days=1)).timestamp()
    for folder in inbox.iterdir() if inbox.is_dir() else ():
        if folder.name not in kept and folder.stat().st_mtime < oldest:
            shutil.rmtree(folder, ignore_errors=True)


def _lock(workspace: Path) -> FileLock:
    workspace.mkdir(mode=0o700, parents=True, exist_ok=True)
    return FileLock(workspace / "worker.lock")


def main() -> None:
    """`python -m nuanqun.worker --workspace W`."""
    parser = argparse.ArgumentParser(prog="python -m nuanqun.worker", description="Do the jobs of a workspace.")
    parser.add_argument("--workspace", type=Path, required=True)
    workspace = parser.parse_args().workspace.resolve()
    logging.basicConfig(filename=workspace / "worker.log", level=logging.WARNING, format="%(asctime)s %(message)s")
    if hasattr(os, "nice"):
        os.nice(1)  # whoever clicks comes first
    work(workspace)


if __name__ == "__main__":
    main()
