"""The encoder's own tokenizer: one token a Chinese character, sign or digit, word pieces for runs of Latin letters.

In: normalised texts. Out: a transformers fast tokenizer, and `CharacterTable`, which gives the same ids from one
table look-up for the whole batch (a test compares them). Emoticons in brackets ([泪], [doge]) are one token each,
because they say more about mood than any character; a link is one token, because its path is noise.
Example: `CharacterTable(train_tokenizer(texts, VocabularySettings())).tokens(["你好"]).ids`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
LINK = "[链接]"
_URL = r"(?<![a-z])https?://[!-~]+"
_EMOTICON = re.compile(r"\[[^\[\]\s]{1,6}\]")
_LETTERS = re.compile(r"[a-z]{2,}")
_SKIP = 0xFFFF
"""In the table: a character that is no token (white space)."""


@dataclass(frozen=True, slots=True)
class VocabularySettings:
    """Size of the vocabulary."""

    characters: int = 7_500
    """Most characters."""
    rarest: int = 20
    """Occurrences a character needs."""
    pieces: int = 1_500
    """Word pieces of Latin letters."""
    emoticons: int = 200
    """Most emoticons in brackets, each seen a hundred times or more."""


@dataclass(frozen=True, slots=True)
class Tokens:
    """Tokens of a batch: ids, first token of each row (and the end), and the span of each in its own text.

    The first token of a row is [CLS] with the empty span (0, 0).
    """

    ids: np.ndarray
    offsets: np.ndarray  # rows + 1
    starts: np.ndarray
    ends: np.ndarray


def train_tokenizer(texts: Sequence[str], settings: VocabularySettings | None = None) -> Any:
    """A transformers fast tokenizer for texts like `texts` (normalised)."""
    settings = settings or VocabularySettings()
    characters: Counter[str] = Counter()
    emoticons: Counter[str] = Counter()
    runs: Counter[str] = Counter()
    for text in texts:
        characters.update(text)
        if "[" in text:
            emoticons.update(_EMOTICON.findall(text))
        runs.update(_LETTERS.findall(text))
    common = sorted(c for c, n in characters.most_common(settings.characters) if n >= settings.rarest and c > " ")
    signs = [e for e, n in emoticons.most_common(settings.emoticons) if n >= 100 and e not in (*SPECIAL, LINK)]
    pieces = _word_pieces(runs, settings.pieces)
    vocabulary = dict.fromkeys([*SPECIAL, LINK, *sorted(signs), *common, *pieces])
    return _assemble({token: i for i, token in enumerate(vocabulary)}, [LINK, *sorted(signs)])


def _word_pieces(runs: Counter[str], size: int) -> list[str]:
    """Word pieces of runs of letters; a run counts as often as it was seen, at most fifty times."""
    from tokenizers import Tokenizer, models, pre_tokenizers, trainers

    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    seen = (" ".join([run] * min(n, 50)) for run, n in sorted(runs.items()) if n > 2)
    trainer = trainers.WordPieceTrainer(vocab_size=size, special_tokens=["[UNK]"], show_progress=False)
    tokenizer.train_from_iterator(seen, trainer)
    letters = [prefix + chr(code) for code in range(ord("a"), ord("z") + 1) for prefix in ("", "##")]
    return [*letters, *sorted(set(tokenizer.get_vocab()) - {"[UNK]"})]


def _assemble(vocabulary: dict[str, int], whole: Iterable[str]) -> Any:
    from tokenizers import AddedToken, Regex, Tokenizer, models, normalizers, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast

    tokenizer = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]", max_input_chars_per_word=40))
    tokenizer.normalizer = normalizers.Replace(Regex(_URL), LINK)  # pyright: ignore[reportAttributeAccessIssue]
    split = pre_tokenizers.Split(Regex("[a-z]+|[^a-z]"), "isolated")
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.WhitespaceSplit(), split])  # pyright: ignore[reportAttributeAccessIssue]
    tokenizer.add_tokens([AddedToken(token, normalized=True) for token in whole])
    tokenizer.post_processor = processors.TemplateProcessing(  # pyright: ignore[reportAttributeAccessIssue]
        single="[CLS] $A", pair="[CLS] $A [SEP] $B", special_tokens=[(t, vocabulary[t]) for t in ("[CLS]", "[SEP]")]
    )
    names = {f"{name}_token": f"[{name.upper()}]" for name in ("pad", "unk", "cls", "sep", "mask")}
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, model_max_length=512, **names)


class CharacterTable:
    """The same ids as the tokenizer of `train_tokenizer`, a hundred times faster: one look-up a character."""

    def __init__(self, tokenizer: Any) -> None:
        self._runs: dict[str, tuple[tuple[int, int, int], ...]] = {}
        self._tokenizer = tokenizer.backend_tokenizer
        vocabulary = tokenizer.get_vocab()
        self._table = np.full(0x110000, vocabulary["[UNK]"], np.uint16)
        for token, i in vocabulary.items():
            if len(token) == 1:
                self._table[ord(token)] = i
        self._table[[code for code in range(0x3001) if chr(code).isspace()]] = _SKIP
        self._table[0] = vocabulary["[CLS]"]
        whole = sorted((t for t in vocabulary if len(t) > 1 and t[0] == "[" and t not in SPECIAL), key=len)[::-1]
        self._special = re.compile("|".join([*map(re.escape, whole), _URL, _LETTERS.pattern]))

    def tokens(self, texts: Sequence[str]) -> Tokens:
        """Tokens of normalised texts."""
        joined = "\0" + "\0".join(texts)
        codes = np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), np.uint32)
        ids = self._table[codes]
        keep = ids != _SKIP
        place, found = np.arange(len(codes)), []
        for match in self._special.finditer(joined):
            first, end = match.span()
            keep[first:end] = False
            found += [(first + a, first + b, i) for a, b, i in self._pieces(match[0])]
        if not texts:
            return Tokens(ids[:0], np.zeros(1, np.int64), place[:0], place[:0])
        extra = np.array(found, np.int64).reshape(-1, 3)
        starts = np.concatenate([place[keep], extra[:, 0]])
        order = np.argsort(starts, kind="stable")
        ends = np.concatenate([place[keep] + 1, extra[:, 1]])[order]
        ids = np.concatenate([ids[keep], extra[:, 2].astype(np.uint16)])[order]
        starts = starts[order]
        rows = np.flatnonzero(codes == 0)
        offsets = np.append(np.searchsorted(starts, rows), len(starts))
        shift = np.repeat(rows + 1, np.diff(offsets))
        return Tokens(ids, offsets, np.maximum(starts - shift, 0), np.maximum(ends - shift, 0))

    def _pieces(self, run: str) -> tuple[tuple[int, int, int], ...]:
        """(start, end, id) of the pieces of a link, an emoticon or a run of letters."""
        known = self._runs.get(run)
        if known is None:
            encoded = self._tokenizer.encode(run, add_special_tokens=False)
            known = tuple((a, b, i) for (a, b), i in zip(encoded.offsets, encoded.ids, strict=True))
            if len(self._runs) < 200_000:  # bounds memory on texts of random letters
                self._runs[run] = known
        return known


def pad(tokens: Tokens, rows: np.ndarray, longest: int, filler: int) -> tuple[np.ndarray, np.ndarray]:
    """(ids, mask) of chosen rows, int64 and bool (rows, tokens of the longest of them, at most `longest`)."""
    place, mask = places(tokens, rows, longest)
    return np.where(mask, tokens.ids[np.minimum(place, len(tokens.ids) - 1)], filler).astype(np.int64), mask


def places(tokens: Tokens, rows: np.ndarray, longest: int) -> tuple[np.ndarray, np.ndarray]:
    """(index of each token that is read, mask) of chosen rows, as `pad` lays them out.

    Of a row with more than `longest` tokens the first three quarters of `longest` and the last quarter are read: an
    offer or a mood is named at the start or summed up at the end (head and tail, Sun et al. 2019, 1905.05583).
    """
    sizes = tokens.offsets[rows + 1] - tokens.offsets[rows]
    column = np.arange(int(np.minimum(sizes, longest).max(initial=1)))
    tail = longest // 4
    skipped = np.where(column >= longest - tail, np.maximum(sizes - longest, 0)[:, None], 0)
    return tokens.offsets[rows][:, None] + column + skipped, column < sizes[:, None]
