"""What single texts hold, asked of all texts of a chat at once and remembered: by the run, and from one to the next.

In: texts in time order. Out: one answer a text. Texts are cut into weeks: a week that an earlier analysis has seen is
not searched again, see community/kept.py. Example: `wording = Wording(texts, at)`; `wording.says("organise")`.
"""

from __future__ import annotations

from collections.abc import Callable
from hashlib import blake2b

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from community.kept import NOTHING, Answer, Kept, digest
from community.lexicon import find_phrases, sieve
from community.masks import mask

_WEEK_MS = 7 * 86_400_000


class Wording:
    """The texts of one chat and what was asked of them so far."""

    def __init__(self, texts: pa.Array, at: np.ndarray, kept: Kept = NOTHING) -> None:
        """Cut the texts by their moments `at` (ms UTC); `kept` = answers of an earlier analysis."""
        self._texts, self._kept = texts, kept
        weeks = at // _WEEK_MS if kept.folder else np.zeros(len(at), np.int8)
        begin = np.flatnonzero(np.diff(weeks, prepend=weeks[:1] - 1)).tolist()
        self._blocks = [slice(one, next_) for one, next_ in zip(begin, [*begin[1:], len(at)], strict=True)]
        self._names = [digest([texts[block]]) for block in self._blocks] if kept.folder else []
        self._found: dict[str, np.ndarray] = {}

    def says(self, name: str) -> np.ndarray:
        """Which texts hold a phrase of a list of data/lexicons/community."""
        return self._bits(f"says {name}", lambda block: find_phrases(self._texts[block], name, self._sieved()[block]))

    def matches(self, pattern: str) -> np.ndarray:
        """Which texts match a regular expression (RE2)."""
        return self._bits(pattern, lambda block: mask(pc.match_substring_regex(self._texts[block], pattern)))

    def by_block(self, name: str, question: str, answer: Callable[[slice], Answer]) -> list[tuple[int, Answer]]:
        """The answer about each block of texts with the row at which it begins; `question` holds all that it goes by.

        What is kept under a name is the answer to the last question asked under it.
        """
        found = self._kept.recall(
            name,
            len(self._blocks),
            lambda number: [question, self._names[number]],
            lambda number: answer(self._blocks[number]),
        )
        return [(block.start, one) for block, one in zip(self._blocks, found, strict=True)]

    def _bits(self, question: str, answer: Callable[[slice], np.ndarray]) -> np.ndarray:
        if question not in self._found:
            name = blake2b(question.encode(), digest_size=12).hexdigest()
            found = self.by_block(name, question, lambda block: {"bits": np.packbits(answer(block))})
            sizes = [block.stop - block.start for block in self._blocks]
            bits = [np.unpackbits(one["bits"], count=n) for n, (_, one) in zip(sizes, found, strict=True)]
            self._found[question] = np.concatenate([np.zeros(0, np.uint8), *bits]).astype(bool)
        return self._found[question]

    def _sieved(self) -> np.ndarray:
        """Which lists of phrases each text may hold one of."""
        if "sieve" not in self._found:
            found = self.by_block("sieve", "", lambda block: {"lists": sieve(self._texts[block])})
            self._found["sieve"] = np.concatenate([np.zeros(0, np.uint32), *(one["lists"] for _, one in found)])
        return self._found["sieve"]
