"""Background jobs: they do their work, tell how far they are, stop when asked, and survive a dead worker."""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from nuanqun import jobs, worker
from nuanqun.errors import Cancelled
from nuanqun.store import Store

CHAT = "\n".join(f"2024-03-0{1 + n // 9} 0{n % 9}:15:00 张三({20000 + n % 3})\n第 {n} 句闲话\n" for n in range(40))


@pytest.fixture()
def store(tmp_path) -> Store:
    return Store(tmp_path / "w")


@pytest.fixture()
def export(tmp_path):
    path = tmp_path / "读书会.txt"
    path.write_text(CHAT, encoding="utf-8")
    return path


def import_job(store, *paths, **choices) -> int:
    return jobs.submit(store.engine, "import", {"items": [{"paths": [str(p) for p in paths], **choices}]}, "li")


def test_an_import_is_done_with_its_choices_and_leaves_receipt_run_and_result(store, export):
    job_id = import_job(store, export, chat_name="夜读", zone="Asia/Tokyo")
    assert worker.work(store.workspace, idle_seconds=0) == 1
    job = jobs.find(store.engine, job_id)
    assert job and job.status == "done" and job.result
    assert [(c["name"], c["new"]) for c in job.result["chats"]] == [("夜读", 40)]
    assert [facts["zone"] for facts in store.known_chats().values()] == ["Asia/Tokyo"]
    assert store.chats().num_rows == 1 and store.runs()[0]["status"] == "done"


def test_a_bad_file_is_told_and_the_good_one_is_imported(store, export, tmp_path):
    bad = tmp_path / "bad.txt"
    bad.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(100))
    job_id = import_job(store, bad, export)
    worker.work(store.workspace, idle_seconds=0)
    job = jobs.find(store.engine, job_id)
    assert job and job.status == "done" and job.result
    assert len(job.result["chats"]) == 1 and len(job.result["rejected"]) == 1


def test_a_cancelled_import_leaves_nothing(store, export):
    waiting = import_job(store, export)
    jobs.cancel(store.engine, waiting)
    assert worker.work(store.workspace, idle_seconds=0) == 0
    running = import_job(store, export)
    job = jobs.take_next(store.engine)
    assert job and job.id == running
    jobs.cancel(store.engine, running)
    worker.do(store, job)
    assert [job.status for job in jobs.latest(store.engine)] == ["cancelled", "cancelled"]
    assert store.known_chats() == {} and store.parts("messages") == []


def test_the_reporter_notes_the_stage_and_raises_when_somebody_wants_to_stop(store):
    job_id = jobs.submit(store.engine, "analyse", {}, "li")
    jobs.take_next(store.engine)
    report = jobs.reporter(store.engine, job_id)
    report("annotate", 30, 120)
    job = jobs.find(store.engine, job_id)
    assert job and (job.stage, job.share) == ("annotate", 0.25)
    jobs.cancel(store.engine, job_id)
    with pytest.raises(Cancelled):
        report("analyse", 0, 1)


def test_the_time_left_follows_the_pace_of_the_stage():
    def left(total: int) -> float | None:
        values: dict[str, Any] = dict.fromkeys(jobs.Job.__slots__)
        values |= {"done": 25, "total": total, "stage_at": datetime.now(UTC) - timedelta(seconds=10)}
        return jobs.Job(**values).seconds_left

    assert left(100) == pytest.approx(30, abs=1)
    assert left(0) is None


def _die_over_it(workspace, started) -> None:
    store = Store(workspace)
    jobs.take_next(store.engine)
    started.set()
    time.sleep(60)


def test_what_a_killed_worker_left_is_done_by_the_next_and_given_up_after_three_deaths(store, export):
    job_id = import_job(store, export)
    context = multiprocessing.get_context("spawn")
    started = context.Event()
    dying = context.Process(target=_die_over_it, args=(store.workspace, started))
    dying.start()
    assert started.wait(60)
    os.kill(dying.pid, signal.SIGKILL)  # type: ignore[arg-type]
    dying.join()
    assert [job.status for job in jobs.open_jobs(store.engine)] == ["running"]
    assert worker.work(store.workspace, idle_seconds=0) == 1
    job = jobs.find(store.engine, job_id)
    assert job and (job.status, job.tries) == ("done", 2)
    assert sum(part.rows for part in store.parts("messages")) == 40

    hopeless = import_job(store, export)
    for _ in range(jobs.MOST_TRIES):
        jobs.take_back(store.engine)
        jobs.take_next(store.engine)
    jobs.take_back(store.engine)
    job = jobs.find(store.engine, hopeless)
    assert job and job.status == "failed"


def test_two_workers_never_share_a_workspace(store, export):
    import_job(store, export)
    with worker._lock(store.workspace):
        assert worker.work(store.workspace, idle_seconds=0) == 0
    assert worker.work(store.workspace, idle_seconds=0) == 1


def test_uploads_are_deleted_once_their_job_is_over(store, export):
    folder = store.workspace / worker.INBOX / "ab12"
    folder.mkdir(parents=True)
    moved = folder / export.name
    export.rename(moved)
    jobs.submit(store.engine, "import", {"items": [{"paths": [str(moved)]}], "inbox": "ab12"}, "li")
    worker.work(store.workspace, idle_seconds=0)
    assert not folder.exists() and store.parts("messages")
