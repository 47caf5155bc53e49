"""Campaigns: the same advertisement in another dress is one, different talk is not."""

from __future__ import annotations

from unittest.mock import patch

from hypothesis import given
from hypothesis import strategies as st

from nlp.campaigns import group, skeletons


def test_another_contact_another_number_another_disguise_is_the_same_campaign():
    texts = [
        "宝妈在家就能做的手工活，一天一百五，押金全退，加微信 kk77821",
        "宝-妈在家就能做的手工活 一天两百 押金全退！加薇❤️ zz90017",
        "今晚八点读第四章，迟到的请自带点心",
        "宝妈在家就能做的手工活，一天３００，押金全退，扣扣 552013344",
    ]
    numbers = group(texts).tolist()
    assert numbers[0] == numbers[1] == numbers[3] == 0
    assert numbers[2] != 0


def test_short_texts_go_together_only_when_equal():
    assert group(["收到", "收到！", "好的", "收到啦"]).tolist() == [0, 0, 1, 2]


def test_what_holds_no_letters_is_still_told_apart():
    assert group(["123", "456", "123", ""]).tolist() == [0, 1, 0, 2]
    assert skeletons(["加薇❤️1234"]) == ["加微信"]


@given(st.lists(st.text(max_size=30), max_size=30))
def test_equal_texts_are_one_and_numbers_follow_first_appearance(texts):
    numbers = group(texts).tolist()
    assert len(numbers) == len(texts)
    for text, number in zip(texts, numbers, strict=True):
        assert numbers[texts.index(text)] == number
    firsts = list(dict.fromkeys(numbers))
    assert firsts == list(range(len(firsts)))


@given(st.lists(st.text("宝妈在家能做手工活日结加微", max_size=20), max_size=30))
def test_how_many_texts_are_cut_at_a_time_changes_nothing(texts):
    at_once = group(texts).tolist()
    with patch("nlp.campaigns._TEXTS", 3):
        assert group(texts).tolist() == at_once
