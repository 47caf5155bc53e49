"""One chat: is it warm or cooling, why, what to do this week; then warnings, and everything behind them in tabs."""

from __future__ import annotations

from datetime import date

import pandas as pd
import streamlit as st

from dashboard import Frame, Row, blocks, charts, guard, handled, headline, load, words
from dashboard.words import NOTHING, change, clauses, day, number, percent, sentence, signed, t, word

RECENT = 28  # days of the topics and moods windows
MOST_TOPICS = 12
NEW_TOPIC = 3
"""Messages of the last 28 days from which a topic that was silent before counts as new."""


def against(days: Frame, column: str, *, share: bool = False) -> tuple[float, str | None]:
    """The mean of a column over the last 28 days, and its change against the 28 before in words."""
    values = days[column].astype("float64")
    now, before = values.tail(RECENT).mean(), values.iloc[-2 * RECENT : -RECENT].mean()
    if pd.isna(now) or pd.isna(before):
        return now, None
    moved = t("unit.points", change=signed(100 * (now - before), 0)) if share else signed(now - before, 1)
    return now, t("unit.month", change=moved)


def state(chat: Row, days: Frame) -> None:
    """Gauge and the four numbers that matter most."""
    left, right = st.columns([2, 3], vertical_alignment="center")
    with left:
        blocks.chart(charts.gauge(chat["temperature"], chat["temperature_change"]), "gauge")
    speakers, speakers_moved = against(days, "senders_clean")
    answered, answered_moved = against(days, "answered_share", share=True)
    froth = t("unit.froth", gap=signed(chat["temperature_raw"] - chat["temperature"]))
    main = [
        ("stage", word("stage", chat["stage"]), None),
        ("risk_12w", percent(chat["risk_12w"]), None),
        ("temperature_raw", f"{chat['temperature_raw']:.0f}°", froth),
        ("speakers", number(speakers, 1), speakers_moved),
        ("answered", percent(answered), answered_moved),
        ("ads_share", percent(chat["ads_share"], 1), t("unit.messages", value=int(chat["ads"]))),
    ]
    with right:
        numbers(main)
    if chat["ads"] and guard.may("see_review"):
        behind = {"chat": chat["chat_id"], "kind": t("review.kind_ad"), "status": t("review.status_all")}
        st.page_link("views/review.py", label=t("chat.to_ads", count=int(chat["ads"])), icon="🔎", query_params=behind)


def numbers(shown: list[tuple[str, str, str | None]]) -> None:
    """Numbers beside each other, each with its definition."""
    grid = st.grid(min_column_width=140)
    for name, value, beside in shown:
        blocks.metric(grid, name, value, beside, delta_color="off", delta_arrow="off")


def more_numbers(chat: Row) -> None:
    """The numbers that explain the others."""
    factor = number(int(chat["absence_factor"]))
    numbers(
        [
            ("temperature", f"{chat['temperature']:.0f}°", t("unit.week", change=change(chat["temperature_change"]))),
            ("own_percentile", percent(chat["own_percentile"] / 100), None),
            ("risk_8w", percent(chat["risk_8w"]), None),
            ("absence_factor", factor, t("unit.members", value=int(chat["members"]))),
            ("gini", number(chat["gini"], 2), None),
            ("incentive_lift", number(chat["incentive_lift"], 1), None),
        ]
    )


def todo(alerts: Frame, days: Frame) -> None:
    """What to do this week: the manager's step of every warning, to be ticked off or put off."""
    blocks.section("todo")
    chat_steps, on = handled.taken(alerts["chat_id"].iloc[0]) if len(alerts) else [], days["day"].iloc[-1]
    if alerts.empty:
        st.success(t("todo.nothing"))
    for alert in alerts.to_dict("records"):
        step = dict(alert["actions"]).get("manager")
        held = handled.state_of(alert, chat_steps, on)
        with st.container(border=True):
            icon, _ = blocks.SEVERITIES.get(alert["severity"], blocks.SEVERITIES["notice"])
            said = sentence(step) if step else t("todo.no_step")
            st.text(t("todo.line", icon=icon, rule=words.rule(alert["rule"]), step=said))
            if held is not None:
                ticked(held)
            elif guard.may("act", alert["chat_id"]):
                tick(alert, on)
    effects(chat_steps, days)


def tick(alert: Row, on: date) -> None:
    """Buttons: done, or later."""
    given = (alert["chat_id"], alert["rule"], alert["start"])
    with st.container(horizontal=True):
        st.button(t("todo.done"), key=f"done_{alert['rule']}", icon="✅", help=t("todo.done_help"),
                  on_click=handled.take_step, args=(*given, "done", on))  # fmt: skip
        st.button(t("todo.snooze", days=handled.SNOOZE), key=f"snooze_{alert['rule']}", icon="💤",
                  help=t("todo.snooze_help"), on_click=handled.take_step,
                  args=(*given, "snoozed", on, handled.snoozed_until(on)))  # fmt: skip


def ticked(step: Row) -> None:
    """Who ticked it off, and the way back."""
    with st.container(horizontal=True, vertical_alignment="center"):
        if step["status"] == "done":
            st.caption(t("todo.was_done", actor=step["actor"], day=day(step["on"], year=True)))
        else:
            st.caption(t("todo.snoozed", day=day(step["until"], year=True)))
        if guard.may("act", step["chat_id"]):
            st.button(t("review.undo"), key=f"undo_step_{step['id']}", type="tertiary", on_click=handled.undo_step,
                      args=(step["id"],))  # fmt: skip


def effects(taken: list[Row], days: Frame) -> None:
    """What happened in the chat after each step that was done."""
    done = [step for step in taken if step["status"] == "done"]
    if not done:
        return
    st.markdown(f"**{t('todo.effects')}**", help=t("todo.effects_help"))
    for step in done:
        found = handled.effect(days, step["on"])
        said = t("todo.too_early") if found is None else effect_in_words(found)
        st.text(t("todo.after", rule=words.rule(step["rule"]), day=day(step["on"], year=True), said=said))


def effect_in_words(found: handled.Effect) -> str:
    """The change after a step beside what the chat does anyway."""
    said = t("todo.effect", days=found.days, before=number(found.before, 1), after=number(found.after, 1))
    if found.usual_low is None:
        return said + t("todo.effect_short")
    key = "todo.effect_unusual" if found.unusual else "todo.effect_usual"
    return said + t(key, low=signed(found.usual_low), high=signed(found.usual_high), pairs=found.pairs)


def warnings(chat: Row, alerts: Frame) -> None:
    """Warnings with their evidence, and what moves the risk of going quiet."""
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


def steps(shifts: Frame) -> None:
    """The newest changes of level in words: when, how much, by whom."""
    marks = {"fall": "↓", "rise": "↑"}
    lines = [
        f"{marks[row['kind']]} {day(row['day'], year=True)}　{clauses([sentence(why) for why in row['why']])}"
        for row in shifts.tail(6).to_dict("records")
    ]
    if lines:
        st.text("\n".join(lines))


def course(chat: Row, days: Frame, alerts: Frame) -> None:
    """Temperature and volume over time, and the parts that add up to it."""
    blocks.section("trend")
    shifts = load.table("shifts", chat["chat_id"])
    blocks.chart(charts.trend(days, alerts, shifts), "trend")
    turns = charts.turns(days)[-6:]
    steps(shifts)
    if turns:
        st.text("\n".join(t("chart.turn", day=day(at, year=True), stage=word("stage", stage)) for at, stage in turns))
    blocks.section("parts")
    last = days.iloc[-1]
    st.markdown(
        t("chat.sum", days=f"{last['temperature_days']:.1f}", speakers=f"{last['temperature_speakers']:.1f}",
          volume=f"{last['temperature_volume']:.1f}", total=f"{last['temperature']:.1f}")
    )  # fmt: skip
    blocks.chart(charts.parts(days), "parts")
    blocks.section("volume")
    blocks.chart(charts.volume(days), "volume")
    more_numbers(chat)


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
    """What it talks about, now and four weeks before, and what is new."""
    blocks.section("topics")
    counts = load.topics(chat_id, RECENT).head(MOST_TOPICS)
    if counts.empty:
        st.caption(t("empty.no_topics"))
        return
    names = [words.topics().get(str(topic), str(topic)) for topic in counts["topic"]]
    fresh = [n for n, c in zip(names, counts.to_dict("records"), strict=True) if c["now"] >= NEW_TOPIC > c["before"]]
    if fresh:
        st.text(t("chat.new_topics", topics=fresh))
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


def demand(chat_id: str) -> None:
    """Who looks for something: requests for goods, services and recommendations."""
    blocks.section("demand")
    found = load.demand(chat_id, RECENT, 12)
    blocks.messages(found, "demand")


def catalysts(chat_id: str) -> None:
    """What wakes the chat, by kind, against matched moments."""
    blocks.section("catalysts")
    found = load.table("catalysts", chat_id)
    if found.empty:
        st.caption(t("empty.no_catalysts"))
        return
    shown = pd.DataFrame(
        {
            "catalyst": [word("catalyst_kind", kind) for kind in found["kind"]],
            "events": found["events"],
            "extra": [t("chat.extra", extra=signed(e, 1), low=signed(low, 1), high=signed(high, 1)) for e, low, high in
                      zip(found["extra"], found["extra_low"], found["extra_high"], strict=True)],
            "extra_day": found["extra_day"].astype("float64"),
            "half_life": found["half_life"].astype("float64"),
            "why": [words.clauses([sentence(reason) for reason in reasons]) for reasons in found["why"]],
        }
    )  # fmt: skip
    config = st.column_config
    columns = {
        **{name: blocks.column(name) for name in ("catalyst", "extra")},
        "events": blocks.column("events", config.NumberColumn),
        **{name: blocks.column(name, config.NumberColumn, format="%.1f") for name in ("extra_day", "half_life")},
        "why": blocks.column("why", width="large"),
    }
    st.dataframe(shown, column_config=columns, hide_index=True, placeholder=NOTHING, alt=t("chat.catalysts_alt"))


def behind(chat: Row, days: Frame, alerts: Frame) -> None:
    """Everything behind the verdict, in tabs."""
    names = ("warnings", "course", "rhythm", "talk", "people")
    tabs = dict(zip(names, st.tabs([t(f"chat.tab_{name}") for name in names]), strict=True))
    chat_id = chat["chat_id"]
    with tabs["warnings"]:
        warnings(chat, alerts)
    with tabs["course"]:
        course(chat, days, alerts)
    with tabs["rhythm"]:
        rhythm(chat, days)
        catalysts(chat_id)
    with tabs["talk"]:
        topics(chat_id)
        mood(chat_id, days)
        demand(chat_id)
    with tabs["people"]:
        blocks.panels(chat_id, ("newcomers", "questions", "invitations", "nodes", "senses", "mix", "core", "size"))


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
    why = headline.reason_of(alerts)
    if why:
        st.text(t("card.why", why=sentence(why)))
    first, last = day(days["day"].iloc[0], year=True), day(days["day"].iloc[-1], year=True)
    st.caption(t("chat.window", first=first, last=last, zone=chat["zone"], messages=int(chat["messages"])))
    state(chat, days)
    todo(alerts, days)
    behind(chat, days, alerts)


show()
