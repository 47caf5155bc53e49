"""Bring in exports: drag files or name a path, watch the progress, read the receipt of every chat."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Sequence
from datetime import datetime
from importlib.resources import as_file, files
from pathlib import Path, PurePosixPath
from typing import Any

import streamlit as st

from dashboard import Row, blocks, load
from dashboard.words import NOTHING, issue, masks_in_words, moment, number, percent, refusal, t, word
from ingest.errors import IngestError
from ingest.formats import formats
from nuanqun.errors import NuanqunError
from nuanqun.pipeline import RunReport, run
from nuanqun.settings import load_settings

MOST_EXAMPLES = 3
SHOWN_RECEIPTS = 20
_FOLDER = "nuanqun-upload-"
_UPLOAD = re.compile(rf".*/{_FOLDER}[^/]*/")


def bring_in(paths: Sequence[Path]) -> None:
    """Import and analyse `paths` with the progress on screen; the outcome is kept for the next run of the page."""
    with st.status(t("upload.running"), expanded=True) as status:
        bar = st.progress(0.0, t("upload.stage_import"))

        def report(stage: str, done: int, total: int) -> None:
            share = min(done / total, 1.0) if total else 0.0
            bar.progress(share, t("upload.progress", stage=word("upload.stage", stage), done=done, total=total))

        try:
            outcome = run(paths, workspace=load.workspace(), settings=load_settings(load.workspace()), progress=report)
        except (IngestError, NuanqunError, OSError) as error:
            status.update(label=t("upload.failed"), state="error")
            st.session_state["upload_error"] = str(error)
            return
        status.update(label=t("upload.done"), state="complete", expanded=False)
        st.session_state["upload_outcome"] = outcome


def store_uploads(uploads: Sequence[Any], folder: Path) -> list[Path]:
    """Write uploaded files below `folder`, keeping sub-folders but no way out of it; returns what to import."""
    for upload in uploads:
        steps = [step for step in PurePosixPath(upload.name.replace("\\", "/")).parts if step not in ("/", "..", ".")]
        target = folder.joinpath(*steps)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(upload.getbuffer())
    return sorted(folder.iterdir())


def load_demo() -> None:
    """Import the bundled demo chats."""
    with as_file(files("data").joinpath("demo", "chats")) as folder:
        bring_in([folder])


def by_files() -> None:
    """Drag files in, or choose them."""
    with st.form("files", border=True, clear_on_submit=True):
        uploads = st.file_uploader(t("upload.files"), accept_multiple_files=True, help=t("upload.files_help"))
        sent = st.form_submit_button(t("upload.start"), type="primary")
    if sent and not uploads:
        st.warning(t("upload.no_files"))
    elif sent:
        with tempfile.TemporaryDirectory(prefix=_FOLDER) as folder:
            bring_in(store_uploads(uploads, Path(folder)))
        st.rerun()


def by_path() -> None:
    """Name a file or a folder of this machine: nothing is copied through the browser."""
    with st.form("path", border=True):
        text = st.text_input(t("upload.path"), placeholder=t("upload.path_hint"), help=t("upload.path_help"))
        sent = st.form_submit_button(t("upload.start_path"))
    if not sent:
        return
    path = Path((text or "").strip().strip("\"'")).expanduser()
    if not text or not path.exists():
        st.error(t("upload.no_path"))
        return
    bring_in([path])
    st.rerun()


def outcome() -> None:
    """What the last import of this session did."""
    error = st.session_state.pop("upload_error", None)
    if error:
        st.error(t("upload.failed"))
        st.text(refusal(error))
    report: RunReport | None = st.session_state.get("upload_outcome")
    if report is None:
        return
    new = sum(receipt.new for receipt in report.receipts)
    if report.receipts:
        st.success(t("upload.summary", chats=len(report.receipts), new=new))
        st.page_link("views/overview.py", label=t("upload.to_overview"), icon="🌡️")
    for rejection in report.rejected:
        st.error(t("upload.rejected"))
        st.text(
            t("upload.rejected_detail", path=_UPLOAD.sub("", rejection.path), reason=refusal(rejection.reason),
              hint=refusal(rejection.hint))
        )  # fmt: skip


def receipt(body: Row, key: str) -> None:
    """One 体检单: what was read, what is new, what was left out and why, with masked examples."""
    skipped, gaps, warnings = body["skipped"], body["gaps"], body["warnings"]
    with st.container(border=True, key=key):
        st.text(t("receipt.title", name=body["name"], platform=word("platform", body["platform"]),
                  format=format_title(body["format"])))  # fmt: skip
        grid = st.grid(min_column_width=95)
        for name in ("records", "messages", "system", "members", "new", "duplicates"):
            grid.metric(t(f"receipt.{name}"), number(body[name]), help=t(f"receipt.{name}_help"))
        grid.metric(t("receipt.skipped"), number(len(skipped)), help=t("receipt.skipped_help"))
        first, last = (shown_time(body[name], body["zone"]) for name in ("first", "last"))
        share = body["duplicates"] / body["records"] if body["records"] else 0.0
        st.text(t("receipt.detail", first=first, last=last, encoding=body["encoding"],
                  zone=body["zone"], source=word("zone_source", body["zone_source"]), share=percent(share),
                  gaps=len(gaps)))  # fmt: skip
        for warning in warnings:
            st.text(f"⚠️ {issue(str(warning))}")
        if skipped:
            with st.expander(t("receipt.why_skipped")):
                skipped_by_reason(skipped)


def format_title(name: str) -> str:
    """The title of a format for people; one that is no longer installed is shown by its id."""
    known = formats().get(name)
    return known.title if known else name


def shown_time(text: str | None, zone: str) -> str:
    """A time of the receipt as people read it; a chat without records has none."""
    return moment(datetime.fromisoformat(text), zone) if text else NOTHING


def skipped_by_reason(skipped: list[Row]) -> None:
    """Reasons with their counts and three masked examples each."""
    by_reason: dict[str, list[Row]] = {}
    for place in skipped:
        by_reason.setdefault(place["reason"].partition(": ")[0], []).append(place)
    for reason, issues in by_reason.items():
        examples = [
            t("receipt.example", line=i["line"], excerpt=masks_in_words(i["excerpt"])) for i in issues[:MOST_EXAMPLES]
        ]
        st.text("\n".join([t("receipt.reason", reason=issue(reason), count=len(issues)), *examples]))


def show() -> None:
    """The page."""
    blocks.title("upload")
    if st.session_state.pop("load_demo_wanted", False):
        load_demo()
        st.rerun()
    outcome()
    by_files()
    by_path()
    if st.button(t("empty.demo"), key="upload_demo", help=t("empty.demo_help")):
        load_demo()
        st.rerun()
    blocks.section("receipts")
    bodies = load.receipts()
    if not bodies:
        st.caption(t("empty.no_receipts"))
    for position, body in enumerate(bodies[:SHOWN_RECEIPTS]):
        receipt(body, f"receipt_{position}")


show()
