"""Try every regular expression of the readers and the stages against long runs: none may take quadratic time.

`python tests/patterns.py [--length 12000]` matches each pattern at the beginning of and against the whole of a run of
equal pieces behind its own first letters, at a quarter of the length and at all of it: more than nine times the time for four
times the text, and more than a thirtieth of a second, is a failure. Patterns that code hands to `search` may cost more
than shown here; `tests/fuzz.py --runs` goes through the readers. Prints one JSON and `N passed, M failed`.
"""

from __future__ import annotations

import argparse
import importlib
import json
import pkgutil
import re
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

PACKAGES = ("ingest", "nlp", "community", "nuanqun")
PIECES = [
    *(" ", "a", "1", "[", "<", "(", "@", ":", "-", "/", "\n", "\t", "#", '"', "'", "&", "%", "*", "_"),
    *("“", "「", "回", "：", "—", "一", "\u200b", "http://a", "1.", "a.", "[a", "<a ", " \n", "2024-01-01 ", "- "),
    *("a ", "1 ", "+1", "[1", "(a", "<@", "0:", "[]", "]("),
]
HEADS = re.compile(r"[A-Za-z\u4e00-\u9fff]{2,}|[\[<(@「『“]")
"""Letters of a pattern's own that may have to stand in front of a run before it begins to work."""
LIMIT_SECONDS, LEAST_SECONDS, GROWTH = 0.5, 1 / 30, 9


class _TooLong(Exception):
    pass


def _stop(*_: object) -> None:
    raise _TooLong


def patterns() -> Iterator[tuple[str, re.Pattern[str]]]:
    """Where each distinct text pattern of a module stands, and the pattern."""
    seen = set()
    for package in map(importlib.import_module, PACKAGES):
        for info in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if "migrations" in info.name or info.name.endswith("__main__"):
                continue  # they run when they are imported
            for name, value in vars(importlib.import_module(info.name)).items():
                for one in _inside(value):
                    if isinstance(one, re.Pattern) and isinstance(one.pattern, str) and one not in seen:
                        seen.add(one)
                        yield f"{info.name}.{name}", one


def _inside(value: Any) -> list[Any]:
    """A value, or what a table of values holds."""
    return [*value.values()] if isinstance(value, dict) else [*value] if isinstance(value, list | tuple) else [value]


def seconds(pattern: re.Pattern[str], text: str) -> float:
    """How long the pattern takes for a text; LIMIT_SECONDS where it takes longer."""
    signal.setitimer(signal.ITIMER_REAL, LIMIT_SECONDS)
    start = time.perf_counter()
    try:
        with suppress(_TooLong):
            pattern.match(text)
            pattern.fullmatch(text)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
    return time.perf_counter() - start


def worst(pattern: re.Pattern[str], length: int) -> tuple[float, str] | None:
    """The slowest run that makes the pattern more than linear, and its seconds."""
    found = []
    for head in ["", *HEADS.findall(pattern.pattern)[:6]]:
        for piece in PIECES:
            texts = [head + piece * (size // len(piece)) + "\x01" for size in (length // 4, length)]
            short, long = (seconds(pattern, text) for text in texts)
            if long > LEAST_SECONDS and (long > GROWTH * short or short >= LIMIT_SECONDS):
                found.append((round(long, 3), head + piece))
    return max(found, default=None)


def main() -> None:
    """Try all, report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--length", type=int, default=12_000)
    options = parser.parse_args()
    signal.signal(signal.SIGALRM, _stop)
    tried = [(where, worst(pattern, options.length)) for where, pattern in patterns()]
    bad = [one for one in tried if one[1]]
    print(json.dumps({"patterns": len(tried), "quadratic": bad}, ensure_ascii=False))
    print(f"{len(tried) - len(bad)} passed, {len(bad)} failed")
    sys.exit(bool(bad))


if __name__ == "__main__":
    main()
