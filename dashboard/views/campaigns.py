"""Campaigns: advertisements that go round, over all chats, each decided as a whole."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st

from dashboard import Frame, blocks, dossier, flagged, guard, judging
from dashboard.marked import said
from dashboard.words import NOTHING, moment, number, plain, t, word

MOST = 200
SHOWN = 20
CUT = 300
"""Characters of a message in the table."""


def table(found: Frame) -> int:
    """All campaigns, the widest first; returns the position of the selected one."""
    shown = pd.DataFrame(
        {
            "text": [plain(said(row))[:CUT] for row in found[["text", "kind"]].to_dict("records")],
            "copies": found["copies"],
            "chats": found["chats"],
            "senders": found["senders"],
            "open": found["open"],
            "ads_kind": [word("ads_kind", kind) for kind in found["ads_kind"]],
            "first": [moment(at, zone) for at, zone in zip(found["first"], found["zone"], strict=True)],
            "last": [moment(at, zone) for at, zone in zip(found["last"], found["zone"], strict=True)],
        }
    )
    columns = {
        "text": blocks.column("text", width="large"),
        **{n: blocks.column(n, st.column_config.NumberColumn) for n in ("copies", "chats", "senders", "open")},
        **{name: blocks.column(name) for name in ("ads_kind", "first", "last")},
    }
    ids = found["message_id"].tolist()
    wanted = st.query_params.get("campaign", "")
    chosen = st.dataframe(
        shown, column_config=columns, hide_index=True, on_select="rerun", selection_mode="single-row-required",
        selection_default={"selection": {"rows": [ids.index(wanted) if wanted in ids else 0]}}, height=300,
        key=f"campaigns_{abs(hash(tuple(ids)))}", placeholder=NOTHING, alt=t("campaigns.table_alt"),
    )  # fmt: skip
    return min((chosen["selection"]["rows"] or [0])[0], len(ids) - 1)


def of_message(found: Frame, message_id: str) -> Frame:
    """`found` with the campaign of a message first: a link may name any of its messages."""
    same = flagged.suspects()
    number_ = same.loc[same["message_id"] == message_id, "campaign"]
    ids = set(same.loc[same["campaign"].isin(number_), "message_id"])
    first = found["message_id"].isin(ids)
    return pd.concat([found[first], found[~first]]).reset_index(drop=True)


def spread(same: Frame, names: dict[str, str]) -> None:
    """Where the campaign ran: messages, senders and waiting ones of each chat."""
    rows = same.groupby("chat_id", as_index=False).agg(
        copies=("message_id", "size"), senders=("sender_id", "nunique"),
        open=("verdict", lambda v: int(v.isna().sum())),
        first=("sent_at", "min"), last=("sent_at", "max"), zone=("zone", "first"),
    )  # fmt: skip
    counts = ("copies", "senders", "open")
    shown = pd.DataFrame(
        {
            "chat": [plain(names.get(chat_id) or chat_id) for chat_id in rows["chat_id"]],
            **{name: rows[name] for name in counts},
            **{
                n: [moment(at, zone) for at, zone in zip(rows[n], rows["zone"], strict=True)] for n in ("first", "last")
            },
        }
    )
    columns = {
        **{name: blocks.column(name) for name in ("chat", "first", "last")},
        **{name: blocks.column(name, st.column_config.NumberColumn) for name in counts},
    }
    st.dataframe(shown, column_config=columns, hide_index=True, placeholder=NOTHING, alt=t("campaigns.spread_alt"))


def act(same: Frame) -> None:
    """Buttons for the whole campaign; undo."""
    waiting = same[same["verdict"].isna()]
    rows = judging.carried(waiting)
    judging.refused()
    with st.container(horizontal=True, vertical_alignment="center"):
        for label in ("ad", "fine", "unsure"):
            if st.button(
                t(f"campaigns.{label}", count=len(rows)), key=f"all_{label}", disabled=not rows,
                type="primary" if label == "ad" else "secondary",
            ):  # fmt: skip
                judging.ask(rows, label)
        judging.undo_button()


def show() -> None:
    """The page."""
    blocks.title("campaigns")
    guard.need("see_review")
    chats = blocks.need_chats()
    names = dict(zip(chats["chat_id"], chats["name"], strict=True))
    chat_id = blocks.pick_chat(chats, every=True)
    with blocks.patience("review.gathering"):
        found = flagged.campaigns(flagged.Filter(chat_id=chat_id))
    if found.empty:
        blocks.empty("empty.no_campaigns", "empty.no_campaigns_why")
        return
    found = pd.concat([found[found["open"] > 0], found[found["open"] == 0]]).reset_index(drop=True)
    wide = int(np.count_nonzero(found["chats"] > 1))
    st.header(t("campaigns.sentence", count=number(len(found)), wide=number(wide)), anchor=False)
    if wanted := st.query_params.get("campaign", ""):
        found = of_message(found, wanted)
    found = flagged.shown(found.head(MOST))
    one = found.iloc[table(found)]
    same = flagged.matching(flagged.Filter(status="all", order="new", campaign=one["message_id"]))
    st.markdown(t("campaigns.one", copies=len(same), chats=int(one["chats"]), senders=int(one["senders"]),
                  open=int(same["verdict"].isna().sum())))  # fmt: skip
    act(same)
    spread(same, names)
    dossier.alike(flagged.shown(same.head(SHOWN)), names, "same")


show()
