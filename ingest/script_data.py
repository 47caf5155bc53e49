"""Objects of an array inside a page's script, one after the other, however long the script is.

In: a `Source`, a pattern that ends where the array opens, and a decoder of one object. Out: (line, value).
Example: `read_objects(page, re.compile(r"DATA = \\["), decode_json)`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

from ingest.errors import ParseIssue
from ingest.source import Source

BLOCK = 1 << 16
LONGEST = 1 << 24
"""Characters after which an object that never ends is given up."""
Decode = Callable[[str, int], "tuple[Any, int] | None"]
"""(text, place of the opening brace) -> (value, place after it), or None while the object is not whole."""
_JSON = json.JSONDecoder()
_GAP = re.compile(r"[\s,;]*")


def decode_json(text: str, place: int) -> tuple[Any, int] | None:
    """One JSON value."""
    try:
        return _JSON.raw_decode(text, place)
    except ValueError:
        return None


def read_objects(source: Source, opening: re.Pattern[str], decode: Decode) -> Iterator[tuple[int, Any]]:
    """Every object of the first array that `opening` finds; a cut one ends as a `ParseIssue`."""
    with source.text() as stream:
        text, place, line, wanted = "", 0, 1, BLOCK
        opened = False
        while True:
            block = stream.read(wanted)
            text = text[place:] + block.replace("\0", "")
            place = 0
            if not opened:
                found = opening.search(text)
                if found is None:
                    if not block:
                        return
                    # The opening may lie across two blocks.
                    place = max(0, len(text) - 200)
                    line += text.count("\n", 0, place)
                    continue
                opened, place = True, found.end()
                line += text.count("\n", 0, place)
            for start, value, end in _whole(text, place, decode):
                yield line + text.count("\n", place, start), value
                line += text.count("\n", place, end)
                place = end
            rest = _GAP.match(text, place)
            after = rest.end() if rest else place
            if text.startswith("]", after):
                return
            if not block or len(text) - place > LONGEST:
                yield line, ParseIssue(line, "truncated_tail", text[after : after + 80])
                return
            # An object larger than what was read asks for twice as much, so that it is not scanned too often.
            wanted = max(BLOCK, len(text) - place)


def _whole(text: str, place: int, decode: Decode) -> Iterator[tuple[int, Any, int]]:
    """(start, value, end) of the objects that are complete in `text`."""
    while True:
        gap = _GAP.match(text, place)
        start = gap.end() if gap else place
        if not text.startswith("{", start):
            return
        found = decode(text, start)
        if found is None:
            return
        value, place = found
        yield start, value, place
