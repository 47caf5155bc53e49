"""Building blocks of the pages: pick a chat, show a chart, a number with its definition, messages, a warning.

In: rows of `load`. Out: elements on the page. Names and chat text only ever reach elements that show plain text.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from typing import Any

import pandas as pd
import streamlit as st

from dashboard import Frame, behind, guard, load, periods
from dashboard.charts import Chart
from dashboard.marked import line, said, show_lines
from dashboard.proven import proven
from dashboard.words import day, escape, moment, number, percent, plain, rule, sentence, sign, t, word

SEVERITIES = {"critical": ("🔴", "red"), "warning": ("🟠", "orange"), "notice": ("🔵", "blue")}
DESKS = ("manager", "moderator", "admin")
SAID_SECONDS = 10
"""How long the outcome of an act stays on its page."""
_CHOICE = "chosen_chat"
_EVERY = ""
_SHARES = ("ad_flood", "core_member_lost", "dormancy_risk")
"""Rules whose value and threshold are shares 0..1."""


def title(page: str) -> None:
    """The heading of a page with one line on what it is for."""
    st.title(t(f"{page}.title"))
    st.caption(t(f"{page}.about"))


def patience(key: str) -> Any:
    """Say what is being done where that may take seconds; nothing flickers where it does not."""
    return st.spinner(t(key), show_time=True)


def need_chats() -> Frame:
    """CHATS, or an empty state that says what to do, and the end of the page."""
    chats = load.chats()
    if chats.empty:
        if not guard.may("import"):
            empty("empty.no_chats", "empty.no_chats_ask")
            st.stop()
        empty("empty.no_chats", "empty.no_chats_why")
        if st.button(t("empty.demo"), type="primary", key="load_demo", help=t("empty.demo_help")):
            st.session_state["load_demo_wanted"] = True
            st.switch_page("views/upload.py")
        st.page_link("views/upload.py", label=t("empty.upload"), icon="📥")
        st.stop()
    return chats


def empty(headline: str, why: str, **arguments: object) -> None:
    """An empty state: what is missing and why, never a blank page."""
    with st.container(border=True):
        st.header(t(headline), anchor=False)
        st.markdown(t(why, **arguments))


def pick_chat(chats: Frame, *, every: bool = False) -> str | None:
    """The chat named by the URL or chosen before, and a box to change it; None = all chats."""
    ids = ([_EVERY] if every else []) + chats["chat_id"].tolist()
    names = {
        chat_id: f"{plain(name)} · {word('platform', platform)}"
        for chat_id, name, platform in zip(chats["chat_id"], chats["name"], chats["platform"], strict=True)
    }
    wanted = st.query_params.get("chat", st.session_state.get("chat", ids[0]))
    chosen = st.selectbox(
        t("pick.chat"),
        ids,
        index=ids.index(wanted) if wanted in ids else 0,
        format_func=lambda chat_id: names.get(chat_id, t("pick.every")),
        key=f"{_CHOICE}_{'every' if every else 'one'}",
        help=t("pick.chat_help"),
    )
    if chosen == _EVERY:
        st.query_params.pop("chat", None)
        return None
    st.session_state["chat"] = chosen
    if st.query_params.get("chat") != chosen:
        st.query_params["chat"] = chosen
    return chosen


def metric(place: Any, name: str, value: str, delta: str | None = None, **options: Any) -> None:
    """A number with its definition on hover; texts are `metric.<name>` and `metric.<name>_help`."""
    place.metric(
        t(f"metric.{name}"), value, delta, help=t(f"metric.{name}_help"), border=True, height="stretch", **options
    )


def figure(place: Any, name: str, value: str, beside: str | None = None, link: Mapping[str, str] | None = None) -> None:
    """A number with its definition on hover, what stands beside it, and the way to its messages."""
    with place, st.container(border=True, height="stretch", gap="xsmall"):
        st.metric(t(f"metric.{name}"), value, help=t(f"metric.{name}_help"))
        if beside:
            st.caption(beside)
        if link is not None:
            see(link)


def outcome(key: str) -> None:
    """What a page said under `key` about what was just done; it outlives the reruns of jobs that end meanwhile."""
    kept = st.session_state.get(key)
    if isinstance(kept, str):
        kept = st.session_state[key] = (kept, time.monotonic())
    if kept and time.monotonic() - kept[1] < SAID_SECONDS:
        st.success(kept[0])
    else:
        st.session_state.pop(key, None)


def see(link: Mapping[str, str], label: str | None = None) -> None:
    """The way to the messages behind what stands above."""
    st.page_link(
        "views/messages.py", label=label or t("behind.see"), icon="💬", query_params=dict(link),
        help=t("behind.see_help"),
    )  # fmt: skip


def chart(drawn: Chart, key: str, opens: Callable[[int], Mapping[str, str] | None] | None = None) -> None:
    """Draw a chart with its description for screen readers; a click on its n-th item opens the messages `opens(n)`."""
    if opens is None:
        st.echarts_chart(drawn.spec, height=drawn.height, alt=drawn.alt, key=key)
        return
    for series in drawn.spec["series"]:
        series["selectedMode"] = "single"
    state = st.echarts_chart(drawn.spec, height=drawn.height, alt=drawn.alt, key=key, on_select="rerun")
    clicked = [n for group in state["selection"]["selected"] for n in group["data_indices"]]
    if clicked and (link := opens(clicked[-1])) is not None:
        st.switch_page("views/messages.py", query_params=dict(link))


def pick_span() -> int:
    """How many days the numbers of a page cover, kept in the address."""
    now = st.query_params.get("span", "")
    chosen = int(now) if now in map(str, periods.SPANS) else periods.SPAN
    key = f"span_{chosen}"

    def put() -> None:
        st.query_params["span"] = str(st.session_state[key])

    st.segmented_control(
        t("period.span"), periods.SPANS, default=chosen, required=True, key=key, on_change=put,
        format_func=lambda span: t("period.days", days=span), help=t("period.span_help"),
    )  # fmt: skip
    return chosen


def column(name: str, make: Callable[..., Any] = st.column_config.TextColumn, **options: Any) -> Any:
    """A column of a table with its definition on hover; texts are `column.<name>` and `column.<name>_help`."""
    return make(t(f"column.{name}"), help=t(f"column.{name}_help"), **options)


def section(name: str) -> None:
    """A heading with its definition on hover; texts are `section.<name>` and `section.<name>_help`."""
    st.header(t(f"section.{name}"), anchor=False, help=t(f"section.{name}_help"))


def page_at(total: int, key: str, **options: Any) -> int:
    """The page of 50 that is chosen here, from 1; one that a filter made disappear becomes the last one."""
    pages = max(1, -(-total // load.PAGE))
    if st.session_state.get(key, 1) > pages:
        st.session_state[key] = pages
    return st.pagination(pages, key=key, **options) if pages > 1 else 1


def page_of(rows: Frame, key: str) -> Frame:
    """The rows of the page that is chosen here."""
    at = page_at(len(rows), key)
    return rows.iloc[(at - 1) * load.PAGE : at * load.PAGE]


def sentences(reasons: Iterable[str], *, bullet: str = "· ") -> None:
    """Reasons in words, one a line, as plain text."""
    told = [f"{bullet}{sentence(reason)}" for reason in reasons]
    if told:
        st.text("\n".join(told))


def messages(rows: Frame, key: str, *, evidence: str | None = None) -> None:
    """Messages below each other; `evidence` names the column with the spans to highlight."""
    if rows.empty:
        st.caption(t("empty.no_messages"))
        return
    show_lines(
        [
            line(
                row["sender"],
                moment(row["sent_at"], row["zone"]),
                said(row),
                None if evidence is None else row[evidence],
                here=row.get("offset") == 0,
            )
            for row in rows.to_dict("records")
        ],
        key=key,
    )


def warning(alert: dict[str, Any], key: str) -> None:
    """One warning: what, since when, value against threshold, why, what to do, and the messages behind it."""
    icon, colour = SEVERITIES.get(alert["severity"], SEVERITIES["notice"])
    with st.container(border=True, key=key):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.subheader(f"{icon} {escape(rule(alert['rule']))}", anchor=False, width="content")
            st.badge(word("severity", alert["severity"]), color=colour)  # type: ignore[arg-type]
        last = alert["end"] - timedelta(days=1)  # windows are half-open
        st.caption(
            t("warning.window", start=day(alert["start"], year=True), end=day(last, year=True)),
            help=t("warning.window_help"),
        )
        shown = percent if alert["rule"] in _SHARES else _two_places
        st.markdown(
            t("warning.value", value=shown(alert["value"]), threshold=shown(alert["threshold"])),
            help=t("warning.value_help"),
        )
        sentences(alert["why"])
        st.caption(escape(proven(alert["rule"])), help=t("proven.help"))
        actions = dict(alert["actions"])
        for desk in (d for d in DESKS if d in actions):
            st.text(t("warning.action", desk=word("desk", desk), action=sentence(actions[desk])))
        ids = tuple(alert["message_ids"])
        if ids:
            with st.expander(t("warning.evidence", count=len(ids))):
                messages(load.by_ids(alert["chat_id"], ids[:20]), f"{key}_evidence")
                see(behind.link(alert["chat_id"], of=f"alerts:{alert['rule']}"))
        see(behind.link(alert["chat_id"], first=alert["start"], last=last), t("behind.see_chart"))


def panels(chat_id: str, names: Iterable[str]) -> None:
    """Panels of INDICATORS: each number as a sentence, with the way to the messages behind it."""
    found = load.panels(chat_id)
    if not found:
        st.caption(t("empty.no_panels"))
        return
    for name in names:
        whys, ids = found.get(name, ([], set()))
        section(f"panel_{name}")
        st.text("\n".join(f"· {sentence(reason)}" for reason in whys) or t("empty.panel"))
        if ids and whys:  # a link, no closed box: nothing is drawn that nobody opened
            see(behind.link(chat_id, of=f"indicators:{name}"), t("warning.evidence", count=len(ids)))


def risk_reasons(reasons: Iterable[str]) -> None:
    """What pushes the risk up and down, in words."""
    marks = {"+": t("chat.risk_up"), "-": t("chat.risk_down")}
    st.text("\n".join(f"{marks.get(sign(reason), '· ')}{sentence(reason)}" for reason in reasons))


def _two_places(value: float) -> str:
    return number(value, 2)


def percent_of(value: float | None) -> float | None:
    """A share 0..1 as 0..100 for a column that draws percentages; nothing stays nothing."""
    return None if value is None or pd.isna(value) else float(value) * 100
