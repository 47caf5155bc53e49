"""The messages behind a number: every "see the messages" leads here, with its question in the address."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import streamlit as st

from dashboard import Frame, Row, behind, blocks, everywhere, guard, load, marked, words
from dashboard.behind import Wanted
from dashboard.marked import line, show_lines
from dashboard.words import day, moment, number, plain, t, weekdays, word

RECENT = 28
_FREE = ("topic", "who", "weekday", "hour", "of")
"""Parts of the question that only links set; each can be taken away here."""


def put(name: str, key: str) -> None:
    """A widget's new value into the address; the page starts again at its first page."""
    value = st.session_state.get(key)
    st.query_params.pop("page", None)
    if value in (None, ""):
        st.query_params.pop(name, None)
    else:
        st.query_params[name] = str(value)


def drop(name: str) -> None:
    """Take one part of the question away."""
    for gone in (name, "page"):
        st.query_params.pop(gone, None)


def read(chat_id: str) -> Wanted:
    """The question of the address; what is not understood is left out."""
    asked, (begins, ends) = st.query_params, behind.whole(chat_id)
    last = min(max(_date(asked.get("last")) or ends, begins), ends)
    first = min(max(_date(asked.get("first")) or last - timedelta(days=RECENT - 1), begins), last)
    what = asked.get("what", "every")
    return Wanted(
        chat_id, first, last, what if what in behind.WHATS else "every", asked.get("topic", ""), asked.get("who", ""),
        _whole_number(asked.get("weekday"), 7), _whole_number(asked.get("hour"), 24), asked.get("text", "")[:100],
        asked.get("of", ""),
    )  # fmt: skip


def _date(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text or "")
    except ValueError:
        return None


def _whole_number(text: str | None, below: int) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and int(text) < below else None


def filters(wanted: Wanted) -> None:
    """Days, kind and words; keys carry the value of the address, so that a link always wins."""
    first, last, text = st.columns([1, 1, 2], vertical_alignment="bottom")
    for place_, name, value in ((first, "first", wanted.first), (last, "last", wanted.last)):
        key = f"messages_{name}_{value}"
        place_.text_input(
            t(f"messages.{name}"), str(value), key=key, max_chars=10, on_change=put, args=(name, key),
            help=t("messages.day_help"), disabled=bool(wanted.of),
        )  # fmt: skip
    search(wanted.text, text)
    if not wanted.of:
        kinds(wanted.what, tuple(behind.WHATS))
    for name in _FREE:
        value = getattr(wanted, name)
        if value not in (None, ""):
            st.button(t("messages.only", what=said(wanted, name)), key=f"drop_{name}", icon="✖️", on_click=drop,
                      args=(name,), help=t("messages.only_help"))  # fmt: skip


def search(text: str, place_: Any) -> None:
    """Words to look for."""
    key = f"messages_text_{text}"
    place_.text_input(t("review.text"), text, key=key, max_chars=100, on_change=put, args=("text", key),
                      placeholder=t("review.text_hint"))  # fmt: skip


def kinds(what: str, options: tuple[str, ...]) -> None:
    """Which kind of message."""
    key = f"messages_what_{what}"
    st.pills(
        t("messages.what"), options, default=what, key=key, on_change=put, args=("what", key),
        format_func=lambda name: t(f"messages.what_{name}"), help=t("messages.what_help"),
    )  # fmt: skip


def said(wanted: Wanted, name: str) -> str:
    """One part of the question in words."""
    value = getattr(wanted, name)
    if name == "topic":
        return words.topics().get(value, plain(value))
    if name == "who":
        return words.escape(behind.member_name(wanted.chat, value) or value)
    if name == "weekday":
        return weekdays()[value]
    if name == "hour":
        return t("chart.hour", hour=value)
    table, _, which = value.partition(":")
    names = {"alerts": words.rule, "catalysts": lambda kind: word("catalyst_kind", kind),
             "indicators": lambda panel: t(f"section.panel_{panel}"),
             "losses": lambda key: words.escape(behind.member_name(wanted.chat, key)),
             "shifts": lambda at: day(date.fromisoformat(at), year=True)}  # fmt: skip
    return names[table](which) if behind.evidence_ids(wanted.chat, value) else plain(value)


def lines(rows: Frame, names: dict[str, str] | None = None) -> None:
    """One page of messages; `names` of their chats where they come from several."""
    show_lines(
        [
            line(row["sender"], moment(row["sent_at"], row["zone"]), marked.said(row), note=remark(row, names))
            for row in rows.to_dict("records")
        ],
        key="messages",
    )  # fmt: skip


def remark(row: Row, names: dict[str, str] | None) -> str:
    """Which chat a message is from, where it may be any, and whether the model calls it an advertisement."""
    chat = [plain(names.get(row["chat_id"]) or row["chat_id"])] if names else []
    return " · ".join([*chat, *([t("review.was_ad")] if row["ads_label"] == "ad" else [])])


def of_all(chats: Frame) -> None:
    """The messages of all chats, each up to the end of its own record, with the name of their chat."""
    span, asked = blocks.pick_span(), st.query_params
    what = asked.get("what", "every")
    what = what if what in everywhere.KINDS else "every"
    text = asked.get("text", "")[:100]
    search(text, st.container())
    kinds(what, everywhere.KINDS)
    with blocks.patience("messages.reading"):
        total = everywhere.page(what, span, text, 1)[1]
    st.caption(t("messages.count_all", total=number(total), chats=len(chats), days=span))
    if not total:
        blocks.empty("messages.none", "messages.none_why")
        return
    names = dict(zip(chats["chat_id"], chats["name"], strict=True))
    paged(total, lambda at: lines(everywhere.page(what, span, text, at)[0], names))


def paged(total: int, draw: Callable[[int], None]) -> None:
    """Draw one page of `total` messages above the choice of pages, which the address keeps."""
    above = st.container()
    pages = -(-total // load.PAGE)
    at = st.pagination(pages, key="page", bind="query-params") if pages > 1 else 1
    with above:
        draw(min(at, pages))


def show() -> None:
    """The page."""
    blocks.title("messages")
    chats = blocks.need_chats()
    chosen = blocks.pick_chat(chats, every=True)
    if chosen is None:
        of_all(chats)
    else:
        of_one(chosen)


def of_one(chat_id: str) -> None:
    """The messages of one chat that the address asks for."""
    if load.table("days", chat_id).empty:
        blocks.empty("empty.no_days", "empty.no_days_why")
        return
    wanted = read(chat_id)
    filters(wanted)
    total = behind.page(wanted, 1)[1]
    if wanted.of:
        st.caption(t("messages.count_evidence", total=number(total)))
    else:
        window = {"first": day(wanted.first, year=True), "last": day(wanted.last, year=True)}
        st.caption(t("messages.count", total=number(total), **window))
    if not total:
        blocks.empty("messages.none", "messages.none_why")
        return
    paged(total, lambda at: lines(behind.page(wanted, at)[0]))
    if guard.may("see_review"):
        st.page_link("views/review.py", label=t("messages.to_review"), icon="🔎", query_params={"chat": chat_id})


show()
