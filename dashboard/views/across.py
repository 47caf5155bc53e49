"""Across chats: what to merge, split or close, who stands well for its size, who is where, and which ads go round."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard import Frame, blocks, charts, compared
from dashboard.words import NOTHING, clauses, moment, number, plain, sentence, signed, t, word

MOST = 300
CUT = 200
"""Characters of an advertisement in the table."""


def advice(found: Frame) -> None:
    """One card an advice, its reasons below."""
    blocks.section("advice")
    if found.empty:
        st.caption(t("across.no_advice"))
        return
    grid = st.grid(min_column_width=300)
    for row in found.head(12).to_dict("records"):
        with grid, st.container(border=True, height="stretch"):
            st.subheader(word("advice_kind", row["kind"]), anchor=False)
            st.text(clauses([sentence(why) for why in row["why"]]))


def ranking(found: Frame, names: dict[str, str]) -> None:
    """All chats, each against what is usual for its size."""
    blocks.section("standings")
    if found["expected"].isna().all():
        st.caption(t("across.few_chats"))
    shown = pd.DataFrame(
        {
            "name": [names[chat] for chat in found["chat_id"]],
            "size": found["size"],
            "temperature": found["temperature"],
            "expected": found["expected"],
            "ahead": [signed(value) for value in found["ahead"]],
            "standing": [word("standing", value) for value in found["verdict"]],
            "place": [
                t("across.place", place=row.place, peers=row.peers, kind=word("size_class", str(row.size_class)))
                for row in found.itertuples()
            ],
            "stage": [word("stage", stage) for stage in found["stage"]],
        }
    )
    config = st.column_config
    columns = {
        "name": blocks.column("name", pinned=True, width="medium"),
        "size": blocks.column("size", config.NumberColumn),
        "temperature": blocks.column("temperature", config.ProgressColumn, min_value=0, max_value=100, format="%.0f°"),
        "expected": blocks.column("expected", config.NumberColumn, format="%.0f°"),
        **{name: blocks.column(name) for name in ("ahead", "standing", "place", "stage")},
    }
    chosen = st.dataframe(
        shown, column_config=columns, hide_index=True, on_select="rerun", selection_mode="single-row",
        key=f"standings_{abs(hash(tuple(found['chat_id'])))}", placeholder=NOTHING, alt=t("across.ranking_alt"),
    )  # fmt: skip
    if picked := chosen["selection"]["rows"]:
        st.switch_page("views/chat.py", query_params={"chat": found["chat_id"].iloc[picked[0]]})


def overlaps(found: Frame, names: dict[str, str]) -> None:
    """Pairs of chats with the same people."""
    blocks.section("overlaps")
    if found.empty:
        st.caption(t("across.no_overlaps"))
        return
    top = found.head(8)
    pairs = [t("across.pair", one=names[a], two=names[b]) for a, b in zip(top["chat_a"], top["chat_b"], strict=True)]
    series = {t("across.shared"): top["shared"].tolist(), t("across.talking"): top["talking"].tolist()}
    blocks.chart(
        charts.bars(pairs, series, t("across.overlap_alt", pair=pairs[0], count=top["shared"].iloc[0])), "pairs"
    )
    found = found.head(MOST)
    shown = pd.DataFrame(
        {
            "chat": [names[chat] for chat in found["chat_a"]],
            "other": [names[chat] for chat in found["chat_b"]],
            "shared": found["shared"],
            "talking": found["talking"],
            "jaccard": 100 * found["jaccard"],
            "contained": 100 * found["contained"],
        }
    )
    config = st.column_config
    columns = {name: blocks.column(name) for name in ("chat", "other")}
    columns |= {name: blocks.column(name, config.NumberColumn) for name in ("shared", "talking")}
    columns |= {name: blocks.column(name, config.NumberColumn, format="%.0f%%") for name in ("jaccard", "contained")}
    st.dataframe(shown, column_config=columns, hide_index=True, placeholder=NOTHING, alt=t("across.overlaps_alt"))


def people(found: Frame, names: dict[str, str]) -> None:
    """Who is in several chats, bridges first."""
    if found.empty:  # said by the section on overlaps
        return
    blocks.section("bridges")
    found = found.head(MOST)
    shown = pd.DataFrame(
        {
            "name": [plain(name) for name in found["name"]],
            "kind": [word("person_kind", kind) for kind in found["kind"]],
            "chats": [clauses([names[chat] for chat in chats]) for chats in found["chats"]],
            "only_link": found["only_link"],
            "month_messages": found["messages_84d"],
            "repliers": found["repliers"],
            "ads": found["ads"],
        }
    )
    columns = {
        "name": blocks.column("name", pinned=True),
        "kind": blocks.column("kind"),
        "chats": blocks.column("chats", width="large"),
        **{
            name: blocks.column(name, st.column_config.NumberColumn)
            for name in ("only_link", "month_messages", "repliers", "ads")
        },
    }
    st.dataframe(shown, column_config=columns, hide_index=True, placeholder=NOTHING, alt=t("across.people_alt"))


def campaigns(found: Frame) -> None:
    """Advertisements that went through several chats."""
    blocks.section("wide_campaigns")
    if found.empty:
        st.caption(t("across.no_campaigns"))
        return
    shown = pd.DataFrame(
        {
            "text": [plain(text)[:CUT] for text in found["text"]],
            **{name: found[name] for name in ("chats", "senders", "copies")},
            **{
                name: [moment(at, zone) for at, zone in zip(found[name], found["zone"], strict=True)]
                for name in ("first", "last")
            },
        }
    )
    columns = {
        "text": blocks.column("text", width="large"),
        **{name: blocks.column(name, st.column_config.NumberColumn) for name in ("chats", "senders", "copies")},
        **{name: blocks.column(name) for name in ("first", "last")},
    }
    st.dataframe(shown, column_config=columns, hide_index=True, placeholder=NOTHING, alt=t("across.campaigns_alt"))


def show() -> None:
    """The page."""
    blocks.title("across")
    chats = blocks.need_chats()
    names = {row["chat_id"]: plain(row["name"]) for row in chats.to_dict("records")}
    found = compared.compared()
    bridges = int((found.people["kind"] == "bridge").sum())
    st.header(
        t("across.sentence", chats=number(len(chats)), people=number(len(found.people)), bridges=number(bridges),
          advice=number(len(found.advice))), anchor=False,
    )  # fmt: skip
    advice(found.advice)
    ranking(found.standings, names)
    overlaps(found.overlaps, names)
    people(found.people, names)
    campaigns(compared.wide_campaigns(MOST))


show()
