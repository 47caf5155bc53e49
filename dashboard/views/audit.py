"""The audit: who did what, when, to which chat; fifty rows a page, the latest first."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard import audited, blocks, inventory, load
from dashboard.words import NOTHING, moment, number, t, word
from dashboard.words import actor as actor_of

ZONE = "Asia/Shanghai"  # of times that belong to no chat


def show() -> None:
    """The page."""
    blocks.title("audit")
    actors, actions = inventory.audit_known()
    first, second = st.columns(2)
    every = t("audit.every")
    actor = first.selectbox(t("audit.actor"), [None, *actors], format_func=lambda a: actor_of(a) if a else every)
    action = second.selectbox(
        t("audit.action"), [None, *actions], format_func=lambda a: word("done", a) if a else every
    )
    total = inventory.audit_count(actor, action)
    if not total:
        blocks.empty("audit.none", "audit.none_why")
        return
    st.caption(t("audit.count", total=number(total)))
    place = st.container()
    chosen = blocks.page_at(total, "audit_page")
    names = load.chat_names()
    rows = inventory.audit_page(chosen, actor, action)
    shown = pd.DataFrame(
        {
            "at": [moment(row["at"], ZONE) for row in rows],
            "actor": [actor_of(row["actor"]) for row in rows],
            "action": [word("done", row["action"]) for row in rows],
            "chat": [names.get(row["chat_id"], row["chat_id"] or NOTHING) for row in rows],
            "detail": [audited.told(row["detail"], names) for row in rows],
        }
    )
    columns = {name: blocks.column(name) for name in shown.columns}
    place.dataframe(shown, column_config=columns, hide_index=True, height="content", alt=t("audit.alt"))


show()
