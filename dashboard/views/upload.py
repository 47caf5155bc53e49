"""Bring in exports: drag files or a folder, or name a path; look before importing; watch, and read the receipts."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import streamlit as st

from dashboard import Row, blocks, incoming, inventory, load
from dashboard.marked import line, show_lines
from dashboard.progress import show_jobs
from dashboard.words import (
    NOTHING,
    format_title,
    hidden,
    issue,
    listed,
    masks_in_words,
    moment,
    number,
    percent,
    plain,
    refusal,
    t,
    word,
)
from ingest.columns import complete
from ingest.formats import formats
from nuanqun.preview import Preview

MOST_EXAMPLES = 3
SHOWN_RECEIPTS = 20
SHOWN_PREVIEWS = 12
MEANINGS = ("time", "sender", "text", "sender_id", "chat", "kind")
"""What a column can be; time, sender and text are needed."""
_PLAN = "upload_plan"
_AUTO = ""


def choose() -> None:
    """What to look into: files, a folder, or a path of this machine."""
    ways = ("files", "folder", "path")
    way = st.segmented_control(
        t("upload.way"), ways, default=ways[0], required=True, key="upload_way", help=t("upload.way_help"),
        format_func=lambda name: t(f"upload.way_{name}"),
    )  # fmt: skip
    if way == "path":
        by_path()
    else:
        by_files("directory" if way == "folder" else True)


def by_files(several: Any) -> None:
    """Drag files or a folder in."""
    with st.form("files", border=True, clear_on_submit=True):
        uploads = st.file_uploader(
            t("upload.files"), accept_multiple_files=several, help=t("upload.files_help"), key=f"uploads_{several}"
        )
        sent = st.form_submit_button(t("upload.look"), type="primary")
    if sent and not uploads:
        st.warning(t("upload.no_files"))
    elif sent:
        inbox, paths = incoming.keep_uploads(uploads)
        st.session_state[_PLAN] = {"inbox": inbox, "paths": paths}
        st.rerun()


def by_path() -> None:
    """Name a file or a folder of this machine: nothing is copied through the browser."""
    with st.form("path", border=True):
        text = st.text_input(t("upload.path"), placeholder=t("upload.path_hint"), help=t("upload.path_help"))
        sent = st.form_submit_button(t("upload.look"), type="primary")
    if not sent:
        return
    path = Path((text or "").strip().strip("\"'")).expanduser()
    if not text or not incoming.reachable(path):
        st.error(t("upload.no_path"))
        return
    st.session_state[_PLAN] = {"inbox": None, "paths": [path.resolve()]}
    st.rerun()


def plan(chosen: Row) -> None:
    """What would be imported, with the choices for each path, and the buttons that do it or not."""
    blocks.section("preview")
    items = []
    meant: dict[Path, dict[str, str] | None] = {}  # what the columns of tables inside a folder are
    for position, path in enumerate(chosen["paths"][:SHOWN_PREVIEWS]):
        items.append(one_path(path, f"plan_{position}"))
        for number_, table in enumerate(tables_inside(path, f"plan_{position}")):
            meant[table] = one_path(table, f"plan_{position}_{number_}")["columns"]
    more = chosen["paths"][SHOWN_PREVIEWS:]
    if more:
        st.caption(t("upload.more", count=len(more)))
        items.append({"paths": [str(path) for path in more]})
    with st.container(horizontal=True):
        if st.button(t("upload.start"), type="primary", key="plan_start"):
            meant |= {Path(item["paths"][0]): item.pop("columns", None) for item in items}
            for table, columns in meant.items():
                if columns:
                    incoming.keep_columns(table, columns)
            incoming.start_import(items, chosen["inbox"])
            st.session_state.pop(_PLAN)
            st.rerun()
        if st.button(t("upload.drop"), key="plan_drop"):
            st.session_state.pop(_PLAN)
            st.rerun()


def one_path(path: Path, key: str) -> Row:
    """The previews of one path under the choices made for it; returns the item of the job."""
    with st.container(border=True, key=key):
        st.text(f"📄 {hidden(plain(path.name))}")
        place = st.container()
        item: Row = {"paths": [str(path)]} | choices(key)
        columns = choose_columns(path, item, key)
        with place, st.spinner(t("upload.looking"), show_time=True):
            found = remembered_look(path, item, key, columns)
        with place:
            for number_, preview in enumerate(found[:SHOWN_PREVIEWS]):
                show_preview(preview, f"{key}_{number_}")
            if len(found) > SHOWN_PREVIEWS:
                st.caption(t("upload.more", count=len(found) - SHOWN_PREVIEWS))
    return item | {"columns": columns}


def tables_inside(folder: Path, key: str) -> list[Path]:
    """The files of a folder that nobody recognised and that may be tables, for people to say what their columns are."""
    if not folder.is_dir():
        return []
    names = {Path(found.name).name for found in st.session_state[f"{key}_looked"][1] if found.reason}
    kept = st.session_state.get(f"{key}_tables", (None, []))
    if kept[0] != folder:
        found = [path for path in sorted(folder.rglob("*")) if path.name in names and incoming.columns_of(path)]
        kept = st.session_state[f"{key}_tables"] = (folder, found[:SHOWN_PREVIEWS])
    return kept[1]


def choices(key: str) -> Row:
    """Format, zone and name that overrule what was detected; empty = as detected."""
    with st.expander(t("upload.choices")):
        first, second, third = st.columns(3)
        known = formats()
        chosen_format = first.selectbox(
            t("upload.format"), [_AUTO, *known], key=f"{key}_format", help=t("upload.format_help"),
            format_func=lambda name: format_title(name) if name in known else t("upload.auto"),
        )  # fmt: skip
        zone = second.selectbox(
            t("upload.zone"), [_AUTO, *inventory.zones()], key=f"{key}_zone", help=t("upload.zone_help"),
            format_func=lambda name: name or t("upload.auto"),
        )  # fmt: skip
        name = third.text_input(
            t("upload.chat_name"), key=f"{key}_name", help=t("upload.chat_name_help"), placeholder=t("upload.auto"),
            max_chars=200,
        )  # fmt: skip
    return {"format": chosen_format or None, "zone": zone or None, "chat_name": (name or "").strip() or None}


def choose_columns(path: Path, item: Row, key: str) -> dict[str, str] | None:
    """For a table that nobody recognised: which column is what, with the preview above changing along."""
    if st.session_state.get(f"{key}_table", (None,))[0] != path:
        refused = any(found.reason for found in remembered_look(path, item, key, None))
        st.session_state[f"{key}_table"] = (path, incoming.columns_of(path) if refused else None)
    table = st.session_state[f"{key}_table"][1]
    if table is None:
        return None
    st.markdown(f"**{t('upload.columns')}**", help=t("upload.columns_help"))
    rows = [{plain(n): hidden(plain(cell)) for n, cell in zip(table.header, row, strict=False)} for row in table.rows]
    st.dataframe(rows, hide_index=True, alt=t("upload.columns"))
    grid = st.grid(min_column_width=150)
    chosen: dict[str, str] = {}
    for meaning in MEANINGS:
        wanted = table.suggested.get(meaning, _AUTO)
        options = [_AUTO, *table.header]
        name = grid.selectbox(
            t(f"columns.{meaning}"), options, options.index(wanted) if wanted in options else 0,
            key=f"{key}_column_{meaning}", format_func=lambda name: plain(name) if name else NOTHING,
        )  # fmt: skip
        if name:
            chosen[meaning] = name
    if not complete(chosen):
        st.info(t("upload.columns_needed"))
        return None
    return chosen


def remembered_look(path: Path, item: Row, key: str, columns: dict[str, str] | None) -> list[Preview]:
    """The previews, made anew only when a choice changed."""
    asked = (str(path), item["format"], item["chat_name"], item["zone"], columns)
    kept = st.session_state.get(f"{key}_looked")
    if kept is None or kept[0] != asked:
        kept = (asked, incoming.look(path, item["format"], item["chat_name"], item["zone"], columns))
        st.session_state[f"{key}_looked"] = kept
    return kept[1]


def show_preview(found: Preview, key: str) -> None:
    """One source: what it is, what is new in it, its first messages; or why it would be refused."""
    if found.reason:
        st.error(t("upload.rejected"))
        st.text(
            t("upload.rejected_detail", path=hidden(plain(found.name)), reason=refusal(found.reason),
              hint=refusal(found.hint))
        )  # fmt: skip
        return
    others = listed([format_title(name) for name in found.others[:3]]) or t("upload.no_others")
    st.text(
        t("upload.preview", chat=found.chat, platform=word("platform", found.platform),
          format=format_title(found.format), others=others, zone=found.zone,
          source=word("zone_source", found.zone_source), encoding=found.encoding)
    )  # fmt: skip
    said = "upload.preview_whole" if found.whole else "upload.preview_part"
    st.text(t(said, rows=found.rows, known=found.known, fresh=found.rows - found.known, skipped=found.skipped,
              size=number(found.size >> 20)))  # fmt: skip
    if found.stored:
        st.text(t("upload.preview_stored", stored=found.stored))
    if found.chats > 1:
        st.text(t("upload.preview_chats", chats=found.chats))
    lines = [line(hidden(m["sender"]), moment(m["sent_at"], found.zone), hidden(m["text"])) for m in found.first]
    show_lines(lines, key=f"{key}_lines")


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
        incoming.start_demo()
        st.rerun()
    show_jobs(old=True)
    if _PLAN in st.session_state:
        plan(st.session_state[_PLAN])
    else:
        choose()
        if st.button(t("empty.demo"), key="upload_demo", help=t("empty.demo_help")):
            incoming.start_demo()
            st.rerun()
    blocks.section("receipts")
    bodies = load.receipts()
    if not bodies:
        st.caption(t("empty.no_receipts"))
    for position, body in enumerate(bodies[:SHOWN_RECEIPTS]):
        receipt(body, f"receipt_{position}")


show()
