"""Chinese word segmentation: jieba with our own words, or rjieba (Rust, about ten times faster) with equal output.

In: normalised texts. Out: for each text the list of its tokens, which joined give the text again.
rjieba is used where it is installed and passes a parity check; the reference is always jieba.
Example: `Segmenter().segment(["今晚七点拼团"])` -> [["今晚", "七点", "拼团"]].
"""

from __future__ import annotations

import gc
import logging
import re
from collections.abc import Collection, Iterable, Sequence
from contextlib import contextmanager
from functools import cache
from importlib.util import find_spec
from typing import Any

from nlp.lexicon import read_words

_MAYBE_SPLIT = re.compile(r"[+#&._%\-]")
_SIGNED_LINE = re.compile(rf"^.*{_MAYBE_SPLIT.pattern}.*$", re.MULTILINE)
_SKIP = re.compile(r"([a-zA-Z0-9]+(?:\.\d+)?%?)")  # jieba.finalseg's own pattern, where rjieba differs
_REMEMBERED = 200_000
"""Tokens whose pieces are remembered."""
_PARITY = (
    "今天下午三点在社区门口集合，别忘了带水杯",
    "群主发的优惠券在哪里领，ctrip.com 上也能用吗",
    "2-3个人拼团，满80-100减20，共享单车也有c++课",
    "我想买的那本书已经断货了，有没有人转让",
)


@cache
def stop_words() -> frozenset[str]:
    """Words that carry no content on their own (data/lexicons/stop_words.txt)."""
    return frozenset(read_words("stop_words"))


def content_tokens(tokens: Iterable[str]) -> list[str]:
    """The tokens worth counting: no stop words, no punctuation, no lone latin letters."""
    stop = stop_words()
    return [t for t in tokens if t not in stop and t.strip() and t[0].isalnum() and not (len(t) == 1 and t.isascii())]


class _Pieces(dict[str, tuple[str, ...]]):
    """Token of rjieba -> what jieba makes of it; chats use the same few thousand tokens again and again."""

    def __init__(self, known: Collection[str]) -> None:
        self._known = known

    def __missing__(self, token: str) -> tuple[str, ...]:
        whole = len(token) == 1 or not _MAYBE_SPLIT.search(token) or token in self._known
        self[token] = (token,) if whole else tuple(piece for piece in _SKIP.split(token) if piece)
        return self[token]


class Segmenter:
    """jieba, or rjieba in its place, with data/lexicons/user_words.txt and `user_words` kept whole.

    `accelerate` None = use rjieba if it is there and agrees with jieba, True = must, False = never.
    Raises RuntimeError when it must and cannot.
    """

    def __init__(self, user_words: Sequence[str] = (), *, accelerate: bool | None = None) -> None:
        words = sorted({*read_words("user_words"), *user_words} - {""})
        jieba, frequencies = _load_jieba(words)
        self._jieba: Any = jieba
        self._pieces = _Pieces(frozenset())
        self._fast: Any = None
        self.name = "jieba"
        if accelerate is False or not (accelerate or find_spec("rjieba")):
            return
        self._pieces = _Pieces(_signed_words(jieba))
        fast = _load_rjieba(words, frequencies)
        if fast is not None and all(self._cut_fast(fast, t) == jieba.lcut(t) for t in _PARITY):
            self._fast, self.name = fast, "rjieba"
            self._jieba = None  # its dictionary is 80 MB
        elif accelerate:
            raise RuntimeError("rjieba is missing or does not agree with jieba: pip install rjieba==0.2.2")

    def segment(self, texts: Sequence[str]) -> list[list[str]]:
        """Tokens of each text, white space included, so that they partition the text."""
        with no_gc():
            if self._fast is None:
                cut = self._jieba.lcut
                return [cut(text) for text in texts]
            return [self._cut_fast(self._fast, text) for text in texts]

    def _cut_fast(self, fast: Any, text: str) -> list[str]:
        tokens = fast.cut(text)
        if not _MAYBE_SPLIT.search(text):
            return tokens
        if len(self._pieces) > _REMEMBERED:
            self._pieces.clear()
        pieces = self._pieces
        return [piece for token in tokens for piece in pieces[token]]


@contextmanager
def no_gc():
    """Python's cyclic collector walks growing lists of lists again and again; without it rjieba is 1.4 times faster."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _load_jieba(words: Sequence[str]) -> tuple[Any, dict[str, int]]:
    import jieba

    jieba.setLogLevel(logging.WARNING)
    tokenizer = jieba.Tokenizer()
    tokenizer.initialize()
    frequencies = {}
    for word in words:
        # A margin above the tie that suggest_freq computes: both segmenters then decide alike.
        frequencies[word] = max(tokenizer.suggest_freq(word), tokenizer.FREQ.get(word, 0)) * 2 + 2
        tokenizer.add_word(word, frequencies[word])
    return tokenizer, frequencies


def _signed_words(jieba: Any) -> frozenset[str]:
    """The words of jieba's dictionary that hold a sign at which rjieba and jieba may differ."""
    lines = _SIGNED_LINE.findall("\n".join(jieba.FREQ))
    return frozenset(word for word in lines if jieba.FREQ[word])


def _load_rjieba(words: Sequence[str], frequencies: dict[str, int]) -> Any:
    try:
        import rjieba
    except ImportError:
        return None
    fast = rjieba.Jieba()
    for word in words:
        fast.add_word(word, frequencies[word], None)
    return fast
