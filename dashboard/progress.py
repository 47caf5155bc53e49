"""Background jobs on screen: how far, how long yet, a way to stop them, and what came of them."""

from __future__ import annotations

import re

import streamlit as st

from dashboard import incoming
from dashboard.words import percent, refusal, t, word
from nuanqun.jobs import Job

_INBOX = re.compile(r"\S*/inbox/[0-9a-f]+/")
_SEEN, _OLD = "jobs_seen", "jobs_old"


def show_jobs(*, old: bool = False) -> None:
    """The latest jobs; looked at again every second while one is open, and the page once when one ends.

    What came of a job that had ended before this tab was opened is told only where `old` ones are.
    """
    found = incoming.latest()
    st.session_state.setdefault(_OLD, {job.id for job in found if not job.is_open})
    wanted = any(job.is_open for job in found)
    st.fragment(_draw, run_every=1.0 if wanted else None)(old)


def _draw(old: bool) -> None:
    found = incoming.latest()
    ended = {job.id for job in found if not job.is_open}
    before = st.session_state.get(_SEEN)
    st.session_state[_SEEN] = ended
    if before is not None and ended - before:
        st.rerun()
    for job in found:
        if job.is_open:
            _running(job)
    last = next((job for job in found if not job.is_open), None)
    if last is not None and (old or last.id not in st.session_state[_OLD]):
        _ended(last, in_full=old)


def _running(job: Job) -> None:
    """One open job: stage, share, time left, and the button that stops it."""
    with st.container(border=True):
        st.markdown(f"**{t(f'job.{job.kind}')}**")
        st.progress(job.share, progress_text(job))
        st.button(t("job.cancel"), key=f"cancel_{job.id}", on_click=incoming.stop, args=(job.id,), disabled=job.cancel)


def progress_text(job: Job) -> str:
    """Stage, share and time left in words."""
    if job.cancel:
        return t("job.cancelling")
    if job.status == "waiting" or not job.stage:
        return t("job.waiting")
    parts = [word("upload.stage", job.stage)]
    if job.total:
        parts.append(percent(job.share))
    if job.stage != "import" and job.total:
        parts.append(t("job.counts", done=job.done, total=job.total))
    if job.seconds_left is not None:
        parts.append(time_left(job.seconds_left))
    return "　·　".join(parts)


def time_left(seconds: float) -> str:
    """About how long a stage still takes; estimates are not given by the second."""
    if seconds < 60:
        return t("job.seconds_left", seconds=max(5, int(-(-seconds // 5) * 5)))
    return t("job.minutes_left", minutes=int(-(-seconds // 60)))


def _ended(job: Job, *, in_full: bool) -> None:
    """What the last job did: chats and new records, refused files with a reason, or why it failed."""
    if job.status == "cancelled":
        st.info(t("job.cancelled"), icon="✋")
    elif job.status == "failed":
        st.error(t("upload.failed"))
        st.text(refusal(_INBOX.sub("", job.error)))
    elif job.kind in ("learn", "compare"):
        st.success(t(f"job.{job.kind}_done"))
    elif job.kind == "analyse":
        st.success(t("job.analysed", chats=(job.result or {}).get("analysed", 0)))
    elif job.result:
        if job.result["chats"]:
            new = sum(chat["new"] for chat in job.result["chats"])
            st.success(t("upload.summary", chats=len(job.result["chats"]), new=new))
            st.page_link("views/overview.py", label=t("upload.to_overview"), icon="🌡️")
        rejected = job.result["rejected"]
        if rejected and not in_full:
            st.page_link("views/upload.py", label=t("upload.rejected_some", count=len(rejected)), icon="⚠️")
            return
        for rejection in rejected:
            st.error(t("upload.rejected"))
            st.text(
                t("upload.rejected_detail", path=_INBOX.sub("", rejection["path"]),
                  reason=refusal(_INBOX.sub("", rejection["reason"])), hint=refusal(rejection["hint"]))
            )  # fmt: skip
