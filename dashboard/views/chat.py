"""One chat: how warm, why, what hurts it, when it talks, about what, in which mood, and what to do."""

from __future__ import annotations

import streamlit as st

from dashboard import Frame, Row, blocks, charts, guard, headline, load, words
from dashboard.words import change, day, number, percent, signed, t, word

RECENT = 28  # days of the topics and moods windows
MOST_TOPICS = 12


def state(chat: Row, days: Frame) -> None:
    """Gauge and the numbers beside it."""
    left, right = st.columns([2, 3], vertical_alignment="center")
    with left:
        blocks.chart(charts.gauge(chat["temperature"], chat["temperature_change"]), "gauge")
    recent = days.tail(RECENT)
    moved = t("unit.week", change=change(chat["temperature_change"]))
    froth = t("unit.froth", gap=signed(chat["temperature_raw"] - chat["temperature"]))
    numbers = [
        ("temperature", f"{chat['temperature']:.0f}°", moved),
        ("temperature_raw", f"{chat['temperature_raw']:.0f}°", froth),
        ("own_percentile", percent(chat["own_percentile"] / 100), None),
        ("stage", word("stage", chat["stage"]), None),
        ("risk_8w", percent(chat["risk_8w"]), None),
        ("risk_12w", percent(chat["risk_12w"]), None),
        ("speakers", number(float(recent["senders_clean"].mean()), 1), t("unit.members", value=int(chat["members"]))),
        ("ads_share", percent(chat["ads_share"], 1), t("unit.messages", value=int(chat["ads"]))),
        ("absence_factor", number(int(chat["absence_factor"])), None),
        ("answered", percent(recent["answered_share"].astype("float64").mean()), None),
        ("gini", number(chat["gini"], 2), None),
        ("incentive_lift", number(chat["incentive_lift"], 1), None),
    ]
    with right:
        grid = st.grid(min_column_width=150)
        for name, value, beside in numbers:
            blocks.metric(grid, name, value, beside, delta_color="off", delta_arrow="off")
    if chat["ads"] and guard.may("see_review"):
        behind = {"chat": chat["chat_id"], "kind": t("review.kind_ad"), "status": t("review.status_all")}
        st.page_link("views/review.py", label=t("chat.to_ads", count=int(chat["ads"])), icon="🔎", query_params=behind)


def warnings(chat: Row, alerts: Frame) -> None:
    """Warnings, and what moves the risk of going quiet."""
    blocks.section("warnings")
    if alerts.empty:
        st.success(t("empty.no_warnings"))
    for position, alert in enumerate(alerts.to_dict("records")):
        blocks.warning(alert, f"warning_{position}")
    blocks.section("risk")
    if len(chat["risk_reasons"]):
        blocks.risk_reasons(chat["risk_reasons"])
    else:
        st.caption(t("empty.no_risk"))


def course(days: Frame, alerts: Frame) -> None:
    """Temperature and volume over time, and the parts that add up to it."""
    blocks.section("trend")
    blocks.chart(charts.trend(days, alerts), "trend")
    blocks.section("parts")
    last = days.iloc[-1]
    st.markdown(
        t("chat.sum", days=f"{last['temperature_days']:.1f}", speakers=f"{last['temperature_speakers']:.1f}",
          volume=f"{last['temperature_volume']:.1f}", total=f"{last['temperature']:.1f}")
    )  # fmt: skip
    blocks.chart(charts.parts(days), "parts")
    blocks.section("volume")
    blocks.chart(charts.volume(days), "volume")


def rhythm(chat: Row, days: Frame) -> None:
    """When the chat talks: calendar and hour by weekday."""
    left, right = st.columns(2)
    with left:
        blocks.section("calendar")
        blocks.chart(charts.calendar(days), "calendar")
    with right:
        blocks.section("hours")
        blocks.chart(charts.hours(load.hours(chat["chat_id"], chat["zone"])), "hours")


def topics(chat_id: str) -> None:
    """What it talks about, now and four weeks before."""
    blocks.section("topics")
    counts = load.topics(chat_id, RECENT).head(MOST_TOPICS)
    if counts.empty:
        st.caption(t("empty.no_topics"))
        return
    names = [words.topics().get(str(topic), str(topic)) for topic in counts["topic"]]
    series = {t("chart.now"): counts["now"].tolist(), t("chart.before"): counts["before"].tolist()}
    alt = t("chart.topics_alt", top=names[0], messages=int(counts["now"].iloc[0]))
    blocks.chart(charts.bars(names, series, alt), "topics")


def mood(chat_id: str, days: Frame) -> None:
    """The mood and the messages behind it."""
    blocks.section("mood")
    if days["mood"].notna().any():
        blocks.chart(charts.mood(days), "mood")
    for label in ("negative", "positive"):
        with st.expander(t(f"chat.mood_{label}")):
            blocks.messages(load.moods(chat_id, label, RECENT, 8), f"mood_{label}")


def show() -> None:
    """The page."""
    blocks.title("chat")
    chats = blocks.need_chats()
    chat_id = str(blocks.pick_chat(chats))
    chat = chats[chats["chat_id"] == chat_id].to_dict("records")[0]
    days, alerts = load.table("days", chat_id), load.table("alerts", chat_id)
    if days.empty:
        blocks.empty("empty.no_days", "empty.no_days_why")
        return
    st.subheader(headline.chat(chat, alerts), anchor=False)
    first, last = day(days["day"].iloc[0], year=True), day(days["day"].iloc[-1], year=True)
    st.text(t("chat.window", first=first, last=last, zone=chat["zone"], messages=int(chat["messages"])))
    state(chat, days)
    warnings(chat, alerts)
    course(days, alerts)
    rhythm(chat, days)
    topics(chat_id)
    mood(chat_id, days)


show()
