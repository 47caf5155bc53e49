"""Every language says everything, with the same slots, in its own characters."""

from __future__ import annotations

import re
import string

import pytest

from ingest.formats import formats
from nuanqun.figures import day, listed, number
from nuanqun.language import ENGLISH_ALREADY, LANGUAGES, catalogue, closest, language, own_words, speaking
from nuanqun.words import t, topics

CHINESE = re.compile(r"[\u3001-\u303f\u4e00-\u9fff\uff01-\uff5e]")
LATIN = re.compile(r"[A-Za-z]{4,}")
SLOT = re.compile(r"\{[^}]*\}+")
NAMES = {
    "Asia", "Shanghai", "Shift", "ChatLab", "CSV", "Ctrl", "Discord", "Excel", "Google", "Chat", "Instagram", "JSON",
    "KakaoTalk", "LINE", "Matrix", "Messenger", "Parquet", "Signal", "Slack", "Telegram", "WeChatMsg", "WeFlow",
    "WeLink", "Webhook", "WhatsApp", "Zulip",
}  # fmt: skip
"""Names of products, formats and keys that have no Chinese form."""
TYPED = {
    "channels",
    "inside",
    "toml",
    "home",
    "exports",
    "nuanqun",
    "dashboard",
    "login",
    "column",
    "format",
    "https",
    "smtp",
    "example",
    "argon",
    "openapi",
    "json",
}
"""What stands in a path, a command or an address."""
REASONS = (
    "influence.",
    "role.",
    "risk.",
    "alert.",
    "loss.",
    "do.",
    "catalyst.",
    "panel.",
    "across.merge.",
    "across.split.",
    "shift.",
)
"""Long sentences of the community stage, whose counts are hardly ever one."""
COUNTED = re.compile(r"\{\w+\} (chats|messages|members|alerts|ads|records|files|people|accounts|senders)\b")


def slots(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def ours(name: str) -> dict[str, str]:
    """What we say ourselves; the other keys put English words that are there already into Chinese."""
    return {key: text for key, text in own_words(name).items() if not key.startswith(ENGLISH_ALREADY)}


def test_english_says_every_key():
    assert sorted(set(ours("zh")) - set(ours("en"))) == []
    chinese_already = {f"topic.{name}" for name in topics()}
    chinese_already |= {f"format.{name}" for name, format in formats().items() if CHINESE.search(format.title)}
    extra = set(ours("en")) - set(ours("zh"))
    assert chinese_already <= extra <= chinese_already | {f"format.{name}" for name in formats()}


@pytest.mark.parametrize("name", LANGUAGES)
def test_every_language_has_the_same_slots(name):
    words = catalogue(name)
    assert [key for key, text in ours("zh").items() if slots(words[key]) != slots(text)] == []


def test_english_holds_no_chinese_and_falls_back_to_none():
    assert [key for key, text in catalogue("en").items() if CHINESE.search(text)] == []


@pytest.mark.parametrize("name", ["zh", "zh-TW"])
def test_chinese_holds_only_names_in_latin_letters(name):
    said = {key: set(LATIN.findall(SLOT.sub("", text))) - NAMES - TYPED for key, text in catalogue(name).items()}
    assert {key: words for key, words in said.items() if words and not key.startswith(("builtin.", "pattern."))} == {}


def test_english_counts_do_not_stand_before_a_plural():
    """ "1 messages" would be wrong: what varies stands after its word."""
    told = {key: text for key, text in ours("en").items() if not key.startswith(REASONS)}
    assert [key for key, text in told.items() if COUNTED.search(text)] == []


def test_the_language_of_taiwan_keeps_no_simplified_character():
    assert {key for key, text in catalogue("zh-TW").items() if set(text) & set("这说们时为问应该图会个")} == set()
    assert catalogue("zh-TW")["rule.ad_flood"] == "廣告氾濫"
    with speaking("zh-TW"):
        assert topics()["education"] == "學習教育"


MAINLAND = ("信息", "視頻", "網絡", "軟件", "質量", "屏幕", "默認", "數據庫", "用戶名", "鏈接", "賬號", "許可權", "稽核",
            "型別", "平臺", "後臺", "程式碼", "引數", "釋出", "專案", "周內", "周的", "隻影響", "合並", "渠道", "電子郵箱", " 周")  # fmt: skip
"""Wording of the mainland, and what the conversion makes of words that mean something else here."""


def test_the_language_of_taiwan_says_what_people_there_say():
    told = {key: text for key, text in catalogue("zh-TW").items() if not key.startswith("refusal.")}
    assert {key: text for key, text in told.items() if any(word in text for word in MAINLAND)} == {}


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
