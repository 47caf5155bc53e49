"""Words of the screen: those of nuanqun.words and nuanqun.figures, in the language of whoever looks.

In: a key with arguments, a reason, or a number. Out: text in the language that the browser's cookie asks for.
Example: `t("chat.title", name="读书会")`, `number(12_345) == "1.2 万"`.
"""

from __future__ import annotations

import streamlit as st

from nuanqun.figures import (
    NOTHING,
    arrow,
    aside,
    change,
    clauses,
    day,
    escape,
    hidden,
    joined,
    listed,
    moment,
    number,
    percent,
    place,
    plain,
    shown,
    signed,
    weekdays,
)
from nuanqun.language import LANGUAGES, ask_language, catalogue, closest, language
from nuanqun.words import format_title, issue, masks_in_words, refusal, rule, sentence, sign, t, topics, word

__all__ = [
    "COOKIE", "NOTHING", "actor", "arrow", "aside", "catalogue", "change", "clauses", "day", "escape", "format_title",
    "hidden", "issue", "joined", "language", "listed", "masks_in_words", "moment", "number", "percent", "place",
    "plain", "refusal", "rule", "sentence", "shown", "sign", "signed", "t", "topics", "weekdays", "word",
]  # fmt: skip
COOKIE = "nuanqun_language"
"""Where a browser keeps the language that its user chose."""


def actor(name: str) -> str:
    """Who did something: the name of an account, or words for who has none."""
    return word("actor", plain(name))


def session_language() -> str:
    """What the browser of this session asks for: its cookie, else the Chinese of its own screen; "" outside one."""
    if not st.runtime.exists():
        return ""
    chosen = st.context.cookies.get(COOKIE, "")
    if chosen in LANGUAGES:
        return chosen
    return "zh-TW" if closest(st.context.locale or "") == "zh-TW" else ""


ask_language(session_language)
