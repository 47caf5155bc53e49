"""Disguises contact words as advertisers do: the opposite of nlp/disguise.py, for training and tests.

In: a plain advertisement and a random generator. Out: the same advertisement, harder to read for a machine. Ordinary
messages get links instead, because people share links and public sets of ordinary talk have none.
Example: `disguise_text("加微信abc123", rng)` -> "➕薇❤芯ａｂｃ１２３".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

import numpy as np

Way = Callable[[str, np.random.Generator], str]
"""A disguise: text and random generator -> text."""

_WORDS: dict[str, Sequence[str]] = {
    "加微信": ("➕v", "加v", "加薇", "佳薇", "+V信", "嘉威", "加vx", "➕薇"),
    "微信": (
        "薇信",
        "威信",
        "v信",
        "VX",
        "wx",
        "微芯",
        "喂信",
        "微❤信",
        "V",
        "薇",
        "卫星",
        "微.信",
        "绿泡泡",
        "WeChat",
    ),
    "qq群": ("扣扣裙", "扣群", "企鹅群", "Q裙", "q君羊", "🐧群"),
    "qq": ("扣扣", "企鹅", "🐧", "Q", "q.q", "秋秋", "口口"),
    "QQ": ("扣扣", "企鹅", "🐧", "Q", "q.q", "秋秋"),
    "加": ("➕", "+", "佳", "嘉", "架"),
    "群": ("裙", "君羊", "羣", "郡"),
    "兼职": ("兼zhi", "搛职", "兼.职", "兼耳只", "简直兼职"),
    "赚钱": ("赚米", "赚💰", "zhuan钱", "贝兼钱", "賺錢"),
    "贷款": ("岱款", "贷.款", "dai款", "贷kuan"),
    "发票": ("发嘌", "發票", "f票", "发🎫"),
    "免费": ("免费", "免.费", "mian费", "兔费"),
    "红包": ("红I包", "🧧", "纟工包", "hong包"),
    "私聊": ("私.聊", "si聊", "思聊", "厶聊"),
    "代理": ("代.理", "daili", "代里"),
}
_CIRCLED = "⓪①②③④⑤⑥⑦⑧⑨"
_HAN = "零一二三四五六七八九"
_GAPS = ("", " ", ".", "-", "_", "❤", "·", "\u200b", "\u0347")


def disguise_text(text: str, rng: np.random.Generator) -> str:
    """One to three random disguises of `text`."""
    ways: list[Callable[[str, np.random.Generator], str]] = [words, words, digits, wide, gaps, traditional]
    for _ in range(int(rng.integers(1, 4))):
        text = ways[int(rng.integers(len(ways)))](text, rng)
    return text


def words(text: str, rng: np.random.Generator) -> str:
    """Contact and lure words by sound-alikes, look-alikes and halves."""
    for plain, disguises in _WORDS.items():
        if plain in text and rng.random() < 0.7:
            text = text.replace(plain, disguises[int(rng.integers(len(disguises)))])
    return text


def digits(text: str, rng: np.random.Generator) -> str:
    """Digits as circled, Chinese, keycap or full-width ones."""
    sets = (_CIRCLED, _HAN, [f"{d}\ufe0f\u20e3" for d in range(10)], "０１２３４５６７８９")
    chosen = sets[int(rng.integers(len(sets)))]
    return "".join(chosen[int(c)] if c.isascii() and c.isdigit() else c for c in text)


def wide(text: str, rng: np.random.Generator) -> str:
    """Latin letters and digits full-width or mathematical."""
    if rng.random() < 0.5:
        return "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text)
    return "".join(chr(0x1D41A + ord(c) - ord("a")) if "a" <= c <= "z" else c for c in text.lower())


def gaps(text: str, rng: np.random.Generator) -> str:
    """A separator, zero-width character or combining mark after some characters."""
    gap = _GAPS[int(rng.integers(1, len(_GAPS)))]
    share = 0.8 if gap in ("\u200b", "\u0347") else 0.15
    return "".join(c + gap if rng.random() < share else c for c in text)


def traditional(text: str, rng: np.random.Generator) -> str:
    """Traditional characters."""
    return _converter().convert(text)


_HALVES = {
    "群": "君羊",
    "加": "力口",
    "职": "耳只",
    "信": "亻言",
    "刷": "刂尸",
    "赚": "贝兼",
    "钱": "钅戋",
    "好": "女子",
    "码": "石马",
}
_SOUNDS = {"微": "薇", "信": "芯", "加": "佳", "群": "裙", "钱": "前", "贷": "岱", "票": "嘌", "聊": "撩", "课": "棵"}
_INITIALS = {"微信": "wx", "兼职": "jz", "加": "j", "群": "q", "代理": "dl", "赚钱": "zq", "私聊": "sl", "扣扣": "kk"}


def _replaced(pairs: Mapping[str, str]) -> Way:
    def way(text: str, rng: np.random.Generator) -> str:
        for plain, other in pairs.items():
            text = text.replace(plain, other)
        return text

    return way


def _digits_as(signs: Sequence[str]) -> Way:
    return _replaced({str(i): sign for i, sign in enumerate(signs)})


def _between(gap: str, share: float) -> Way:
    def way(text: str, rng: np.random.Generator) -> str:
        return "".join(c + gap if rng.random() < share else c for c in text)

    return way


def _maths(text: str, rng: np.random.Generator) -> str:
    return "".join(chr(0x1D41A + ord(c) - ord("a")) if "a" <= c <= "z" else c for c in text.lower())


TRANSFORMATIONS: dict[str, Way] = {
    "contact_words": words,
    "full_width": lambda text, rng: "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text),
    "maths_letters": _maths,
    "circled_digits": _digits_as(_CIRCLED),
    "keycap_digits": _digits_as([f"{d}\ufe0f\u20e3" for d in range(10)]),
    "halves": _replaced(_HALVES),
    "homophones": _replaced(_SOUNDS),
    "pinyin_initials": _replaced(_INITIALS),
    "zero_width": _between("\u200b", 0.5),
    "combining_marks": _between("\u0347", 0.5),
    "separators": _between(".", 0.2),
    "traditional": traditional,
}
"""Twelve disguises one by one, to measure what each costs (benchmarks/obfuscation.py)."""

_HOSTS = """
mp.weixin.qq.com/s www.zhihu.com/question b23.tv www.bilibili.com/video github.com zh.wikipedia.org/wiki
www.douban.com/note weibo.com docs.qq.com/doc pan.baidu.com/s meeting.tencent.com/dm www.youtube.com/watch
stackoverflow.com/questions news.sina.com.cn/c blog.csdn.net/article www.jianshu.com/p y.music.163.com/m
pypi.org/project docs.python.org/3 www.gov.cn/zhengce surl.amap.com intranet.example/files media.example/img
""".split()
_SIGNS = "abcdefghijklmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ0123456789"


def share_link(text: str, rng: np.random.Generator) -> str:
    """`text` with a link that people share before it, after it, or in its place."""
    path = "".join(_SIGNS[int(i)] for i in rng.integers(len(_SIGNS), size=int(rng.integers(4, 30))))
    tail = str(rng.choice(["", "/", "?from=timeline", "#comments", ".html", ".png", "/12/index"]))
    link = f"{rng.choice(['https://', 'https://', 'http://', ''])}{rng.choice(_HOSTS)}/{path}{tail}"
    return str(rng.choice([f"{text} {link}", f"{link} {text}", link, f"{text}{link}", f"{text}: {link}"]))


@cache
def _converter() -> Any:
    import opencc

    return opencc.OpenCC("s2t")
