"""Who speaks in a text whose rows separate name and message by the same space that names contain.

In: the rows of a whole file. Out: `LineNames`, which splits a row. Example:
`names.split("夜 猫 早") == ("夜 猫", "早")`, and a system line gives ("", line).
Two members whose names begin with the same word cannot be told apart: the word alone is their name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from ingest.system_lines import read_system

MAX_WORDS = 4
"""Words of the longest name that is learned."""
MIN_ROWS = 3
"""Rows from which words that always follow the first one belong to the name."""
_SYSTEM = frozenset({"join", "leave", "invite", "kick", "scan_qr", "recall", "rename", "nudge", "role_change"})
_TAIL = re.compile(
    r"(?:(?:has )?(?:joined|left) the (?:group|chat)\.?|unsent a message\.?|(?:invited|added|removed) .+ the group\.?"
    r"|已?(?:收回了?訊息|撤回了?一条消息)|已?(?:加入|退出)了?(?:群組|群组|群聊|聊天)"
    r"|メッセージの送信を取り消しました。?|グループ(?:に参加|を退会)しました。?)"
)
"""What a system line says after the name, where nothing else marks it."""


@dataclass(frozen=True, slots=True)
class LineNames:
    """Names that speak more than once, by their first word."""

    names: dict[str, str] = field(default_factory=dict)

    def split(self, row: str) -> tuple[str, str]:
        """(name, text) of a row; ("", row) when it is a system line."""
        first, _, text = row.partition(" ")
        name = self.names.get(first)
        if name is None:
            return ("", row) if read_system(row).event in _SYSTEM else (first, text)
        if not row.startswith(name + " "):
            name = first
        text = row[len(name) + 1 :]
        return ("", row) if _TAIL.fullmatch(text.strip()) else (name, text)


def learn_names(header: re.Pattern[str], rows: Iterable[tuple[int, str]]) -> LineNames:
    """Take as a name the words that begin every row with the same first word, at least one word left for the text."""
    common: dict[str, list[str]] = {}
    counts: dict[str, int] = {}
    for _, line in rows:
        found = header.match(line)
        words = found["rest"].split("\n", 1)[0].split(" ") if found else []
        if len(words) < 2 or words[0][:1] in ("", '"', "“"):
            continue
        opening = words[:-1][:MAX_WORDS]
        counts[words[0]] = counts.get(words[0], 0) + 1
        shared = common.setdefault(words[0], opening)
        same = next((i for i, (a, b) in enumerate(zip(shared, opening, strict=False)) if a != b), None)
        common[words[0]] = shared[: len(opening) if same is None else same]
    several = {first: words for first, words in common.items() if counts[first] >= 2}
    return LineNames(
        {first: " ".join(words) if counts[first] >= MIN_ROWS else first for first, words in several.items()}
    )
