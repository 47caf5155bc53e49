"""Members as people: several ids that are one person, and a person who asks to be forgotten."""

from __future__ import annotations

import streamlit as st

from dashboard import blocks, inventory, office
from dashboard.progress import show_jobs
from dashboard.words import hidden, plain, t, word

_SAID = "identities_said"
MOST_IDS = 20
"""Ids of one person at a time; also takes away the button that chooses everybody."""


def say(text: str) -> None:
    """Say it on the next run."""
    st.session_state[_SAID] = text
    st.rerun()


def take(ids: list[str]) -> None:
    """Put suggested ids into the form; uniting them is a click of its own."""
    st.session_state["ids_to_unite"] = list(ids)


def unite(platform: str, people: dict[str, str]) -> None:
    """Choose the ids of one person, the one that stands for all first."""
    for position, (name, ids) in enumerate(inventory.same_names(platform)[:8]):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.text(t("identities.suggested", name=hidden(plain(name)), count=len(ids)))
            st.button(t("identities.take"), key=f"take_{position}", on_click=take, args=(ids,),
                      help=t("identities.ids_help"))  # fmt: skip
    with st.form("unite"):
        chosen = st.multiselect(
            t("identities.ids"), list(people), help=t("identities.ids_help"), placeholder=t("chats.choose"),
            format_func=lambda one: people.get(str(one), str(one)), key="ids_to_unite", max_selections=MOST_IDS,
        )  # fmt: skip
        if st.form_submit_button(t("identities.unite"), type="primary"):
            if len(chosen) < 2:
                st.warning(t("identities.two"))
            else:
                office.unite_members(platform, chosen[1:], chosen[0])
                say(t("identities.united", count=len(chosen)))


def united(platform: str, people: dict[str, str], pairs: list[tuple[str, str]]) -> None:
    """Who is one person already, and the way back."""
    if not pairs:
        st.caption(t("identities.none"))
    for position, (member, into) in enumerate(pairs):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.text(t("identities.is", member=people.get(member, member), into=people.get(into, into)))
            if st.button(t("identities.separate"), key=f"separate_{position}"):
                office.separate_member(platform, member)
                say(t("identities.separated"))


def erase(people: dict[str, str]) -> None:
    """Erase a person everywhere; the id typed by hand says that it is meant."""
    with st.form("erase_member"):
        st.warning(t("identities.erase_warning"), icon="🗑️")
        member = st.selectbox(
            t("identities.who"), list(people), index=None, placeholder=t("chats.choose"),
            format_func=lambda one: people.get(str(one), str(one)),
        )  # fmt: skip
        sure = st.checkbox(t("identities.sure"))
        if st.form_submit_button(t("identities.erase")):
            if member and sure:
                say(t("identities.erased", count=office.erase_member(member)))
            st.error(t("identities.not_sure"))


def show() -> None:
    """The page."""
    blocks.title("identities")
    blocks.outcome(_SAID)
    show_jobs()
    platforms = inventory.platforms()
    if not platforms:
        blocks.empty("empty.no_chats", "empty.no_chats_why")
        return
    platform = st.selectbox(
        t("identities.platform"),
        platforms,
        format_func=lambda p: word("platform", p),
        help=t("identities.platform_help"),
    )
    find = st.text_input(t("identities.find"), key="find_people", help=t("identities.find_help"))
    pairs = inventory.aliases(platform)
    keep = {one for pair in pairs for one in pair} | set(st.session_state.get("ids_to_unite", []))
    people = inventory.people(platform, (find or "").strip(), keep)
    left, right = st.columns(2)
    with left:
        blocks.section("unite")
        unite(platform, people)
        blocks.section("united")
        united(platform, people, pairs)
    with right:
        blocks.section("erase_member")
        erase(people)


show()
