"""One chat: is it warm or cooling, why, what to do this week; then warnings, and everything behind them in tabs."""

from __future__ import annotations

from datetime import date
from typing import Any

import streamlit as st

from community.periods import Period
from dashboard import Frame, Row, behind, blocks, charts, guard, handled, headline, load, periods, talk, words
from dashboard.words import clauses, day, number, percent, sentence, signed, t, word


def state(chat: Row, days: Frame, found: dict[str, Period]) -> None:
    """Gauge and the numbers that matter most, each against the period before and with its messages."""
    left, right = st.columns([2, 3], vertical_alignment="center")
    with left:
        blocks.chart(charts.gauge(chat["temperature"], chat["temperature_change"]), "gauge")
    froth = t("unit.froth", gap=signed(chat["temperature_raw"] - chat["temperature"]))
    recent = behind.link(chat["chat_id"], days, periods.SPAN)
    grid = right.grid(min_column_width=150)
    blocks.figure(grid, "stage", word("stage", chat["stage"]), None, recent)
    blocks.figure(grid, "risk_12w", percent(chat["risk_12w"]), t("chat.risk_8w", risk=percent(chat["risk_8w"])), recent)
    blocks.figure(grid, "temperature_raw", f"{chat['temperature_raw']:.0f}°", froth, recent)
    for name, what in (("messages_day", "every"), ("speakers", "every"), ("answered", "unanswered")):
        course_of(grid, chat["chat_id"], days, found, name, what)


def course_of(place: Any, chat_id: str, days: Frame, found: dict[str, Period], name: str, what: str) -> None:
    """One number of the period, how it moved, and its messages."""
    link = behind.link(chat_id, days, found[name].days, what=what)
    blocks.figure(place, name, periods.value(name, found[name]), periods.moved(name, found[name]), link)


def harm(chat: Row, days: Frame, found: dict[str, Period]) -> None:
    """Ads, abuse, mood, newcomers and questions of the period."""
    grid = st.grid(min_column_width=150)
    for name, what in (
        ("ads_share", "ad"), ("toxic_share", "toxic"), ("mood", "negative"), ("newcomers", "first"),
        ("questions", "question"),
    ):  # fmt: skip
        course_of(grid, chat["chat_id"], days, found, name, what)
    if chat["ads"] and guard.may("see_review"):
        ads = {"chat": chat["chat_id"], "kind": t("review.kind_ad"), "status": t("review.status_all")}
        st.page_link("views/review.py", label=t("chat.to_ads", count=int(chat["ads"])), icon="🔎", query_params=ads)


def more_numbers(chat: Row, days: Frame, heat: Period) -> None:
    """The numbers that explain the others."""
    recent, grid = behind.link(chat["chat_id"], days, periods.SPAN), st.grid(min_column_width=150)
    long = behind.link(chat["chat_id"], days, 84)
    blocks.figure(grid, "temperature", f"{chat['temperature']:.0f}°", periods.moved("temperature", heat), recent)
    blocks.figure(grid, "own_percentile", percent(chat["own_percentile"] / 100), None, recent)
    factor = number(int(chat["absence_factor"]))
    blocks.figure(grid, "absence_factor", factor, t("unit.members", value=int(chat["members"])), long)
    blocks.figure(grid, "gini", number(chat["gini"], 2), None, recent)
    lift = behind.link(chat["chat_id"], of="catalysts:red_packet")
    blocks.figure(grid, "incentive_lift", number(chat["incentive_lift"], 1), None, lift)


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
            st.caption(
                t("todo.was_done", actor=words.escape(words.actor(step["actor"])), day=day(step["on"], year=True))
            )
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
    """The newest changes of level in words: when, how much, by whom; and the last words of those who stopped."""
    marks = {"fall": "↓", "rise": "↑"}
    lines = [
        f"{marks[row['kind']]} {day(row['day'], year=True)}　{clauses([sentence(why) for why in row['why']])}"
        for row in shifts.tail(6).to_dict("records")
    ]
    if lines:
        st.text("\n".join(lines))
        with st.container(horizontal=True):
            for row in shifts.tail(3).to_dict("records"):
                at = str(row["day"])
                blocks.see(behind.link(row["chat_id"], of=f"shifts:{at}"), t("chat.shift", day=day(row["day"])))


def course(chat: Row, days: Frame, alerts: Frame, heat: Period) -> None:
    """Temperature and volume over time, and the parts that add up to it."""
    blocks.section("trend")
    shifts = load.table("shifts", chat["chat_id"])
    drawn = charts.trend(days, alerts, shifts)
    blocks.chart(drawn, "trend", lambda n: talk.on_day(chat["chat_id"], days, n))
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
    volume(chat["chat_id"], days)
    more_numbers(chat, days, heat)


def volume(chat_id: str, days: Frame) -> None:
    """Messages a day beside the season, holidays, and the four weeks to come."""
    blocks.section("volume")
    blocks.chart(charts.volume(days, load.forecast(chat_id)), "volume", lambda n: talk.on_day(chat_id, days, n))
    st.caption(t("behind.click"))
    seen = [f"{name} {day(first, year=True)}" for name, first, _ in charts.holidays(days)][-4:]
    if seen:
        st.text(t("chart.holidays", holidays=seen))
    blocks.panels(chat_id, ("outlook",))
    blocks.see(behind.link(chat_id, days, periods.SPAN), t("behind.see_chart"))


def rhythm(chat: Row, days: Frame) -> None:
    """When the chat talks: calendar and hour by weekday."""
    left, right = st.columns(2)
    with left:
        blocks.section("calendar")
        tail = days.tail(charts.WEEKS * 7)
        blocks.chart(charts.calendar(days), "calendar", lambda n: talk.on_day(chat["chat_id"], tail, n))
    with right:
        blocks.section("hours")
        counts = load.hours(chat["chat_id"], chat["zone"])
        begin = {"first": days["day"].iloc[0], "last": days["day"].iloc[-1]}
        blocks.chart(
            charts.hours(counts), "hours",
            lambda n: behind.link(chat["chat_id"], **begin, weekday=counts["weekday"][n], hour=counts["hour"][n]),
        )  # fmt: skip
    st.caption(t("behind.click"))


def details(chat: Row, days: Frame, alerts: Frame, span: int, heat: Period) -> None:
    """Everything behind the verdict, in tabs."""
    names = ("warnings", "course", "rhythm", "talk", "people")
    tabs = dict(zip(names, st.tabs([t(f"chat.tab_{name}") for name in names]), strict=True))
    chat_id = chat["chat_id"]
    with tabs["warnings"]:
        warnings(chat, alerts)
    with tabs["course"]:
        course(chat, days, alerts, heat)
    with tabs["rhythm"]:
        rhythm(chat, days)
        talk.catalysts(chat_id)
    with tabs["talk"]:
        talk.topics(chat_id, days, span)
        talk.own_topics(chat_id)
        talk.mood(chat_id, days, span)
        blocks.panels(chat_id, ("demand",))
        talk.demand(chat_id, days, span)
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
    st.header(headline.chat(chat, alerts), anchor=False)
    why = headline.reason_of(alerts.to_dict("records"))
    if why:
        st.text(t("card.why", why=sentence(why)))
    first, last = day(days["day"].iloc[0], year=True), day(days["day"].iloc[-1], year=True)
    st.caption(t("chat.window", first=first, last=last, zone=chat["zone"], messages=int(chat["messages"])))
    span = blocks.pick_span()
    found = periods.of_chat(days, span)
    state(chat, days, found)
    harm(chat, days, found)
    todo(alerts, days)
    details(chat, days, alerts, span, found["temperature"])


show()
