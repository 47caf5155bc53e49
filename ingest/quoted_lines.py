"""Bodies of several lines that a text export wraps in double quotes, as LINE does.

In: numbered lines and the pattern of a row whose group `text` (or `rest`) may open a quotation. Out: numbered rows,
a wrapped body joined to its row without the quotes. Example: `join_quoted([(1, '10:00\tA\t"x'), (2, 'y"')], row)`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

MAX_LINES = 2_000
"""A quotation that is not closed within so many lines is a mere quotation mark."""
MAX_ROWS = 30
"""A quotation may hold this many pasted rows; with more, its mark was never meant to span them."""
_MARKS = re.compile(r'"+')


def join_quoted(lines: Iterable[tuple[int, str]], row: re.Pattern[str]) -> Iterator[tuple[int, str]]:
    """Rows and other lines in order; a quotation that never ends is given back line by line."""
    waiting: list[tuple[int, str]] = []
    rows_inside = 0
    for number, line in lines:
        if not waiting:
            if _opens(line, row):
                waiting, rows_inside = [(number, line)], 0
            else:
                yield number, line
            continue
        waiting.append((number, line))
        rows_inside += bool(row.match(line))
        state = _state(line)
        if state == "literal" or rows_inside > MAX_ROWS or len(waiting) > MAX_LINES:
            yield from _reread(waiting, row)
            waiting = []
        elif state == "closed":
            yield waiting[0][0], _unwrapped([text for _, text in waiting], row)
            waiting = []
    yield from _reread(waiting, row)


def _reread(waiting: list[tuple[int, str]], row: re.Pattern[str]) -> Iterator[tuple[int, str]]:
    """The first line as it is; the others may open quotations of their own."""
    if waiting:
        yield waiting[0]
        yield from join_quoted(waiting[1:], row)


def _opens(line: str, row: re.Pattern[str]) -> bool:
    """Whether the text of a row starts with a mark, all further ones in this line being doubled."""
    found = row.match(line)
    body = _body(found) if found else ""
    return body.startswith('"') and _state(body[1:]) == "open"


def _state(line: str) -> str:
    """Of a line inside a quotation: "open", "closed" by a mark at its end, or "literal" by a single mark elsewhere."""
    single = [found.end() for found in _MARKS.finditer(line) if len(found[0]) % 2]
    if not single:
        return "open"
    return "closed" if single == [len(line)] else "literal"


def _body(found: re.Match[str]) -> str:
    """The text of a row; none for system lines, which are never wrapped."""
    groups = found.groupdict()
    if "rest" not in groups:
        return found["text"] if groups.get("name") else ""
    # Without tabs the name of one to four words comes first.
    opening = re.match(r'(?:[^\s"]+ ){1,4}(?=")', found["rest"])
    return found["rest"][opening.end() :] if opening else ""


def _unwrapped(lines: list[str], row: re.Pattern[str]) -> str:
    first = lines[0]
    found = row.match(first)
    start = len(first) - len(_body(found)) if found else 0
    body = "\n".join([first[start + 1 :], *lines[1:]]).removesuffix('"')
    return first[:start] + body.replace('""', '"')
