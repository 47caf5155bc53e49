"""Words that moderators ask to be allowed, on the admin's screen: what each would change, then yes or no.

In: requests of the catalogue. Out: elements on the lexicon page. Example: `show()`.
"""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from dashboard import blocks, guard, history, incoming, load, office
from dashboard.guard import act
from dashboard.opened import store
from dashboard.words import hidden, listed, moment, plain, t
from nuanqun import word_requests
from nuanqun.word_requests import Request

MOST = 10
_LOOKED = "asked_looked"


def waiting() -> list[Request]:
    """Requests from the chats that this person may see."""
    return word_requests.waiting(store().engine, guard.need("change_settings").chats)


@act("change_settings", quiet=True)
def accept_word(word: str) -> None:
    """Allow the word; messages are decided anew by the next analysis."""
    word_requests.accept(store().engine, word, guard.person().name)
    incoming.queue_analysis(guard.person().name)


@act("change_settings", quiet=True)
def decline_word(word: str) -> None:
    """Refuse the word; training no longer reads the remark."""
    word_requests.decline(store().engine, word, guard.person().name)


def show() -> None:
    """Every request with its messages, its effect on the past, and the two answers."""
    requests = waiting()
    blocks.section("asked_words")
    if not requests:
        st.caption(t("asked.none"))
        return
    st.caption(t("asked.count", count=len(requests)))
    for number, request in enumerate(requests[:MOST]):
        with st.container(border=True, key=f"asked_{number}"):
            one(request, number)


def one(request: Request, number: int) -> None:
    """One request."""
    chat_id, message_id = request.messages[0]
    zone = store().known_chats().get(chat_id, {}).get("zone", "UTC")
    st.text(
        t("asked.line", word=plain(hidden(request.word)), actors=listed(list(request.actors)),
          at=moment(request.at, zone), messages=len(request.messages))
    )  # fmt: skip
    blocks.messages(load.by_ids(chat_id, (message_id,)), f"asked_{number}_message")
    looked = st.session_state.get(_LOOKED, {}).get(request.word)
    if looked is not None:
        st.text(t("lexicons.effect", looked=looked.looked, to_ad=looked.to_ad, to_fine=looked.to_fine,
                  against=looked.against))  # fmt: skip
    with st.container(horizontal=True):
        if looked is None:
            st.button(
                t("asked.look"), key=f"look_{number}", on_click=look, args=(request.word,), help=t("asked.look_help")
            )
        st.button(t("asked.accept"), key=f"accept_{number}", type="primary", disabled=looked is None,
                  on_click=answer, args=(accept_word, request.word), help=t("asked.accept_help"))  # fmt: skip
        st.button(t("asked.decline"), key=f"decline_{number}", on_click=answer, args=(decline_word, request.word),
                  help=t("asked.decline_help"))  # fmt: skip


def look(word: str) -> None:
    """Try the word on the past, beside the words that hold already."""
    effect = history.try_words(office.words("ad_words"), [*office.words("allow_words"), word])
    st.session_state.setdefault(_LOOKED, {})[word] = effect


def answer(give: Callable[[str], None], word: str) -> None:
    """Say yes or no; somebody else may have answered meanwhile."""
    try:
        give(word)
        st.session_state.pop("words_allow_words", None)  # the box shows the list as it is now
    except KeyError:
        st.session_state["words_said"] = t("asked.gone")
        return
    st.session_state["words_said"] = t("asked.answered")
