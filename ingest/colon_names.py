"""Where the name ends in "name: text" when names may hold ": " themselves, learned from a whole file.

In: the lines of a chat. Out: (name, text). Example: after learning "A: b: 1" and "A: b: 2",
`names.split("A: b: 3") == ("A: b", "3")`.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from ingest.text_lines import strip_invisible

LONGEST = 60
"""Characters of a name; what is longer is text."""


@dataclass
class ColonNames:
    """`learn` every line first; then a name is longer than up to the first ": " if the same words always follow it."""

    seen: Counter[str] = field(default_factory=Counter)
    _next: dict[str, set[str]] = field(default_factory=dict)

    def learn(self, line: str) -> None:
        """Take one line "name: text" into account; lines without ": " teach nothing."""
        name, colon, text = line.partition(": ")
        if not colon or len(name) > LONGEST:
            return
        name = strip_invisible(name).strip()
        self.seen[name] += 1
        follows = self._next.setdefault(name, set())
        if len(follows) < 2:  # two different words settle that neither is part of the name
            follows.add(text.partition(": ")[0] if ": " in text[:LONGEST] else "")

    def split(self, line: str) -> tuple[str, str] | None:
        """(name, text); None where no name stands in front: a lone line, or one whose colon is inside quotes."""
        raw, colon, text = line.partition(": ")
        if not colon and line.rstrip().endswith(":"):
            raw, text = line.rstrip()[:-1], ""
            colon = ":" if strip_invisible(raw).strip() in self.seen else ""
        if not colon or len(raw) > LONGEST:
            return None
        name = strip_invisible(raw).strip()
        if name.count('"') % 2 or name.count("“") != name.count("”") or name.count("«") != name.count("»"):
            return None
        follows = self._next.get(name, set())
        more = next(iter(follows)) if len(follows) == 1 and self.seen[name] > 1 else ""
        if more and text.startswith(f"{more}: "):
            return f"{name}: {more}", text[len(more) + 2 :]
        return name, text
