"""How good the decisions are: how often the models were wrong this week, and how far second readers agree."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import streamlit as st

from community.influence import wilson
from dashboard import Row, blocks, decisions, flagged, guard, judging, load
from dashboard.marked import line, said, show_lines
from dashboard.words import NOTHING, hidden, moment, number, percent, plain, t
from nuanqun import agreement

MOST = 30
LEAST_PAIRS = 10
"""Messages read by two people below which agreement is not judged."""
GOOD = 0.6
"""Kappa from which agreement is called substantial (Landis and Koch 1977)."""


def wrong_this_week() -> str:
    """The share of suggestions that people called fine, with its 95 % interval, in words."""
    wrong, decided = agreement.misjudged(decisions.readings()[0], datetime.now(UTC))
    if not decided:
        return t("quality.nothing_decided")
    low, high = (float(edge[0]) for edge in wilson(np.array([wrong]), np.array([decided])))
    return t("quality.misjudged", wrong=wrong, decided=decided, share=percent(wrong / decided, 1),
             low=percent(low, 1), high=percent(high, 1))  # fmt: skip


def again(label: str, row: Row) -> None:
    """Store a second reading."""
    decisions.read_again([row], label)


def second_reading(names: dict[str, str]) -> None:
    """One sampled message after the other, without the first verdict."""
    blocks.section("second")
    waiting = decisions.waiting()
    known = flagged.suspects().merge(waiting[["chat_id", "message_id"]], on=["chat_id", "message_id"])
    if known.empty:
        st.caption(t("quality.none_waiting", one_in=agreement.SAMPLE))
        return
    st.caption(t("quality.waiting", count=len(known)))
    row = flagged.shown(known.head(1)).to_dict("records")[0]
    show_lines([line(row["sender"], moment(row["sent_at"], row["zone"]), said(row), here=True,
                     note=names.get(row["chat_id"], ""))], key="second")  # fmt: skip
    with st.container(horizontal=True):
        for label, shortcut in judging.LABELS:
            st.button(t(f"verdict.{label}"), key=f"again_{label}", shortcut=shortcut, on_click=again,
                      args=(label, {"chat_id": row["chat_id"], "message_id": row["message_id"]}))  # fmt: skip
    with st.expander(t("review.around")):
        blocks.messages(load.around(row["chat_id"], row["message_id"]), "around")


def agreed() -> None:
    """Cohen's kappa of each reviewer, and the messages on which two people differ."""
    blocks.section("agreement")
    both = agreement.pairs(*decisions.readings())
    if both.empty:
        st.caption(t("quality.no_pairs"))
        return
    table = agreement.by_reviewer(both)
    few = table["read"] < LEAST_PAIRS
    table["kappa"] = table["kappa"].astype(float).mask(few)
    table["judged"] = [
        t("quality.few", least=LEAST_PAIRS) if small else NOTHING if np.isnan(k) else t(f"quality.{grade(k)}")
        for k, small in zip(table["kappa"], few, strict=True)
    ]
    table["agreed"] *= 100
    config = st.column_config
    columns = {
        "reviewer": blocks.column("reviewer"),
        "read": blocks.column("read", config.NumberColumn),
        "agreed": blocks.column("agreed", config.NumberColumn, format="%.0f%%"),
        "kappa": blocks.column("kappa", config.NumberColumn, format="%.2f"),
        "judged": blocks.column("judged"),
    }
    st.dataframe(table, column_config=columns, hide_index=True, placeholder=NOTHING, alt=t("quality.table_alt"))
    differ = both[both["label"] != both["label_second"]].head(MOST)
    keys = ["chat_id", "message_id"]
    told = differ[[*keys, "reviewer", "label", "reviewer_second", "label_second"]]
    known = flagged.shown(flagged.suspects().merge(told, on=keys))
    st.markdown(t("quality.differ", count=number(len(differ))))
    show_lines(
        [
            line(row["sender"], moment(row["sent_at"], row["zone"]), said(row),
                 note=t("quality.said", first=row["reviewer"], first_label=t(f"verdict.{row['label']}"),
                        second=row["reviewer_second"], second_label=t(f"verdict.{row['label_second']}")))
            for row in known.to_dict("records")
        ],
        key="differ",
    )  # fmt: skip


def grade(kappa: float) -> str:
    """`good` or `poor`."""
    return "good" if kappa >= GOOD else "poor"


def appeals(names: dict[str, str]) -> None:
    """What was said against verdicts, each with the way to its message."""
    blocks.section("appeals")
    rows = decisions.appeals()[:MOST]
    if not rows:
        st.caption(t("quality.no_appeals"))
    labels = {(row["chat_id"], row["message_id"]): row["label"] for row in decisions.readings()[0].to_dict("records")}
    for position, row in enumerate(rows):
        with st.container(border=True, horizontal=True, vertical_alignment="center", key=f"appeal_row_{position}"):
            label = labels.get((row["chat_id"], row["message_id"]))
            st.text(
                t("quality.appeal", chat=names.get(row["chat_id"], row["chat_id"]), actor=row["actor"],
                  label=t(f"verdict.{label}") if label else t("review.status_open"), text=plain(hidden(row["text"])))
            )  # fmt: skip
            asked = {"campaign": row["message_id"], "status": t("review.status_all"), "kind": t("review.kind_all")}
            st.page_link("views/review.py", label=t("quality.to_message"), icon="🔎", query_params=asked)


def show() -> None:
    """The page."""
    blocks.title("quality")
    guard.need("see_review")
    chats = blocks.need_chats()
    st.header(wrong_this_week(), anchor=False, help=t("quality.misjudged_help"))
    names = dict(zip(chats["chat_id"], chats["name"], strict=True))
    second_reading(names)
    agreed()
    appeals(names)


show()
