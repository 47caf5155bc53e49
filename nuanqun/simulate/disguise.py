"""Disguises of advertisements: the tricks people use to slip past a filter.

Example: `disguise("加微信mei_123", rng)` -> "➕薇❤mei_①②③".
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random

WECHAT = ("薇", "威", "v", "V❤", "薇❤", "卫星", "威信", "徽信", "wei信", "VX", "微❤信", "维信", "ᐯ", "w❤x")
QQ = ("扣扣", "企鹅", "叩叩", "Q Q", "🐧", "球球", "抠抠")
ADD = ("➕", "＋", "佳", "嘉", "十", "咖")
CROWD = ("君羊", "裙", "羣", "qun", "君羊聊")
SPLIT = {
    "加": "力口", "群": "君羊", "赚": "贝兼", "钱": "金戋", "职": "耳只", "代": "亻弋", "信": "亻言", "课": "讠果",
    "好": "女子", "私": "禾厶",
}  # fmt: skip
HOMOPHONES = {
    "兼职": ("兼织", "尖职", "jian职", "煎职"), "赚": ("zuan", "转", "賺"), "钱": ("米", "馒头", "q"),
    "贷": ("代", "dai", "袋"), "发票": ("发漂", "fa票", "發票", "花票"), "免费": ("勉费", "免fei", "白拿"),
    "代理": ("dai理", "代里"), "红包": ("红bao", "🧧"), "返": ("反", "fan"), "佣金": ("拥金", "yong金"),
    "刷": ("唰", "shua"), "私聊": ("思聊", "丝聊", "s聊"), "扫码": ("扫🐎", "扫马"),
}  # fmt: skip
FRAMES = (("🔥🔥", "🔥🔥"), ("【", "】"), ("✨", "✨"), ("‼️", ""), ("", "👈👈"), ("💰", "💰"), ("", "🌹🌹🌹"))
CIRCLED = "⓪①②③④⑤⑥⑦⑧⑨"
CHINESE = "零一二三四五六七八九"
FULL = {i: i + 0xFEE0 for i in range(0x21, 0x7F)}
INVISIBLE = ("\u200b", "\u200c", "\u2060", "\ufeff")
SEPARATORS = ("·", ".", "*", " ", "-", "、", "~", "❤")


def _words(text: str, rng: Random) -> str:
    """微信, QQ, 加, 群 in their usual masks."""
    text = text.replace("微信", rng.choice(WECHAT)).replace("vx", rng.choice(WECHAT))
    text = text.replace("QQ", rng.choice(QQ)).replace("扣", rng.choice(QQ))
    for plain, masks in (("加", ADD), ("群", CROWD)):
        if rng.random() < 0.7:
            text = text.replace(plain, rng.choice(masks))
    return text


def _homophones(text: str, rng: Random) -> str:
    for plain, masks in HOMOPHONES.items():
        if plain in text and rng.random() < 0.8:
            text = text.replace(plain, rng.choice(masks))
    return text


def _split(text: str, rng: Random) -> str:
    """拆字: characters taken apart."""
    return "".join(SPLIT[c] if c in SPLIT and rng.random() < 0.6 else c for c in text)


def _digits(text: str, rng: Random) -> str:
    """Digits as circles, key caps, full width, letters or Chinese numerals."""
    style = rng.randrange(5)
    tables: tuple[Callable[[int], str], ...] = (
        lambda d: CIRCLED[d],
        lambda d: f"{d}\ufe0f\u20e3",
        lambda d: chr(0xFF10 + d),
        lambda d: chr(0x1D7CE + d),
        lambda d: CHINESE[d],
    )
    return "".join(tables[style](int(c)) if c in "0123456789" else c for c in text)


def _letters(text: str, rng: Random) -> str:
    """Latin letters in full width or mathematical bold."""
    if rng.random() < 0.5:
        return text.translate({k: v for k, v in FULL.items() if chr(k).isalpha()})
    return "".join(_bold(c) if c.isascii() and c.isalpha() else c for c in text)


def _bold(char: str) -> str:
    return chr((0x1D400 - 65 if char.isupper() else 0x1D41A - 97) + ord(char))


def _invisible(text: str, rng: Random) -> str:
    """Zero-width characters between the others."""
    mark = rng.choice(INVISIBLE)
    return "".join(c + mark if rng.random() < 0.25 else c for c in text[:-1]) + text[-1:]


def _separated(text: str, rng: Random) -> str:
    """A stretch of the text with something between all characters."""
    if len(text) < 8:
        return text
    start = rng.randrange(len(text) - 6)
    end = start + rng.randint(4, 8)
    return text[:start] + rng.choice(SEPARATORS).join(text[start:end]) + text[end:]


def _decorated(text: str, rng: Random) -> str:
    """Bells and whistles around it."""
    left, right = rng.choice(
        (("🔥🔥", "🔥🔥"), ("【", "】"), ("✨", "✨"), ("‼️", ""), ("", "👈👈"), ("💰", "💰"), ("", "🌹🌹🌹"))
    )
    return f"{left}{text}{right}"


TRICKS = (_words, _homophones, _split, _digits, _letters, _invisible, _separated, _decorated)


def disguise(text: str, rng: Random) -> str:
    """Apply one to three tricks; links stay clickable, so a text with one only gets the gentle ones."""
    tricks = (_words, _homophones, _decorated) if "://" in text else TRICKS
    chosen = rng.sample(tricks, rng.choices((1, 2, 3), (5, 4, 1))[0])
    for trick in (t for t in TRICKS if t in chosen):
        text = trick(text, rng)
    return text
