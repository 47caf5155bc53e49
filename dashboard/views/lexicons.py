"""Words of this workspace: ads, allowed words, words for jieba, stop words; tried on the past before they are kept."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard import asked, blocks, guard, history, office
from dashboard.progress import show_jobs
from dashboard.words import number, plain, t, word
from nuanqun.house import WORD_LISTS, clean_words

_SAID = "words_said"
_TRIED = "words_tried"


def lists() -> dict[str, list[str]]:
    """The four lists as text, a word a line; returns what stands there now."""
    places = st.columns(2)
    return {
        name: clean_words(
            (
                places[position % 2].text_area(
                    t(f"lexicons.{name}"),
                    "\n".join(office.words(name)),
                    key=f"words_{name}",
                    height=180,
                    help=t(f"lexicons.{name}_help"),
                    placeholder=t("lexicons.placeholder"),
                )  # fmt: skip
                or ""
            ).splitlines()
        )
        for position, name in enumerate(WORD_LISTS)
    }


def tried(effect: history.Effect) -> None:
    """What the words would have changed."""
    st.text(
        t("lexicons.effect", looked=effect.looked, to_ad=effect.to_ad, to_fine=effect.to_fine,
          against=effect.against)
    )  # fmt: skip
    if effect.examples:
        shown = pd.DataFrame(
            {
                "text": [plain(e["text"]) for e in effect.examples],
                "before": [word("ads_label", e["before"]) for e in effect.examples],
                "after": [word("ads_label", e["after"]) for e in effect.examples],
            }
        )
        columns = {name: blocks.column(name) for name in shown.columns}
        st.dataframe(shown, column_config=columns, hide_index=True, alt=t("lexicons.examples_alt"))


def common(stop: list[str], user: list[str]) -> None:
    """The words that are said most, without the stop words: what a new one of either kind would change."""
    rows = history.common_words(tuple(stop))
    if rows.empty:
        st.caption(t("empty.no_messages"))
        return
    st.text("　".join(f"{plain(row['token'])} {number(row['n'])}" for row in rows.to_dict("records")))


def show() -> None:
    """The page."""
    blocks.title("lexicons")
    blocks.outcome(_SAID)
    if guard.may("see_setup"):
        show_jobs()
    if guard.may("change_settings"):
        asked.show()
    blocks.section("word_lists")
    wanted = lists()
    changed = [name for name in WORD_LISTS if wanted[name] != office.words(name)]
    with st.container(horizontal=True):
        if st.button(t("lexicons.try"), help=t("lexicons.try_help"), key="try_words"):
            with st.spinner(t("lexicons.trying"), show_time=True):
                st.session_state[_TRIED] = (wanted, history.try_words(wanted["ad_words"], wanted["allow_words"]))
        kept = st.session_state.get(_TRIED)
        ready = bool(changed) and kept is not None and kept[0] == wanted
        if st.button(
            t("lexicons.save"), type="primary", disabled=not ready, help=t("lexicons.save_help"), key="save_words"
        ):
            for name in changed:
                office.save_words(name, wanted[name])
            st.session_state[_SAID] = t("lexicons.saved")
            st.rerun()
    if kept is not None and kept[0] == wanted:
        tried(kept[1])
    blocks.section("common_words")
    common(wanted["stop_words"], wanted["user_words"])


show()
