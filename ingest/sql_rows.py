"""Rows of INSERT statements in SQL dumps, without a database.

In: a `Source`. Out: (line, table, {column: value}). Example: `for line, table, row in read_inserts(source): ...`.
String literals may hold line ends and doubled quotes; one statement may insert many rows. Memory: one row.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ingest.errors import ParseIssue
from ingest.source import Source

_INSERT = re.compile(
    r"\s*INSERT\s+(?:OR\s+\w+\s+|IGNORE\s+)?INTO\s+(?P<table>[\w.\"`\[\]]+)\s*\((?P<columns>[^()]*)\)\s*VALUES\s*",
    re.IGNORECASE,
)
_VALUE = re.compile(r"\s*(?:[EN]?'(?P<text>(?:[^']|'')*)'|(?P<bare>[^\s,()']+))\s*(?P<end>[,)])", re.DOTALL)
MAX_ROW = 1 << 26
"""Characters of a literal that is never closed after which the rest is given up."""


def read_inserts(source: Source) -> Iterator[tuple[int, str, dict[str, str | None] | ParseIssue]]:
    """Every inserted row in file order, NULL as None; a `ParseIssue` in place of a row that cannot be read."""
    table, columns = "", []
    pending, start = "", 0
    for number, line in source.lines():
        if not pending:
            start = number
            opening = _INSERT.match(line)
            if opening:
                table, columns = opening["table"].strip('"`[]'), _names(opening["columns"])
                line = line[opening.end() :]
            elif not line.lstrip().startswith("(") or not table:
                continue
        pending = f"{pending}\n{line}" if pending else line
        if line.rstrip().endswith((";", "),", ")")) and pending.count("'") % 2 == 0:
            yield from _rows(pending, start, table, columns)
            table = "" if line.rstrip().endswith(";") else table
            pending = ""
        elif len(pending) > MAX_ROW:
            break
    if pending.strip():
        yield start, table, ParseIssue(start, "truncated_tail", pending[:80])


def _rows(text: str, line: int, table: str, columns: list[str]) -> Iterator[tuple[int, str, dict | ParseIssue]]:
    """The parenthesised rows of a piece of a statement."""
    place, values = text.find("(") + 1, []
    while place > 0 and (found := _VALUE.match(text, place)):
        literal = found["text"]
        bare = found["bare"]
        values.append(literal.replace("''", "'") if literal is not None else None if bare.upper() == "NULL" else bare)
        place = found.end()
        if found["end"] == ")":
            yield line, table, dict(zip(columns, values, strict=False))
            line += text.count("\n", 0, place) if text.find("(", place) > 0 else 0
            place, values = text.find("(", place) + 1, []
    if place > 0:
        yield line, table, ParseIssue(line, "bad_row", text[place : place + 80])


def _names(columns: str) -> list[str]:
    return [name.strip().strip('"`[]').lower() for name in columns.split(",")]
