"""Which message a quote without an id answers: the one earlier message with these words by this name.

In: messages in file order. Out: a message_id, or None where nothing or more than one thing fits.
Example: `recent.add(chat, message, "a1b2"); recent.find(chat, "老周", "几点集合？")`.
"""

from __future__ import annotations

from collections import defaultdict, deque
from dataclasses import dataclass

from ingest.message import Message

WINDOW = 10_000
"""So many messages back a quote is looked for, over all chats of an export."""
KEY = 12
"""Characters of its beginning by which a text is found."""
CUT = ("…", "...")
"""How tools mark that they show only the beginning of what is quoted."""


@dataclass(frozen=True, slots=True)
class _Said:
    text: str
    names: frozenset[str]
    message_id: str


class RecentMessages:
    """The last messages of an export, by the beginning of their text."""

    def __init__(self, window: int = WINDOW) -> None:
        """Remember nothing yet."""
        self._window = window
        self._order: deque[tuple[str, str]] = deque()
        self._said: defaultdict[tuple[str, str], deque[_Said]] = defaultdict(deque)

    def add(self, chat: str, row: Message, message_id: str) -> None:
        """Remember what somebody said; empty texts cannot be quoted."""
        text = row.text.strip()
        if not text:
            return
        key = (chat, text[:KEY])
        names = frozenset(name for name in (row.sender_name, row.sender_card, row.sender_id) if name)
        self._said[key].append(_Said(text, names, message_id))
        self._order.append(key)
        if len(self._order) > self._window:
            oldest = self._order.popleft()
            self._said[oldest].popleft()
            if not self._said[oldest]:
                del self._said[oldest]

    def find(self, chat: str, name: str | None, quoted: str) -> str | None:
        """The id of the one message that is quoted; a name that is given must be one of its sender's."""
        text = quoted.strip()
        start = next((text.removesuffix(mark) for mark in CUT if text.endswith(mark)), "")
        fitting = {
            said.message_id
            for said in self._said.get((chat, text[:KEY]), ())
            if (said.text == text or (len(start) >= KEY and said.text.startswith(start)))
            and (not name or name in said.names)
        }
        return fitting.pop() if len(fitting) == 1 else None
