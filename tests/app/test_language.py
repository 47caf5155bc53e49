"""Every language says everything, with the same slots, in its own characters."""

from __future__ import annotations

import string

import pytest

from nuanqun.figures import day, listed, number
from nuanqun.language import LANGUAGES, catalogue, closest, language, own_words, speaking
from nuanqun.words import t, topics


def slots(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("name", LANGUAGES)
def test_every_language_says_every_key_with_the_same_slots(name):
    words = catalogue(name)
    assert set(words) == set(catalogue("zh"))
    for key, text in catalogue("zh").items():
        if not key.startswith(("refusal.", "pattern.")):  # their braces and dollars are groups of a regular expression
            assert slots(words[key]) == slots(text), key


def test_the_language_of_taiwan_keeps_no_simplified_character():
    assert {key for key, text in catalogue("zh-TW").items() if set(text) & set("这说们时为问应该图会个")} == set()
    assert catalogue("zh-TW")["rule.ad_flood"] == "廣告氾濫"


def test_speaking_is_for_its_block_only():
    with speaking("zh-TW"):
        assert language() == "zh-TW" and t("stage.growth") == "成長"
        with speaking("en"):
            assert language() == "en"
        assert language() == "zh-TW"
    assert language() == "zh"
    with pytest.raises(ValueError, match="zh-TW"), speaking("fr"):
        pass


@pytest.mark.parametrize(
    ("tag", "expected"),
    [("zh-CN", "zh"), ("zh-Hant-HK", "zh-TW"), ("zh_TW", "zh-TW"), ("en-GB", "en"), ("zh", "zh"), ("de", ""), ("", "")],
)
def test_a_browser_tag_finds_its_language(tag, expected):
    assert closest(tag) == expected


def test_numbers_lists_and_days_follow_the_language():
    from datetime import date

    assert number(12_345) == "1.2\u00a0万"
    with speaking("zh-TW"):
        assert number(12_345) == "1.2\u00a0萬" and day(date(2026, 3, 1)) == "03-01 週日"
    with speaking("en"):
        assert number(12_345) == "12,345"
    assert listed(["甲", "乙"]) == "甲、乙"


def test_own_words_win_over_the_conversion():
    assert set(own_words("zh-TW")) <= set(catalogue("zh"))
    assert set(topics()) and all(topics().values())
