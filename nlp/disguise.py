"""Seeing through disguised contact words: 薇❤信, ➕v, 扣扣裙, 一三八零零... become what they stand for.

In: one text that is already in simple characters (nlp/normalize.py). Out: the edits that reveal it, as
non-overlapping (start, end, replacement). Sound-alikes count only beside a contact, so 卫星 in the sky and a
prestigious 威信 stay. Example: `reveal("加薇芯 abc123")` -> "加微信 abc123".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import cache

import numpy as np

from nlp.lexicon import read_sections

Edit = tuple[int, int, str]
Rule = tuple[re.Pattern[str], Callable[[re.Match[str]], str]]

_GAP = r"[\s.\-_~*·•。、,，|/\\‖♥❤★☆♡^`'\"()（）\[\]【】]"
_DIGITS = {c: str(i % 10) for i, c in enumerate("零一二三四五六七八九〇壹贰叁肆伍陆柒捌玖")}
_DIGITS |= {"幺": "1", "两": "2", "o": "0", "з": "3", "l": "1", "〇": "0", "陸": "6"}
_TRIGGERS = "微电号联加薇威喂维卫徽韦慰溦胃葳崴巍扣叩抠球秋口企🐧q➕✚+佳嘉架枷伽咖珈茄裙郡峮v亻彳讠贝钅扌纟氵"


@cache
def trigger_codes() -> frozenset[int]:
    """Code points without which `reveal` never changes a text: the cheap test that runs on everything."""
    always = read_sections("disguises")["always"]
    return frozenset(map(ord, _TRIGGERS)) | {ord(word[0]) for word in always}


def _class(characters: str) -> str:
    return "[" + re.escape(characters) + "]"


@cache
def _rules() -> list[Rule]:
    sections = read_sections("disguises")
    always, contact = sections["always"], sections["contact"]
    first, second = _class(contact["wechat_first"]), _class(contact["wechat_second"])
    add, group = _class(contact["add"]), _class(contact["group"])
    qq = "|".join(map(re.escape, contact["qq"]))
    words = "|".join(sorted(map(re.escape, always), key=len, reverse=True))
    invite = rf"(?:加|{add}|联系|扫|留个?|添加?|我的?){_GAP}{{0,2}}(?:我|你|个|下)?"
    account = rf"{_GAP}{{0,2}}(?:号|是|[:：])?{_GAP}{{0,2}}[a-z0-9][a-z0-9_\-]{{4,}}"
    after = r"(?=$|\W|领|聊|咨|私|详|了解|进|拉|群|看|免|同|号|备)"

    def wechat(match: re.Match[str]) -> str:
        return (match[1] if match.re.groups else "") + "微信"

    return [
        (re.compile(words), lambda m: always[m[0]]),
        (re.compile(rf"[微薇]{_GAP}{{1,2}}[信芯]"), lambda m: "微信"),
        (re.compile(rf"({invite}){first}{_GAP}{{0,2}}{second}"), wechat),
        (re.compile(rf"{first}{_GAP}{{0,2}}{second}(?={account})"), wechat),
        (re.compile(rf"(?<![a-z])(?:vx|wx|v{_GAP}x|w{_GAP}x|vxin)(?![a-z])"), lambda m: "微信"),
        (re.compile(rf"((?:加|{add}){_GAP}{{0,2}}(?:我|你|个)?){first}(?={account}|{after[3:]}"), wechat),
        (re.compile(rf"((?:加|{add}){_GAP}{{0,2}}(?:我|你|个)?)v{after}"), wechat),
        (re.compile(rf"(?<![a-z\w]){first}(?={_GAP}{{0,2}}[:：]?{_GAP}{{0,1}}(?=[a-z_\-]*\d)[a-z0-9_\-]{{6,}})"),
         lambda m: "微信"),
        (re.compile(rf"(?<![a-z])v(?={_GAP}{{0,1}}[:：号]\s?(?=[a-z_\-]*\d)[a-z0-9_\-]{{5,}})"), lambda m: "微信"),
        (re.compile(rf"(?:{qq})(?={_GAP}{{0,2}}(?:号|群|{group}|是|[:：])|{_GAP}{{0,2}}\d{{5}})"), lambda m: "qq"),
        (re.compile(rf"((?:加|{add}){_GAP}{{0,2}}(?:我|你|个)?)(?:{qq})"), lambda m: m[1] + "qq"),
        (re.compile(r"(?<![a-z])q(?=[:：号]?\s?\d{5})"), lambda m: "qq"),
        (re.compile(rf"((?:qq|微信|[加进入拉]|{add}|交流|福利|内部){_GAP}{{0,2}}){group}"), lambda m: m[1] + "群"),
        (re.compile(rf"{group}(?={_GAP}{{0,2}}(?:号|[:：])?{_GAP}{{0,2}}\d{{6}})"), lambda m: "群"),
        (re.compile(rf"{add}(?={_GAP}{{0,2}}(?:我|你|个)?{_GAP}{{0,1}}(?:微信|qq|群|好友))"), lambda m: "加"),
        (_number_pattern(), _plain_number),
    ]  # fmt: skip


def _number_pattern() -> re.Pattern[str]:
    one = "[0-9" + re.escape("".join(_DIGITS)) + "]"
    gap = r"[^\w\0]"  # a NUL parts the texts of `suspects`
    head = rf"((?:微信|qq|群|电话|手机|联系|号码?|加我?|tel|call){gap}{{0,3}}(?:号|是|[:：])?{gap}{{0,2}})"
    return re.compile(rf"{head}({one}(?:{_GAP}?{one}){{5,}})(?![a-z])")


def _plain_number(match: re.Match[str]) -> str:
    digits = "".join(_DIGITS.get(c, c) for c in match[2] if c.isdigit() or c in _DIGITS)
    return match[1] + digits


def suspects(texts: Sequence[str]) -> list[int]:
    """Places of the texts in which some rule fires, sorted; the others stay as they are.

    All texts are searched as one: a third of all messages hold a trigger, hardly one in fifty a disguise.
    """
    joined = "\0".join(texts)
    ends = np.cumsum([len(text) + 1 for text in texts])
    places = [match.start() for pattern, _ in _rules() for match in pattern.finditer(joined)]
    return np.unique(np.searchsorted(ends, places, side="right")).tolist()


def edits(text: str) -> Iterator[list[Edit]]:
    """One list of edits a rule that fires; each is meant for the text after the edits before it."""
    for pattern, replacement in _rules():
        found = [_trim(text, m.start(), m.end(), replacement(m)) for m in pattern.finditer(text)]
        if found := [edit for edit in found if edit]:
            yield found
            text = apply(text, found)


def _trim(text: str, start: int, end: int, new: str) -> Edit | None:
    """The edit without the part that stays the same, so that offsets remain as exact as they can be."""
    if text[start:end] == new:
        return None
    while min(len(new), end - start) > 1 and text[start] == new[0]:
        start, new = start + 1, new[1:]
    while min(len(new), end - start) > 1 and text[end - 1] == new[-1]:
        end, new = end - 1, new[:-1]
    return start, end, new


def apply(text: str, found: list[Edit]) -> str:
    """`text` with the edits made."""
    parts, last = [], 0
    for start, end, new in found:
        parts += [text[last:start], new]
        last = end
    return "".join([*parts, text[last:]])


def reveal(text: str) -> str:
    """`text` with every disguised contact word in its plain form."""
    for found in edits(text):
        text = apply(text, found)
    return text
