"""Storage and retention: what takes how much room, what is deleted by age, and which models made the annotations."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pandas as pd
import streamlit as st

from dashboard import blocks, inventory, office
from dashboard.progress import show_jobs
from dashboard.words import day, t, word

_SAID = "storage_said"


def sizes() -> None:
    """Rows and megabytes a table."""
    rows = inventory.sizes()
    shown = pd.DataFrame(
        {
            "table": [word("table", row["table"]) for row in rows],
            "rows": [row["rows"] for row in rows],
            "megabytes": [row["bytes"] / 1e6 for row in rows],
        }
    )
    columns = {
        "table": blocks.column("table"),
        "rows": blocks.column("rows", st.column_config.NumberColumn, format="localized"),
        "megabytes": blocks.column("megabytes", st.column_config.NumberColumn, format="%.1f"),
    }
    st.dataframe(shown, column_config=columns, hide_index=True, alt=t("storage.sizes_alt"))


def retention() -> None:
    """Delete what is older than a number of days before today; looked at before it is done."""
    days = int(st.number_input(t("storage.days"), 30, 3650, 730, 30, help=t("storage.days_help")))
    before = datetime.now(UTC) - timedelta(days=days)
    old = inventory.older_than(before)
    st.text(t("storage.old", day=day(before.date(), year=True), count=sum(old.values()), chats=len(old)))
    with st.form("retention"):
        sure = st.checkbox(t("storage.sure"))
        if st.form_submit_button(t("storage.erase")):
            if sure and old:
                st.session_state[_SAID] = t("storage.erased", count=office.erase_before(before, None))
                st.rerun()
            st.warning(t("storage.not_sure") if old else t("storage.nothing_old"))


def models() -> None:
    """Shipped model files with their checksums, and which versions made the annotations that are live."""
    for row in inventory.model_versions():
        st.text(t("storage.version", version=row["version"], messages=row["rows"], parts=row["parts"]))
    shown = pd.DataFrame(inventory.model_files(), columns=["model_file", "sha256", "state"])
    shown["state"] = [word("storage.file", state) for state in shown["state"]]
    columns = {name: blocks.column(name) for name in shown.columns}
    st.dataframe(shown, column_config=columns, hide_index=True, alt=t("storage.models_alt"))


def show() -> None:
    """The page."""
    blocks.title("storage")
    blocks.outcome(_SAID)
    show_jobs()
    blocks.section("sizes")
    sizes()
    blocks.section("retention")
    retention()
    blocks.section("models")
    models()


show()
