"""All chats at a glance: one sentence, four numbers, what needs attention, then everything in one table."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard import Frame, Row, blocks, charts, guard, handled, headline, load, periods
from dashboard.words import NOTHING, change, escape, listed, number, percent, place, plain, sentence, t, word

MOST_CARDS = 6
MOST_COMPARED = 6


def totals(chats: Frame, alerts: Frame, recent: Frame, span: int) -> None:
    """Numbers over all chats, those of the period against the one before."""
    grid = st.grid(min_column_width=150)
    whole = t("overview.whole", messages=int(chats["messages"].sum()), ads=int(chats["ads"].sum()))
    blocks.figure(grid, "chats", number(len(chats)), whole)
    links = {"messages_all": "every", "ads_all": "ad"}
    found_of = periods.together(recent, span)
    for name, found in ((name, found_of[name]) for name in links):
        everywhere = {"chat": "", "span": str(span), "what": links[name]}
        blocks.figure(grid, name, periods.value(name, found), periods.moved(name, found), everywhere)
    speakers = found_of["speakers"]
    daily = t("overview.daily", speakers=periods.value("speakers", speakers), moved=periods.moved("speakers", speakers))
    blocks.figure(grid, "members", number(int(chats["members"].sum())), daily, {"chat": "", "span": "84"})
    serious = int(alerts["severity"].isin(headline.SERIOUS).sum())
    blocks.figure(grid, "alerts", number(len(alerts)), t("overview.serious", count=serious))
    if guard.may("see_review"):
        ads = {"kind": t("review.kind_ad"), "status": t("review.status_all")}
        st.page_link("views/review.py", label=t("overview.to_ads"), icon="🔎", query_params=ads)


def card(chat: Row, alerts: list[Row], kols: str) -> None:
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
        with st.container(horizontal=True):
            st.page_link("views/chat.py", label=label, icon="🔎", query_params={"chat": chat["chat_id"]})
            blocks.see({"chat": chat["chat_id"]})


def rows(chats: Frame, alerts: dict[str, list[Row]], kols: dict[str, str], moved: dict[str, str]) -> Frame:
    """The table of these chats, in their order."""
    lines = []
    for chat in chats.to_dict("records"):
        own = alerts.get(chat["chat_id"], [])
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
                "moved": moved.get(chat["chat_id"], NOTHING),
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
        **{name: column(name) for name in ("change", "stage", "moved", "kols")},
        **{name: column(name, width="large") for name in ("why", "next")},
    }


def together(chats: Frame, most: int = 3) -> list[str]:
    """The first chat and those after it whose records share some time with it: others cannot be compared."""
    first = chats.iloc[0]
    some = chats[(chats["first"] <= first["last"]) & (chats["last"] >= first["first"])]
    return some["chat_id"].head(most).tolist()


def compare(chats: Frame) -> None:
    """Temperatures of a few chats in one picture."""
    blocks.section("compare")
    names = dict(zip(chats["chat_id"], (plain(name) for name in chats["name"]), strict=True))
    chosen = st.multiselect(
        t("overview.compare"), list(names), default=together(chats), max_selections=MOST_COMPARED, key="compared",
        format_func=lambda chat_id: names[chat_id], placeholder=t("overview.compare_hint"),
    )  # fmt: skip
    courses = {names[chat_id]: load.table("days", chat_id) for chat_id in chosen}
    courses = {name: days for name, days in courses.items() if len(days)}
    if courses:
        blocks.chart(charts.compare(courses), "compare")


def show() -> None:
    """The page."""
    blocks.title("overview")
    chats = blocks.need_chats()
    ends = {row["chat_id"]: row["last"].astimezone(place(row["zone"])).date() for row in chats.to_dict("records")}
    every = load.table("alerts")
    alerts = handled.waiting(every, handled.taken(), ends)
    st.header(headline.overview(chats, alerts), anchor=False)
    if len(every) > len(alerts):
        st.caption(t("overview.handled", count=len(every) - len(alerts)))
    span = blocks.pick_span()
    recent = load.in_scope(load.recent())
    recent = recent[recent["chat_id"].isin(chats["chat_id"])]
    totals(chats, alerts, recent, span)
    kols = {chat_id: plain(listed(names)) or NOTHING for chat_id, names in load.kol_names().items()}
    serious = alerts.loc[alerts["severity"].isin(headline.SERIOUS), "chat_id"]
    urgent = chats[chats["chat_id"].isin(serious)].head(MOST_CARDS)
    if len(urgent):
        blocks.section("urgent")
        grid = st.grid(min_column_width=300)
        own = headline.by_chat(alerts[alerts["chat_id"].isin(urgent["chat_id"])])
        for chat in urgent.to_dict("records"):
            with grid:
                card(chat, own[chat["chat_id"]], kols[chat["chat_id"]])
    blocks.section("all_chats")
    above = st.container()
    shown = blocks.page_of(chats, "chats_page")
    changes = load.changes(None, span)
    moved = {chat_id: periods.growth(changes[chat_id]) for chat_id in shown["chat_id"] if chat_id in changes}
    own = headline.by_chat(alerts[alerts["chat_id"].isin(shown["chat_id"])])
    version = abs(hash(tuple(shown["chat_id"])))
    chosen = above.dataframe(
        rows(shown, own, kols, moved), column_config=columns(), hide_index=True,
        on_select="rerun", selection_mode="single-row", key=f"chats_{version}", placeholder=NOTHING,
        alt=t("overview.table_alt"),
    )  # fmt: skip
    compare(chats)
    if picked := chosen["selection"]["rows"]:
        st.switch_page("views/chat.py", query_params={"chat": shown["chat_id"].iloc[picked[0]]})


show()
