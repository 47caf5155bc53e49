"""Models of the workspace on the admin's screen: what there is to learn from, what was learned, which one is in use.

Learning and comparing are jobs of the worker; switching is one transaction, and the next analysis annotates anew.
In: numbers of models. Out: plain rows. Example: `use_model(2)`, `roll_back()`.
"""

from __future__ import annotations

from typing import Any

import pandas as pd

from dashboard import Frame, guard, incoming, load
from dashboard.guard import act
from dashboard.opened import store, workspace
from nuanqun import jobs, own_models, verdicts, worker
from nuanqun.jobs import Job


@act("change_settings")
def start_learning() -> int:
    """Queue a training on the verdicts of the workspace; its model is kept, not yet used. Returns the job's id."""
    body: dict[str, Any] = {}
    return _waiting("learn", body) or _start(jobs.submit(store().engine, "learn", body, guard.person().name))


@act("change_settings", "old", "new")
def start_comparison(old: int, new: int) -> int:
    """Queue a comparison of two models; returns the job's id."""
    body = {"old": old, "new": new}
    return _waiting("compare", body) or _start(jobs.submit(store().engine, "compare", body, guard.person().name))


@act("change_settings", quiet=True)
def use_model(number: int) -> None:
    """Make a model the active one and annotate anew; the audit row is written with the switch."""
    own_models.use(store(), number, guard.person().name)
    incoming.queue_analysis(guard.person().name)


@act("change_settings", quiet=True)
def roll_back() -> None:
    """Go back to the model that was in use before and annotate anew."""
    own_models.rollback(store(), guard.person().name)
    incoming.queue_analysis(guard.person().name)


def _waiting(kind: str, body: dict[str, Any]) -> int | None:
    """The job that does the same and is not done yet."""
    return next((job.id for job in jobs.open_jobs(store().engine) if job.kind == kind and job.body == body), None)


def _start(job_id: int) -> int:
    worker.ensure(workspace().resolve())
    return job_id


def versions() -> list[dict[str, Any]]:
    """Every model, the newest first."""
    guard.need("change_settings")
    return own_models.versions(store())


def before() -> int | None:
    """The model that was in use before this one, None when there was none."""
    guard.need("change_settings")
    return own_models.before(store())


def lessons() -> dict[str, int]:
    """What people said so far: verdicts by label, and messages marked for teaching or with an allowed word."""
    guard.need("change_settings")
    found = {label: 0 for label in (*verdicts.LABELS, "teach", "allow")}
    for label, count in store().verdicts().to_pandas()["label"].value_counts().items():
        found[str(label)] = int(count)
    for remark in verdicts.remarks(store().engine):
        if remark["kind"] in ("teach", "allow"):
            found[remark["kind"]] += 1
    return found


def last(kind: str) -> Job | None:
    """The latest finished job of a kind."""
    guard.need("change_settings")
    return next((job for job in jobs.latest(store().engine, 50) if job.kind == kind and job.status == "done"), None)


def messages_of(rows: list[dict[str, Any]]) -> Frame:
    """The messages that two models call differently, as the screen may show them, with `head`, `before` and `after`."""
    shown = []
    for row in rows:
        found = load.by_ids(row["chat_id"], (row["message_id"],))
        shown += [{**one, **row, "sent_at": one["sent_at"]} for one in found.to_dict("records")]
    return pd.DataFrame(shown)
