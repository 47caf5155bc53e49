"""The review queue: what the models suggest, in the order of what a decision is worth; a person decides.

The selection is keyed by the ids of the rows on the page: when the rows change, it starts again. A decision carries the
ids and the verdicts that were on screen, and the store refuses it when somebody was quicker.
"""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from dashboard import Frame, Row, blocks, dossier, flagged, guard, judging
from dashboard.marked import said
from dashboard.words import NOTHING, moment, number, plain, t, word
from nlp.heads.ads import KINDS

CUT = 300
"""Characters of a message in the table; the whole stands below it."""


def choose(name: str, options: tuple[str, ...], place_: Any) -> str:
    """A filter bound to the URL; its words are `review.<name>_<option>`."""
    chosen = place_.segmented_control(
        t(f"review.{name}"), options, default=options[0], required=True, key=name, bind="query-params",
        format_func=lambda option: t(f"review.{name}_{option}"), help=t(f"review.{name}_help"),
    )  # fmt: skip
    return chosen or options[0]


def filters(chats: Frame) -> flagged.Filter:
    """What the URL and the widgets ask for."""
    first, second = st.columns([1, 1], vertical_alignment="bottom")
    with first:
        chat_id = blocks.pick_chat(chats, every=True)
    text = second.text_input(
        t("review.text"), key="text", bind="query-params", placeholder=t("review.text_hint"), help=t("review.text_help")
    )
    row = st.container(horizontal=True, vertical_alignment="bottom")
    kind = choose("kind", ("all", "ad", "abuse", "unsure"), row)
    status = choose("status", ("open", "decided", "all"), row)
    order = choose("order", ("value", "sure", "unsure", "new"), row)
    campaign = str(st.query_params.get("campaign", ""))
    if campaign:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.info(t("review.one_campaign"), icon="🧩", width=300)
            st.button(t("review.leave_campaign"), on_click=leave_campaign)
    return flagged.Filter(chat_id, kind, status, order, (text or "").strip(), campaign)


def leave_campaign() -> None:
    """Back to the whole queue."""
    st.query_params.pop("campaign", None)


def table(rows: Frame, names: dict[str, str], *, bulk: bool) -> list[int]:
    """The page of the queue; returns the positions of the selected rows, in the queue's order."""
    shown = pd.DataFrame(
        {
            "suggestion": [word("suggestion", s) for s in rows["suggestion"]],
            "text": [plain(said(row))[:CUT] for row in rows[["text", "kind"]].to_dict("records")],
            "score": rows["score"].astype("float64") * 100,
            "sender": [plain(sender) for sender in rows["sender"]],
            "sent": [moment(at, zone) for at, zone in zip(rows["sent_at"], rows["zone"], strict=True)],
            "chat": [names.get(chat_id, chat_id) for chat_id in rows["chat_id"]],
            "verdict": [word("verdict", label) for label in rows["verdict"]],
        }
    )
    columns = {
        **{name: blocks.column(name) for name in ("suggestion", "sender", "sent", "chat", "verdict")},
        "score": blocks.column("score", st.column_config.ProgressColumn, min_value=0, max_value=100, format="%.0f%%"),
        "text": blocks.column("text", width="large"),
    }
    ids = rows["message_id"].tolist()
    follow = st.session_state.get("review_next")
    order = list(shown) if rows["verdict"].isna().all() else ["verdict", *(name for name in shown if name != "verdict")]
    first: Any = [] if bulk else [ids.index(follow) if follow in ids else 0]
    chosen = st.dataframe(
        shown, column_config=columns, column_order=order, hide_index=True, on_select="rerun",
        selection_mode="multi-row" if bulk else "single-row-required", height=300, placeholder=NOTHING,
        key=f"queue_{bulk}_{abs(hash(tuple(ids)))}", alt=t("review.table_alt"),
        selection_default={"selection": {"rows": first}},
    )  # fmt: skip
    picked = [position for position in chosen["selection"]["rows"] if position < len(ids)]
    return sorted(picked) if bulk else picked[:1] or [0]


def buttons(row: Row, following: str | None) -> None:
    """Decide by click or key; undo the last."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        for label, shortcut in judging.LABELS:
            st.button(
                t(f"verdict.{label}"), key=f"decide_{label}", shortcut=shortcut, on_click=judging.decide,
                args=([{name: row[name] for name in judging.CARRIED}], label, following, row["message_id"]),
                type="primary" if label == row["suggestion"] else "secondary",
                help=t(f"review.decide_{label}_help"),
            )  # fmt: skip
        st.selectbox(
            t("review.ads_kind"), KINDS, index=KINDS.index(row["ads_kind"]) if row["ads_kind"] in KINDS else None,
            key=judging.kind_key(row["message_id"]), format_func=lambda kind: word("ads_kind", kind),
            placeholder=NOTHING, help=t("review.ads_kind_help"), width=200,
        )  # fmt: skip
        judging.undo_button()


def bulk_buttons(every: Frame, picked: Frame) -> None:
    """Decide on what is selected, or on everything that the filters let through, after a question."""
    scopes = ("picked", "every")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        scope = st.segmented_control(
            t("review.scope"), scopes, default=scopes[0], required=True, key="scope", help=t("review.scope_help"),
            format_func=lambda name: t(f"review.scope_{name}", count=len(every if name == "every" else picked)),
        )  # fmt: skip
        rows = every if scope == "every" else picked
        for label, shortcut in judging.LABELS:
            if st.button(
                t(f"verdict.{label}"), key=f"decide_{label}", shortcut=shortcut, disabled=rows.empty,
                help=t("review.bulk_help"),
            ):  # fmt: skip
                judging.ask(judging.carried(rows), label)
        judging.undo_button()


def queue(wanted: flagged.Filter, names: dict[str, str]) -> None:
    """The page of the queue and the selected message."""
    with blocks.patience("review.gathering"):
        found = flagged.matching(wanted, flagged.CARRIED)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(t("review.count", total=number(len(found))))
        bulk = st.toggle(t("review.bulk"), key="bulk", bind="query-params", help=t("review.bulk_help"))
    judging.refused()
    if found.empty:
        blocks.empty("empty.no_flagged", "empty.no_flagged_why")
        judging.undo_button()
        return
    above = st.container()
    at = blocks.page_at(len(found), "page", bind="query-params")
    rows = flagged.page(found, at)
    with above:
        picked = table(rows, names, bulk=bulk)
    if bulk:
        bulk_buttons(found, rows.iloc[picked])
    if picked:
        row = rows.iloc[[picked[0]]].to_dict("records")[0]
        if not bulk:
            later = rows["message_id"].iloc[picked[0] + 1] if picked[0] + 1 < len(rows) else None
            buttons(row, later)
        dossier.show(row, names)


def show() -> None:
    """The page."""
    blocks.title("review")
    guard.need("see_review")
    chats = blocks.need_chats()
    queue(filters(chats), dict(zip(chats["chat_id"], chats["name"], strict=True)))


show()
