"""Verdicts from a page: by click or key, by the hundred after a question, with the last one to be taken back.

In: rows as they are on screen. Out: verdicts in the store, and what was decided last in this tab. A row that somebody
else decided meanwhile stays as it is, and the page says so. Example: `ask(carried(rows), "ad")`, `undo_button()`.
"""

from __future__ import annotations

import streamlit as st

from dashboard import Frame, Row, decisions, flagged
from dashboard.words import t
from nuanqun.errors import StaleRow

LABELS = (
    ("ad", "A"),
    ("abuse", "D"),
    ("fine", "F"),
    ("unsure", "S"),
)  # verdicts with their keys: the left hand stays where it is
_UNDO_KEY = "Z"
CARRIED = (*flagged.CARRIED, "verdict_id")
"""What a decision needs of a row."""


def carried(rows: Frame) -> list[Row]:
    """The rows as a decision takes them along."""
    return rows[list(CARRIED)].to_dict("records")


def kind_key(message_id: str) -> str:
    """Where the kind of an advertisement that was chosen for a message is: what was chosen for another stays there."""
    return f"ads_kind_{message_id}"


def decide(rows: list[Row], label: str, following: str | None = None, chosen: str = "") -> None:
    """Store the verdict on the rows that were on screen, all or none, and go to the message after them.

    `chosen` = the message whose box says the kind; without one each keeps the kind that was suggested.
    """
    kind = st.session_state.get(kind_key(chosen)) or None
    try:
        ids = decisions.decide(rows, label, kind)
    except StaleRow as stale:
        st.session_state["review_stale"] = (len(stale.changed), len(rows))
        return
    st.session_state["review_done"] = (ids, rows[0]["message_id"], label)
    st.session_state["review_next"] = following


def take_back() -> None:
    """Undo the last decision of this tab and return to its message."""
    verdict_ids, message_id, _ = st.session_state.pop("review_done")
    decisions.undo(verdict_ids)
    st.session_state["review_next"] = message_id


def undo_button() -> None:
    """Take back the last decision of this tab, if there is one."""
    done = st.session_state.get("review_done")
    if done:
        st.button(t("review.undo"), key="undo", shortcut=_UNDO_KEY, on_click=take_back, help=t("review.undo_help"))
        key = "review.done" if len(done[0]) == 1 else "review.done_many"
        st.caption(t(key, label=t(f"verdict.{done[2]}"), count=len(done[0])))


def refused() -> None:
    """Say that the last decision was refused, and why."""
    stale = st.session_state.pop("review_stale", None)
    if stale:
        changed, asked = stale
        key = "review.stale" if asked == 1 else "review.stale_many"
        st.warning(t(key, changed=changed, count=asked), icon="🔁")


def ask(rows: list[Row], label: str, chosen: str = "") -> None:
    """Ask before many messages are decided at once; `chosen` as for `decide`."""

    @st.dialog(t("review.ask_title"))
    def question() -> None:
        chats = len({row["chat_id"] for row in rows})
        st.markdown(t("review.ask", count=len(rows), chats=chats, label=t(f"verdict.{label}")))
        st.caption(t("review.ask_undo"))
        # The callback decides before anything is drawn again; the page behind the dialog follows.
        go = t("review.ask_go", count=len(rows))
        if st.button(go, type="primary", key="ask_go", on_click=decide, args=(rows, label, None, chosen)):
            st.rerun()

    question()
