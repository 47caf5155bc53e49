"""Chats put in order: name, zone, archive, ad days, roles, merging, splitting, erasing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from dashboard import blocks, inventory, load, office
from dashboard.progress import show_jobs
from dashboard.words import escape, hidden, number, plain, refusal, t, weekdays, word
from nuanqun import house
from nuanqun.errors import NuanqunError

_SAID = "chats_said"
_MOVED = "chats_moved"
"""The chat that another one was put into: the page goes on with it, not with whichever comes first."""


def attempt(done: str, change: Callable[..., Any], *arguments: Any) -> None:
    """Do it, say so on the next run; what will not do is said at once."""
    try:
        result = change(*arguments)
    except NuanqunError as error:
        st.error(t("chats.failed"))
        st.text(refusal(str(error)))
        return
    st.session_state[_SAID] = t(f"chats.{done}", count=result if isinstance(result, int) else 0)
    st.rerun()


def facts(chat_id: str) -> None:
    """How it is called, which zone counts its days, whether it shows in the overviews."""
    known = inventory.chat_facts(chat_id)
    with st.form("facts"):
        name = st.text_input(t("chats.name"), known["name"], max_chars=200, help=t("chats.name_help"))
        zone = st.selectbox(t("chats.zone"), inventory.zones(known["zone"]), help=t("chats.zone_help"))
        sent = st.form_submit_button(t("chats.save"), type="primary")
    if sent and zone != known["zone"]:
        office.zone_chat(chat_id, zone)
    if sent and (name or "") != known["name"]:
        attempt("saved", office.rename_chat, chat_id, name or "")
    elif sent:
        st.session_state[_SAID] = t("chats.saved")
        st.rerun()
    is_archived = chat_id in inventory.archived()
    label = "chats.unarchive" if is_archived else "chats.archive"
    if st.button(t(label), help=t("chats.archive_help"), key="archive"):
        attempt("saved", office.archive_chat, chat_id, not is_archived)


def policy(chat_id: str) -> None:
    """When and by whom ads are welcome here."""
    rules, members = inventory.chat_rules(chat_id), inventory.member_names(chat_id)
    with st.form("policy"):
        days = st.pills(
            t("chats.ad_days"), range(7), default=list(rules.ad_days), selection_mode="multi",
            format_func=lambda day: weekdays()[day], help=t("chats.ad_days_help"),
        )  # fmt: skip
        roles = st.pills(
            t("chats.ad_roles"), house.ROLES, default=list(rules.ad_roles), selection_mode="multi",
            format_func=lambda role: word("platform_role", role), help=t("chats.ad_roles_help"),
        )  # fmt: skip
        people = st.multiselect(
            t("chats.ad_members"), list(members), [m for m in rules.ad_members if m in members],
            format_func=lambda member: members.get(str(member), str(member)), help=t("chats.ad_members_help"),
            placeholder=t("chats.nobody"),
        )  # fmt: skip
        if st.form_submit_button(t("chats.save"), type="primary"):
            attempt("saved", office.set_policy, chat_id, days, roles, people)


def roles(chat_id: str) -> None:
    """Platform roles that the export does not say."""
    members, given = inventory.member_names(chat_id), dict(inventory.chat_rules(chat_id).roles)
    for member, role in given.items():
        st.text(t("chats.given", name=members.get(member, member), role=word("platform_role", role)))
    with st.form("roles"):
        member = st.selectbox(
            t("chats.member"), list(members), index=None, placeholder=t("chats.choose"),
            format_func=lambda one: members.get(str(one), str(one)),
        )  # fmt: skip
        role = st.selectbox(
            t("chats.role"), [None, *house.ROLES],
            format_func=lambda r: word("platform_role", r) if r else t("chats.as_export"),
        )  # fmt: skip
        if st.form_submit_button(t("chats.save")):
            if member:
                attempt("saved", office.set_member_role, chat_id, member, role)
            else:
                st.warning(t("chats.need"))


def merge(chat_id: str, names: dict[str, str]) -> None:
    """Put this chat into another one."""
    same = inventory.same_platform(chat_id)
    others = {other: name for other, name in names.items() if other in same}
    if not others:
        st.caption(t("chats.no_others"))
        return
    with st.form("merge"):
        into = st.selectbox(
            t("chats.into"), list(others), index=None, placeholder=t("chats.choose"), help=t("chats.into_help"),
            format_func=lambda other: others.get(str(other), str(other)),
        )  # fmt: skip
        if st.form_submit_button(t("chats.merge")):
            if into:
                st.session_state[_MOVED] = into
                attempt("merged", office.merge_chats, chat_id, into)
                st.session_state.pop(_MOVED)  # refused: nobody went anywhere
            else:
                st.warning(t("chats.need"))


def split(chat_id: str) -> None:
    """Make a chat of its own of what came from some files."""
    sources = inventory.chat_sources(chat_id)
    if len(sources) < 2:
        st.caption(t("chats.one_source"))
        return
    with st.form("split"):
        chosen = st.multiselect(
            t("chats.sources"), list(sources), help=t("chats.sources_help"), placeholder=t("chats.choose"),
            format_func=lambda s: f"{hidden(plain(str(s)))} · {number(sources.get(str(s)))}",
        )  # fmt: skip
        name = st.text_input(t("chats.new_name"), max_chars=200)
        if st.form_submit_button(t("chats.split")):
            attempt("was_split", office.split_chat, chat_id, chosen, name or "")


def erase(chat_id: str, name: str) -> None:
    """Delete the chat for ever; its name typed by hand says that it is meant."""
    with st.form("erase"):
        st.warning(t("chats.erase_warning", name=escape(name)), icon="🗑️")
        typed = st.text_input(t("chats.erase_name"), autocomplete="off")
        if st.form_submit_button(t("chats.erase")):
            if (typed or "").strip() == name:
                attempt("erased", office.erase_chat, chat_id)
            else:
                st.error(t("chats.erase_wrong"))


def show() -> None:
    """The page."""
    blocks.title("chats")
    blocks.outcome(_SAID)
    show_jobs()
    names = load.chat_names()
    if not names:
        blocks.empty("empty.no_chats", "empty.no_chats_why")
        return
    wanted, ids = st.query_params.get("chat", ""), list(names)
    if (moved := st.session_state.pop(_MOVED, None)) in ids:
        st.session_state["chat_to_change"] = moved
    chat_id = st.selectbox(
        t("pick.chat"), ids, ids.index(wanted) if wanted in ids else 0, key="chat_to_change",
        format_func=lambda one: names.get(str(one), str(one)),
    )  # fmt: skip
    left, right = st.columns(2)
    with left:
        blocks.section("chat_facts")
        facts(chat_id)
        blocks.section("chat_merge")
        merge(chat_id, names)
        blocks.section("chat_split")
        split(chat_id)
    with right:
        blocks.section("chat_policy")
        policy(chat_id)
        blocks.section("chat_roles")
        roles(chat_id)
        blocks.section("chat_erase")
        erase(chat_id, inventory.chat_facts(chat_id)["name"])


show()
