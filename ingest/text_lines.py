"""Records of text logs: a header line in one dialect, everything else is body.

In: numbered lines of a `Source`. Out: `TextRecord`s. Example:
`for record in split_records(source.lines(), header): record.header["name"], record.body`.
The dialect of the header is chosen once from the whole file, so that a pasted line in another one stays text.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

D = TypeVar("D")

INVISIBLE = "\ufeff\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
"""Characters that surround headers and names unseen (ZWJ is not among them: it joins emoji)."""
_INVISIBLE = re.compile(f"[{INVISIBLE}]")


@dataclass(slots=True)
class TextRecord:
    """One header match with the body lines that follow; `header` is None for lines before the first header."""

    line: int
    header: re.Match[str] | None
    lines: list[str] = field(default_factory=list)

    @property
    def body(self) -> str:
        """The body as text, without the empty lines that only separate records."""
        return "\n".join(self.lines).rstrip("\n")


def strip_invisible(text: str) -> str:
    """Remove direction marks, BOMs and zero-width spaces; for headers and names, never for bodies."""
    return _INVISIBLE.sub("", text) if not text.isascii() else text


def line_share(text: str, header: re.Pattern[str], lines: int = 400) -> float:
    """Which share of the first non-empty lines of `text` match `header`, 0..1; for sniffing line logs."""
    found = [line for line in text.split("\n", lines + 1)[:lines] if line.strip()]
    return sum(bool(header.match(line.removesuffix("\r"))) for line in found) / max(1, len(found))


def lock_dialect(lines: Iterable[tuple[int, str]], dialects: Sequence[tuple[D, re.Pattern[str]]]) -> D | None:
    """The dialect whose header matches most lines of the file (the earlier one on a tie); None when none matches."""
    counts: Counter[int] = Counter()
    for _, line in lines:
        for index, (_, header) in enumerate(dialects):
            if header.match(line):
                counts[index] += 1
    return dialects[min(counts, key=lambda index: (-counts[index], index))][0] if counts else None


def split_records(
    lines: Iterable[tuple[int, str]],
    header: re.Pattern[str] | Callable[[str], re.Match[str] | None],
    *,
    after_blank: bool = False,
) -> Iterator[TextRecord]:
    """Cut numbered lines at those that match `header` (a pattern, from the line's start, or a function).

    With `after_blank` a header counts only at the start of the file or after an empty line, which keeps
    pasted headers inside bodies.
    """
    match = header.match if isinstance(header, re.Pattern) else header
    record, blank = TextRecord(0, None), True
    for number, line in lines:
        found = match(line) if blank or not after_blank else None
        if found:
            if record.header or record.lines:
                yield record
            record = TextRecord(number, found)
        else:
            if not record.line:
                record.line = number
            record.lines.append(line)
        blank = after_blank and not line.strip()
    if record.header or record.lines:
        yield record
