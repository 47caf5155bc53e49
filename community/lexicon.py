"""Small word lists of the community stage, as regular expressions.

In: `data/lexicons/community/<name>.txt` (one phrase a line, `#` comments). Out: one RE2 pattern a list.
Example: `pc.match_substring_regex(texts, phrases("organise"))`.
"""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files


@cache
def read_phrases(name: str) -> tuple[str, ...]:
    """The phrases of one list, longest first; raises FileNotFoundError when the list is not shipped."""
    lines = files("data").joinpath("lexicons", "community", f"{name}.txt").read_text("utf-8").splitlines()
    found = {line.strip() for line in lines if line.strip() and not line.startswith("#")}
    return tuple(sorted(found, key=lambda p: (-len(p), p)))


@cache
def phrases(name: str) -> str:
    """A pattern that finds any phrase of the list anywhere in a text, letters in any case."""
    return "(?i)" + "|".join(re.escape(p) for p in read_phrases(name))


@cache
def whole(name: str) -> str:
    """A pattern that a text matches when it is nothing but a phrase of the list (marks and spaces aside)."""
    alternatives = "|".join(re.escape(p) for p in read_phrases(name))
    return rf"(?i)^[\s\pP\pS]*(?:{alternatives}|[\pP\pS\s\pM]*)[\s\pP\pS]*$"
