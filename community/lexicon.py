"""Small word lists of the community stage, as regular expressions.

In: `data/lexicons/community/<name>.txt` (one phrase a line, `#` comments). Out: one RE2 pattern a list.
Example: `pc.match_substring_regex(texts, phrases("organise"))`.
"""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

from opencc import OpenCC


@cache
def read_phrases(name: str) -> tuple[str, ...]:
    """The phrases of one list in both scripts, longest first; raises FileNotFoundError when it is not shipped."""
    lines = files("data").joinpath("lexicons", "community", f"{name}.txt").read_text("utf-8").splitlines()
    found = {line.strip() for line in lines if line.strip() and not line.startswith("#")}
    found |= {_traditional().convert(phrase) for phrase in found}
    return tuple(sorted(found, key=lambda p: (-len(p), p)))


@cache
def _traditional() -> OpenCC:
    return OpenCC("s2t")


@cache
def phrases(name: str) -> str:
    """A pattern that finds any phrase of the list anywhere in a text, letters in any case."""
    return "(?i)" + "|".join(re.escape(p) for p in read_phrases(name))


def is_trivial(text: str) -> bool:
    """Whether a text is nothing but 收到, +1 and the like, or has no letter or digit at all (emoji, marks)."""
    bare = "".join(c for c in text if c.isalnum()).lower()
    return not bare or bare in _trivial_words()


@cache
def _trivial_words() -> frozenset[str]:
    return frozenset("".join(c for c in p if c.isalnum()).lower() for p in read_phrases("trivial"))
