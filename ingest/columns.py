"""Tables whose header nobody knows: a person says once which column is what, and the same header is read so again.

In: a header and a choice, `{"time": "When", "sender": "Who", "text": "What"}`. Out: the hash under which the choice is
kept, and suggestions from the cells. Example: `preview(source)` for a form, `header_hash(preview.header)` as its key.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from itertools import islice

from ingest.clock import read_datetime
from ingest.errors import IngestError, UnknownFormat
from ingest.json_stream import read_items, read_json_lines
from ingest.source import Source
from ingest.tables import ALIASES, HEADER_ROWS, map_header, read_csv, read_sheets
from ingest.text_lines import strip_invisible

Choice = Mapping[str, str]
"""Meaning (a key of ALIASES) -> name of the column."""
SHOWN_ROWS = 5


@dataclass(frozen=True, slots=True)
class Preview:
    """What a person needs to choose: header, first rows, and what the cells suggest."""

    header: list[str]
    rows: list[list[str]]
    suggested: dict[str, str]


def header_hash(header: Sequence[str]) -> str:
    """16 hex characters of the column names, whatever their case and the spaces around them."""
    return blake2b("\0".join(_plain(cell) for cell in header).encode("utf-8", "replace"), digest_size=8).hexdigest()


def _plain(cell: str) -> str:
    return strip_invisible(cell).strip().strip('"').lower()


def check_choice(header: Sequence[str], choice: Choice) -> dict[str, str]:
    """The choice, if it names columns of the header and at least time, text and sender; else raises UnknownFormat."""
    known = {_plain(cell): cell for cell in header}
    strange = [name for name in choice.values() if _plain(name) not in known]
    wrong = [meaning for meaning in choice if meaning not in ALIASES]
    if strange or wrong or not complete(choice):
        raise UnknownFormat(
            f"these columns cannot be read as chosen: {', '.join(strange + wrong) or 'time, sender, text'}",
            hint=f"The table has {', '.join(filter(None, header))}; meanings are {', '.join(ALIASES)}.",
        )
    return {meaning: known[_plain(name)] for meaning, name in choice.items()}


def complete(columns: Mapping[str, object]) -> bool:
    """Whether time, text and a sender are among the meanings."""
    timed = "time" in columns or "date" in columns
    return timed and "text" in columns and ("sender" in columns or "sender_id" in columns)


def map_columns(cells: Sequence[str], choices: Mapping[str, Choice]) -> dict[str, int]:
    """Column index by meaning: as chosen for this header, else by the names that are known."""
    choice = choices.get(header_hash(cells)) if choices else None
    if choice is None:
        return map_header(cells)
    places = {_plain(cell): index for index, cell in reversed(list(enumerate(cells)))}
    return {meaning: places[_plain(name)] for meaning, name in choice.items() if _plain(name) in places}


def is_chosen(source: Source) -> bool:
    """Whether one of the first rows is a header for which somebody chose."""
    choices = source.settings.columns
    return bool(choices) and any(header_hash(row) in choices for row in _first_rows(source))


def preview(source: Source) -> Preview:
    """Header and rows of a table; raises UnknownFormat for what is none."""
    rows = list(_first_rows(source))
    width = max(map(len, rows), default=0)
    start = next(
        (n for n, row in enumerate(rows) if width > 1 and len(row) == width and all(map(str.strip, row))), None
    )
    if start is None or len(rows) < start + 2:
        raise UnknownFormat("this is no table with a header", path=source.path, hint="Expected a row of column names.")
    header, below = rows[start], rows[start + 1 :]
    return Preview(header, below[:SHOWN_ROWS], _suggest(header, below))


def _suggest(header: list[str], rows: list[list[str]]) -> dict[str, str]:
    """By known names, then by the cells: times, the longest texts, names that come again."""
    found = {meaning: header[index] for meaning, index in map_header(header).items()}
    columns = {name: [row[n].strip() for row in rows if n < len(row)] for n, name in enumerate(header)}
    free = [name for name in header if name not in found.values()]
    times = [name for name in free if columns[name] and all(map(_is_time, columns[name]))]
    if times and not {"time", "date"} & set(found):
        found["time"] = times[0]
    words = [name for name in free if name not in found.values() and not all(map(_is_time, columns[name]))]
    words.sort(key=lambda name: -sum(map(len, columns[name])))
    if words and "text" not in found:
        found["text"] = words.pop(0)
    if words and not {"sender", "sender_id"} & set(found):
        found["sender"] = min(words, key=lambda name: len(set(columns[name])) / max(1, len(columns[name])))
    return found


def _is_time(cell: str) -> bool:
    return bool(re.search(r"\d[\d:/.年-]{4,}", cell)) and read_datetime(cell) is not None


def _first_rows(source: Source) -> Iterator[list[str]]:
    """The first rows; of JSON the names of the first object, then the values."""
    try:
        yield from islice(_rows(source), HEADER_ROWS)
    except (IngestError, ValueError, KeyError):  # no table at all
        return


def _rows(source: Source) -> Iterator[list[str]]:
    top = source.head.lstrip("\ufeff \n\r")
    if source.encoding.magic == "zip":
        yield from (cells for _, rows in read_sheets(source) for _, cells in rows)
    elif top.startswith(("{", "[")):
        items = read_items(source, "item") if top.startswith("[") else (item for _, item in read_json_lines(source))
        for number, item in enumerate(item for item in items if isinstance(item, dict)):
            if not number:
                yield [str(key) for key in item]
            yield [value if isinstance(value, str) else json.dumps(value) for value in item.values()]
    elif source.encoding.name != "binary":
        yield from (cells for _, cells in read_csv(source))
