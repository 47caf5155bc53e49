import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlp.segment import Segmenter, content_tokens

INVENTED = [
    "今晚七点在南门集合，别迟到",
    "群主发的优惠券在ctrip.com上能用吗",
    "2-3个人拼团，满80-100减20.5%",
    "我在学c++和node.js，有人一起打卡吗",
    "接龙：1.阿明 2.小周 3.大力",
    "+1 好的~ ok！！！",
    "https://a.example/b_c?d=1&e=2",
    "加v信abc_123-x",
    "",
    " ",
]


@pytest.fixture(scope="module")
def slow():
    return Segmenter(accelerate=False)


@pytest.fixture(scope="module")
def fast():
    return Segmenter(accelerate=True)


def test_tokens_partition_the_text(slow):
    assert ["".join(tokens) for tokens in slow.segment(INVENTED)] == INVENTED


def test_words_of_our_lexicon_and_of_the_settings_stay_whole():
    tokens = Segmenter(("暖群小助手",), accelerate=False).segment(["暖群小助手提醒大家薅羊毛要理性"])[0]
    assert {"暖群小助手", "薅羊毛"} <= set(tokens)


def test_rjieba_agrees_with_jieba(slow, fast):
    assert (slow.name, fast.name) == ("jieba", "rjieba")
    assert fast.segment(INVENTED) == slow.segment(INVENTED)


LETTERS = "今天我们去打卡团购优惠券群主红包微信加好友吗的了在是不，。！?abcC+-._%12 "


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet=LETTERS, max_size=24))
def test_rjieba_agrees_with_jieba_on_anything(slow, fast, text):
    assert fast.segment([text]) == slow.segment([text])


def test_content_tokens_drop_stop_words_and_signs():
    assert content_tokens(["我们", "的", "读书会", "，", "a", "!", " ", "2025", "ok"]) == ["读书会", "2025"]
