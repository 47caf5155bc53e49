"""Background jobs in the catalogue: what waits, what runs and how far it is, what came of it.

waiting -> running -> done | failed | cancelled. Pages only read and write rows here; nuanqun.worker does the work.
Example: `submit(engine, "import", {"items": [...]}, actor="li")`.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from nuanqun import catalogue as cat
from nuanqun.errors import Cancelled
from nuanqun.progress import Report

OPEN = ("waiting", "running")
MOST_TRIES = 3
"""A job that ended its worker so often is given up."""
_WRITE_EVERY = 0.5  # seconds between two notes of progress


@dataclass(frozen=True, slots=True)
class Job:
    """One row; `seconds_left` is an estimate of the current stage, None while nothing can be said."""

    id: int
    kind: str
    body: dict[str, Any]
    actor: str
    status: str
    stage: str
    done: int
    total: int
    tries: int
    cancel: bool
    created_at: datetime
    stage_at: datetime | None
    ended_at: datetime | None
    result: dict[str, Any] | None
    error: str

    @property
    def is_open(self) -> bool:
        """Whether it still waits or runs."""
        return self.status in OPEN

    @property
    def share(self) -> float:
        """How much of the current stage is done, 0..1."""
        return min(1.0, self.done / self.total) if self.total else 0.0

    @property
    def seconds_left(self) -> float | None:
        """What the current stage still takes at the pace so far."""
        if self.stage_at is None or not self.total or not self.done:
            return None
        spent = (datetime.now(UTC) - self.stage_at).total_seconds()
        return spent * (self.total - self.done) / self.done


def submit(engine: sa.Engine, kind: str, body: dict[str, Any], actor: str) -> int:
    """Put a job at the end of the queue; returns its id."""
    row = {"kind": kind, "body": body, "actor": actor, "status": "waiting", "stage": "", "done": 0, "total": 0}
    row |= {"tries": 0, "cancel": False, "created_at": datetime.now(UTC), "error": ""}
    with engine.begin() as connection:
        return int(connection.execute(cat.job.insert().values(row)).inserted_primary_key[0])  # type: ignore[index]


def latest(engine: sa.Engine, most: int = 10) -> list[Job]:
    """The open jobs and the latest others, newest first."""
    return _jobs(engine, sa.select(cat.job).order_by(cat.job.c.id.desc()).limit(most))


def open_jobs(engine: sa.Engine) -> list[Job]:
    """What waits or runs, oldest first."""
    return _jobs(engine, sa.select(cat.job).where(cat.job.c.status.in_(OPEN)).order_by(cat.job.c.id))


def find(engine: sa.Engine, job_id: int) -> Job | None:
    """One job."""
    return next(iter(_jobs(engine, sa.select(cat.job).where(cat.job.c.id == job_id))), None)


def take_back(engine: sa.Engine) -> None:
    """Called by a fresh worker: what an earlier one left running waits again, or is given up after MOST_TRIES."""
    with engine.begin() as connection:
        running = cat.job.update().where(cat.job.c.status == "running")
        connection.execute(
            running.where(cat.job.c.tries >= MOST_TRIES).values(
                status="failed", error="the worker ended three times over it", ended_at=datetime.now(UTC)
            )
        )
        connection.execute(running.values(status="waiting", stage="", done=0, total=0))


def take_next(engine: sa.Engine) -> Job | None:
    """Mark the oldest waiting job as running and return it."""
    with engine.begin() as connection:
        query = sa.select(cat.job.c.id).where(cat.job.c.status == "waiting").order_by(cat.job.c.id).limit(1)
        job_id = connection.scalar(query)
        if job_id is None:
            return None
        mine = sa.and_(cat.job.c.id == job_id, cat.job.c.status == "waiting")
        values = {"status": "running", "tries": cat.job.c.tries + 1, "stage_at": datetime.now(UTC)}
        if not connection.execute(cat.job.update().where(mine).values(values)).rowcount:
            return None
    return find(engine, job_id)


def cancel(engine: sa.Engine, job_id: int) -> None:
    """Stop a job: one that waits at once, one that runs at its next sign of progress; nothing half stays."""
    with engine.begin() as connection:
        mine = cat.job.update().where(cat.job.c.id == job_id)
        connection.execute(mine.where(cat.job.c.status == "running").values(cancel=True))
        waiting = mine.where(cat.job.c.status == "waiting")
        connection.execute(waiting.values(status="cancelled", ended_at=datetime.now(UTC)))


def finish(engine: sa.Engine, job_id: int, status: str, result: dict[str, Any] | None = None, error: str = "") -> None:
    """Write down how a job ended."""
    values = {"status": status, "result": result, "error": error, "ended_at": datetime.now(UTC)}
    with engine.begin() as connection:
        connection.execute(cat.job.update().where(cat.job.c.id == job_id).values(values))


def reporter(engine: sa.Engine, job_id: int) -> Report:
    """A progress callback that notes stage and counts; it raises Cancelled as soon as somebody wants that."""
    last = {"stage": "", "at": 0.0}

    def report(stage: str, done: int, total: int) -> None:
        now = time.monotonic()
        if stage == last["stage"] and now - last["at"] < _WRITE_EVERY:
            return
        values: dict[str, Any] = {"stage": stage, "done": done, "total": total}
        if stage != last["stage"]:
            values["stage_at"] = datetime.now(UTC)
        last.update(stage=stage, at=now)
        with engine.begin() as connection:
            connection.execute(cat.job.update().where(cat.job.c.id == job_id).values(values))
            if connection.scalar(sa.select(cat.job.c.cancel).where(cat.job.c.id == job_id)):
                raise Cancelled(f"job {job_id} was cancelled")

    return report


def _jobs(engine: sa.Engine, query: sa.Select) -> list[Job]:
    with engine.connect() as connection:
        rows = connection.execute(query).mappings().all()
    return [Job(**{name: row[name] for name in Job.__slots__}) for row in rows]
