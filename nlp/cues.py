"""Cues: lexicon words and patterns (contact, price, link, password token) found in a batch of texts.

In: `Normalized`. Out: `Cues`: how often each class occurs in each text, and where. All lexicons go through one
vectorised matcher; patterns run once over the joined batch.
Example: `find_cues(normalize_texts(["加微信abc12345领券"])).counts("ads.contact")` -> [1.].
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

import data
from nlp.lexicon import Matcher, read_sections
from nlp.normalize import Normalized

_ID = r"[a-z][a-z0-9_\-]{5,19}"
# The texts of a batch are searched at once, joined by \0: no pattern may match it.
PATTERNS: dict[str, str] = {
    # An address outside the chat: phone, QQ or WeChat number, Telegram handle.
    "contact_id": "|".join(
        [
            r"(?<!\d)1[3-9]\d(?:[\s\-]?\d{4}){2}(?!\d)",
            rf"(?:微信|qq|群|电话|tel|tg|飞机|电报)[^\w\0]{{0,3}}(?:号码?|id|是)?[^\w\0]{{0,3}}(?:\d(?:[\s\-]?\d){{4,12}}|{_ID})",
            r"(?<![\d.])[1-9]\d{8,10}(?![\d.])",
            r"(?<![a-z0-9.])@[a-z][a-z0-9_]{4,}(?!\.)",
            r"t\.me/\w+",
            r"(?<![a-z0-9])[a-z]{2,6}\d{3,8}(?![a-z0-9])",
        ]
    ),
    "price": (
        r"[¥$]\s?\d+(?:\.\d+)?|\d+(?:\.\d+)?\s?(?:元|块|米|r(?![a-z])|rmb|/月|/天|/小时|一单|一天|一盒|一箱|一斤|一套|万|w(?![a-z]))"
        r"|\d(?:\.\d)?折|[日月年]入\s?[\d过几]"
    ),
    "link": r"https?://[^\s\0]+|www\.[^\s\0]+|(?<![a-z0-9@])[a-z0-9\-]{2,}\.(?:com|cn|net|org|top|vip|cc|xyz|me|io|app|shop|club|site|tv|info)(?![a-z])[^\s\0]*",
    "token": r"[¥$€₤₳¢(/][a-z0-9]{8,14}[¥$€₤₳¢)/]|复制(?:这|本|此|整)?[^\0]{0,12}(?:打开|口令)|口令[:「【\"]",
    # A list that members sign: 接龙, or three numbered entries.
    "roll_call": r"#?接龙[: ]|\d{1,2}[.、)]\s?[^\s\0]{1,20}\s+\d{1,2}[.、)]\s?[^\s\0]{1,20}\s+\d{1,2}[.、)]",
    "percent": r"\d+(?:\.\d+)?\s?(?:%|个点)",
    "question_mark": r"\?",
    "question_end": r"(?:吗|呢|么|嘛|不|没|没有|否|咩|未|吧)(?=[^\w\0]*(?:\0|\Z))",
    "exclamation": r"!",
}


@cache
def topics() -> dict[str, dict[str, Any]]:
    """data/topics.toml: id -> title, words, trained; the order is that of the labels."""
    path = Path(data.__file__).parent / "topics.toml"
    return tomllib.loads(path.read_text(encoding="utf-8"))


@cache
def _lexicon() -> tuple[tuple[str, ...], Matcher, np.ndarray, np.ndarray]:
    """(class names, matcher, and for word w its classes = members[first[w]:first[w + 1]])."""
    classes: dict[str, Sequence[str]] = {}
    for name in ("ads", "question", "sentiment", "toxicity"):
        classes |= {f"{name}.{key}": words for key, words in read_sections(name).items()}
    classes |= {f"kind.{key}": section["words"] for key, section in read_sections("ads_kinds").items()}
    classes |= {f"topic.{key}": section["words"] for key, section in topics().items()}
    names = (*classes, *(f"pattern.{name}" for name in PATTERNS))
    of_word: dict[str, list[int]] = {}
    for index, words in enumerate(classes.values()):
        for word in dict.fromkeys(words):
            of_word.setdefault(word, []).append(index)
    first = np.concatenate(([0], np.cumsum([len(c) for c in of_word.values()])))
    members = np.array([c for found in of_word.values() for c in found], np.int64)
    return names, Matcher({word: i for i, word in enumerate(of_word)}), first, members


@cache
def _patterns() -> list[tuple[str, re.Pattern[str]]]:
    return [(f"pattern.{name}", re.compile(pattern)) for name, pattern in PATTERNS.items()]


@dataclass(frozen=True, slots=True)
class Cues:
    """Cues of a batch: parallel arrays (row, start and end in the normalised text, class), sorted by row."""

    names: tuple[str, ...]
    rows: int
    row: np.ndarray
    start: np.ndarray
    end: np.ndarray
    kind: np.ndarray

    def matrix(self, names: Sequence[str]) -> np.ndarray:
        """How often each class of `names` occurs in each row: float32, rows x len(names)."""
        column = np.full(len(self.names), -1)
        column[[self.names.index(name) for name in names]] = np.arange(len(names))
        chosen = column[self.kind]
        mine = chosen >= 0
        flat = np.bincount(self.row[mine] * len(names) + chosen[mine], minlength=self.rows * len(names))
        return flat.reshape(self.rows, len(names)).astype(np.float32)

    def counts(self, name: str) -> np.ndarray:
        """How often class `name` occurs in each row."""
        return self.matrix([name])[:, 0]


def find_cues(batch: Normalized) -> Cues:
    """All lexicon words and patterns in the batch."""
    names, matcher, first, members = _lexicon()
    found = matcher.find(batch.codes)
    sizes = (first[found.word + 1] - first[found.word]).astype(np.int64)
    kinds = members[np.repeat(first[found.word], sizes) + _ranges(sizes)]
    starts, lengths = [np.repeat(found.start, sizes)], [np.repeat(found.length, sizes)]
    all_kinds = [kinds]
    joined = "\0".join(batch.texts)
    links = np.zeros((0, 2), np.int64)
    for name, pattern in _patterns():
        hits = np.array([m.span() for m in pattern.finditer(joined)], np.int64).reshape(-1, 2)
        if name == "pattern.link":
            links = hits
        starts.append(hits[:, 0])
        lengths.append(hits[:, 1] - hits[:, 0])
        all_kinds.append(np.full(len(hits), names.index(name)))
    start, length, kind = np.concatenate(starts), np.concatenate(lengths), np.concatenate(all_kinds)
    outside = ~_inside(start, links) | (kind == names.index("pattern.link"))
    start, length, kind = start[outside], length[outside], kind[outside]
    row = np.searchsorted(batch.bounds, start, side="right") - 1
    order = np.lexsort((start, row))
    row, start, length, kind = row[order], start[order], length[order], kind[order]
    local = start - batch.bounds[row]
    return Cues(names, len(batch.texts), row, local, local + length, kind)


def _inside(places: np.ndarray, spans: np.ndarray) -> np.ndarray:
    """Which places lie in one of the sorted spans: letters of an address are no words."""
    if not len(spans):
        return np.zeros(len(places), bool)
    last = np.searchsorted(spans[:, 0], places, side="right") - 1
    return (last >= 0) & (places < spans[last, 1])


def _ranges(sizes: np.ndarray) -> np.ndarray:
    """0..n-1 for each n of `sizes`, joined."""
    ends = np.cumsum(sizes)
    return np.arange(int(ends[-1]) if len(ends) else 0) - np.repeat(ends - sizes, sizes)
