"""The weekly report of one chat on screen, and files to take away: report, tables."""

from __future__ import annotations

from datetime import date, timedelta

import streamlit as st

from dashboard import behind, blocks, load, telling
from dashboard.words import day, escape, refusal, t
from nuanqun import downloads
from nuanqun.errors import NuanqunError
from nuanqun.report import FORMATS, WeeklyReport
from nuanqun.report.weekly import Figure, Sentence

WEEKS = 26
"""Weeks back that can be chosen."""
WHATS = {
    "f-ads": "ad", "f-ads_share": "ad", "f-toxic": "toxic", "f-answered_share": "unanswered", "f-newcomers": "first",
    "f-leaves": "moves", "f-joins": "moves", "f-questions": "question", "f-mood": "negative",
}  # fmt: skip
"""Which messages lie behind a figure; all of the week behind every other."""


def weeks(chat_id: str) -> list[date]:
    """The days after the last weeks of a chat's history, newest first."""
    days = load.table("days", chat_id)["day"]
    end, first = days.max() + timedelta(days=1), days.min()
    ends = [end - timedelta(days=7 * n) for n in range(WEEKS)]
    return [e for e in ends if e - timedelta(days=7) >= first] or [end]


def on_screen(report: WeeklyReport, end: date) -> None:
    """The sentences, each with the numbers that it rests on, and the way to their messages; then all figures."""
    st.header(escape(report.headline), anchor=False)
    figures = {figure.id: figure for figure in report.figures}
    for section in report.sections:
        st.markdown(f"**{section.title}**")
        left = dict(figures)  # the numbers stand beside the first sentence that rests on them
        st.markdown("\n".join(sentence_of(said, left) for said in section.sentences))
        first, last = end - timedelta(days=7), end - timedelta(days=1)
        found = dict.fromkeys(said.rests_on for said in section.sentences if said.rests_on in figures)
        with st.container(horizontal=True):
            for what, title in {WHATS.get(name, "every"): figures[name].title for name in reversed(found)}.items():
                blocks.see(behind.link(report.chat_id, first=first, last=last, what=what), title)
    with st.expander(t("reports.figures")):
        st.dataframe(
            {
                t("report.column.figure"): [f.title for f in report.figures],
                t("report.column.now"): [f.now for f in report.figures],
                t("report.column.before"): [f.before for f in report.figures],
                t("report.column.usual"): [f.usual for f in report.figures],
                t("report.column.change"): [f.change for f in report.figures],
                t("reports.meaning"): [f.meaning for f in report.figures],
            },
            hide_index=True, alt=t("reports.figures"),
        )  # fmt: skip


def sentence_of(said: Sentence, figures: dict[str, Figure]) -> str:
    """One sentence as Markdown, with its numbers, which are then taken out of `figures`."""
    figure = figures.pop(said.rests_on, None)
    if figure is None:
        return f"- {escape(said.text)}"
    numbers = t("reports.proof", figure=figure.title, now=figure.now, before=figure.before, usual=figure.usual)
    return f"- {escape(said.text)}  \n  :small[{escape(numbers)}]"


def files(chat_id: str, end: date, *, mask_names: bool) -> None:
    """Make one file at a time: a PDF takes seconds, and every download is on the audit."""
    choices = [f"report.{form}" for form in FORMATS]
    choices += [f"{name}.{form}" for name in telling.TABLES for form in downloads.FORMATS]
    first, second = st.columns([3, 1], vertical_alignment="bottom")
    chosen = first.selectbox(
        t("reports.file"), choices, key="report_file", help=t("reports.file_help"),
        format_func=lambda choice: f"{t('reports.' + choice.split('.')[0])} · {choice.split('.')[1].upper()}",
    )  # fmt: skip
    name, form = chosen.split(".")
    if second.button(t("reports.make"), key="report_make", type="primary", width="stretch"):
        made = make(chat_id, end, name, form, mask_names=mask_names)
        if made is not None:
            st.session_state["report_made"] = (chat_id, end, chosen, mask_names, made)
    kept = st.session_state.get("report_made")
    if kept and kept[:4] == (chat_id, end, chosen, mask_names):
        media = {**FORMATS, **downloads.FORMATS}[form]
        st.download_button(
            t("reports.take", size=f"{len(kept[4]) / 1024:,.0f}"), kept[4], f"nuanqun-{name}-{end}.{form}", media,
            key="report_take", icon="⬇️", on_click="ignore",
        )  # fmt: skip


def make(chat_id: str, end: date, name: str, form: str, *, mask_names: bool) -> bytes | None:
    """The file, or None after saying why not."""
    try:
        with st.spinner(t("reports.making")):
            if name == "report":
                return telling.report_file(chat_id, end, mask_names, form)
            return telling.table_file(chat_id, name, form)
    except NuanqunError as error:
        st.error(escape(refusal(str(error))))
        return None


def show() -> None:
    """The page."""
    blocks.title("reports")
    chat_id = blocks.pick_chat(blocks.need_chats())
    assert chat_id is not None
    first, second = st.columns([3, 1], vertical_alignment="bottom")
    ends = weeks(chat_id)
    end = first.selectbox(
        t("reports.week"), ends, key=f"report_week_{chat_id}", help=t("reports.week_help"),
        format_func=lambda e: f"{day(e - timedelta(days=7), year=True)} – {day(e - timedelta(days=1), year=True)}",
    )  # fmt: skip
    mask = second.toggle(t("reports.mask"), key="report_mask", help=t("reports.mask_help"))
    files(chat_id, end, mask_names=mask)
    with st.container(border=True):
        on_screen(telling.report(chat_id, end, mask_names=mask), end)


show()
