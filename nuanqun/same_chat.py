"""A chat that one tool knows by its id and another only by its name: the same chat, told apart by its messages.

In: the batches of an import and what the store holds. Out: the stored chat that a new one seems to be, for the receipt;
whoever looks after the workspace decides. Example: `same.take(receipt, rows); same.find(receipt)`.
Only chats of one platform with one name are compared, and only where at most one of the two has an id of the
platform: two ids are two chats. Most of what was written in the time that both cover must be the same, word for word.
"""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from ingest.identity import chat_id
from ingest.message import MESSAGES
from ingest.receipt import Receipt
from nuanqun.parts import read_parts
from nuanqun.store import Store

SAMPLE = 3000
"""Messages of a chat that are compared."""
MIN_EQUAL, MIN_SHARE = 20, 0.7
"""So many equal messages, and so large a share of those of the common time, make it the same chat."""
MINUTE = 60_000
Said = tuple[int, str]
"""(minute since 1970, text)."""


class SameChats:
    """Samples of the new chats of an import that bear the name of a stored one."""

    def __init__(self, store: Store) -> None:
        """Compare with what the store holds."""
        self._store = store
        self._known = store.known_chats()
        self._samples: dict[str, set[Said]] = {}

    def _namesakes(self, receipt: Receipt) -> list[str]:
        """Stored chats of this platform and name, where not both are known by an id."""
        if receipt.chat_id in self._known:
            return []
        by_name = chat_id(receipt.platform, None, receipt.name)
        return [
            other
            for other, facts in self._known.items()
            if (facts["name"], facts["platform"]) == (receipt.name, receipt.platform)
            and by_name in (other, receipt.chat_id)
        ]

    def take(self, receipt: Receipt, rows: pa.Table) -> None:
        """Remember the first messages of a chat that has a namesake."""
        sample = self._samples.get(receipt.chat_id)
        if sample is None:
            if not self._namesakes(receipt):
                return
            sample = self._samples[receipt.chat_id] = set()
        if len(sample) < SAMPLE:
            sample |= _said(rows)

    def find(self, receipt: Receipt) -> tuple[str, float] | None:
        """(chat_id, share of equal messages) of the stored chat that this one seems to be; None where it is another."""
        sample = self._samples.get(receipt.chat_id, set())
        for other in self._namesakes(receipt) if sample else ():
            equal, share = self._overlap(other, sample)
            if equal >= MIN_EQUAL and share >= MIN_SHARE:
                return other, share
        return None

    def _overlap(self, other: str, said: set[Said]) -> tuple[int, float]:
        """How many messages are in both, and their share of the smaller side in the time that both cover."""
        first, last = min(said)[0], max(said)[0]
        stored: set[Said] = set()
        for part in self._store.parts("messages", other):
            rows = read_parts(self._store.workspace, [part], MESSAGES, ["sent_at", "kind", "text"])
            minutes = pc.divide(rows["sent_at"].cast(pa.int64()), MINUTE)
            stored |= _said(rows.filter(pc.and_(pc.greater_equal(minutes, first), pc.less_equal(minutes, last))))
        if not stored:
            return 0, 0.0
        first, last = min(stored)[0], max(stored)[0]
        common = {one for one in said if first <= one[0] <= last}
        equal = len(common & stored)
        return equal, equal / max(1, min(len(common), len(stored)))


def _said(rows: pa.Table) -> set[Said]:
    worded = rows.filter(pc.and_(pc.equal(rows["kind"], "text"), pc.greater(pc.utf8_length(rows["text"]), 1)))
    minutes = pc.divide(worded["sent_at"].cast(pa.int64()), MINUTE)
    return set(zip(minutes.to_pylist(), worded["text"].to_pylist(), strict=True))
