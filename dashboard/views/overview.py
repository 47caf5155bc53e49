"""All chats at a glance: one sentence, four numbers, what needs attention, then everything in one table."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard import Frame, Row, blocks, charts, headline, load
from dashboard.words import NOTHING, change, escape, listed, number, percent, plain, sentence, t, word

MOST_CARDS = 6


def totals(chats: Frame, alerts: Frame) -> None:
    """Five numbers over all chats."""
    grid = st.grid(min_column_width=150)
    blocks.metric(grid, "chats", number(len(chats)))
    blocks.metric(grid, "messages", number(int(chats["messages"].sum())))
    blocks.metric(grid, "members", number(int(chats["members"].sum())))
    blocks.metric(grid, "ads", number(int(chats["ads"].sum())))
    blocks.metric(grid, "alerts", number(len(alerts)))


def card(chat: Row, alerts: Frame, kols: str) -> None:
    """One chat that needs attention: state, why, next step and the way in."""
    _, name = charts.band(chat["temperature"])
    icon, _ = blocks.SEVERITIES.get(chat["severity"], ("🟢", "green"))
    with st.container(border=True, height="stretch"):
        st.subheader(f"{icon} {escape(chat['name'])}", anchor=False)
        st.markdown(
            t("card.state", temperature=f"{chat['temperature']:.0f}", word=name,
              change=change(chat["temperature_change"]),
              stage=word("stage", chat["stage"]), risk=percent(chat["risk_12w"])),
            help=t("card.state_help"),
        )  # fmt: skip
        why, step = headline.reason_of(alerts), headline.next_step(alerts)
        st.text(t("card.why", why=sentence(why) if why else t("card.no_warning")))
        if step:
            st.text(t("card.next", step=sentence(step)))
        st.text(t("card.kols", kols=kols), help=t("metric.kols_help"))
        label = t("card.open", count=len(alerts))
        st.page_link("views/chat.py", label=label, icon="🔎", query_params={"chat": chat["chat_id"]})


def rows(chats: Frame, alerts: Frame, kols: dict[str, str]) -> Frame:
    """The table of all chats, in the order of `chats`."""
    lines = []
    for chat in chats.to_dict("records"):
        own = alerts[alerts["chat_id"] == chat["chat_id"]]
        why, step = headline.reason_of(own), headline.next_step(own)
        lines.append(
            {
                "name": plain(chat["name"]),
                "temperature": chat["temperature"],
                "change": change(chat["temperature_change"]),
                "stage": word("stage", chat["stage"]),
                "risk": blocks.percent_of(chat["risk_12w"]),
                "why": sentence(why) if why else NOTHING,
                "next": sentence(step) if step else NOTHING,
                "alerts": int(chat["alerts"]),
                "messages": int(chat["messages"]),
                "members": int(chat["members"]),
                "ads": blocks.percent_of(chat["ads_share"]),
                "kols": kols[chat["chat_id"]],
            }
        )
    return pd.DataFrame(lines)


def columns() -> Row:
    """Names, definitions and formats of the table."""
    column, config = blocks.column, st.column_config
    return {
        "name": column("name", pinned=True, width="medium"),
        "temperature": column("temperature", config.ProgressColumn, min_value=0, max_value=100, format="%.0f°"),
        "risk": column("risk", config.NumberColumn, format="%.0f%%"),
        "ads": column("ads", config.NumberColumn, format="%.1f%%"),
        **{name: column(name, config.NumberColumn, format="localized") for name in ("alerts", "messages", "members")},
        **{name: column(name) for name in ("change", "stage", "kols")},
        **{name: column(name, width="large") for name in ("why", "next")},
    }


def show() -> None:
    """The page."""
    blocks.title("overview")
    chats = blocks.need_chats()
    alerts = load.table("alerts")
    st.subheader(headline.overview(chats, alerts), anchor=False)
    totals(chats, alerts)
    kols = {chat_id: plain(listed(names)) or NOTHING for chat_id, names in load.kol_names().items()}
    urgent = chats[chats["severity"].isin(headline.SERIOUS)].head(MOST_CARDS)
    if len(urgent):
        blocks.section("urgent")
        grid = st.grid(min_column_width=300)
        for chat in urgent.to_dict("records"):
            with grid:
                card(chat, alerts[alerts["chat_id"] == chat["chat_id"]], kols[chat["chat_id"]])
    blocks.section("all_chats")
    version = abs(hash(tuple(chats["chat_id"])))
    chosen = st.dataframe(
        rows(chats, alerts, kols), column_config=columns(), hide_index=True, on_select="rerun",
        selection_mode="single-row", key=f"chats_{version}", placeholder=NOTHING, alt=t("overview.table_alt"),
    )  # fmt: skip
    if picked := chosen["selection"]["rows"]:
        st.switch_page("views/chat.py", query_params={"chat": chats["chat_id"].iloc[picked[0]]})


show()
