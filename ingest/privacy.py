"""What the admin does not want stored, taken out of messages before they become rows.

In: `Message`s and the settings `mask` and `pseudonym_salt`. Out: the same messages without phone numbers, or with
pseudonyms for members. Example: `Privacy(IngestSettings(mask=("phone",))).mask(message)`.
Pseudonyms are keyed hashes (BLAKE2b, RFC 7693): the same person under the same salt is always the same member, and
nobody without the salt gets back to the name. A name that somebody writes into a text without an @ stays there.
"""

from __future__ import annotations

from functools import lru_cache
from hashlib import blake2b

from ingest.message import Message
from ingest.redact import mask
from ingest.settings import IngestSettings
from ingest.text_parts import find_mentions

_NOBODY = frozenset({"", "?", "@all", "你", "您", "You", "you"})
"""Words in the place of a name that are no name."""


class Privacy:
    """Hides what the settings name."""

    def __init__(self, settings: IngestSettings) -> None:
        self._kinds = frozenset(settings.mask)
        self._salt = settings.pseudonym_salt

    def mask(self, row: Message) -> None:
        """Mask texts in place; without the setting they stay as they are."""
        if self._kinds:
            row.text = mask(row.text, self._kinds)
            row.quoted_text = mask(row.quoted_text, self._kinds) if row.quoted_text else row.quoted_text

    def rename(self, row: Message) -> None:
        """Put pseudonyms in place of members; without a salt they keep their names."""
        if not self._salt:
            return
        mentions = row.mentions or find_mentions(row.text)
        row.text = self._without(row.text, mentions, "@")
        if row.event is not None:
            row.text = self._without(row.text, row.actor_ids + row.target_ids, "")
        row.sender_id, row.sender_name = self._name(row.sender_id), self._name(row.sender_name)
        row.sender_card, row.quoted_name = self._name(row.sender_card), self._name(row.quoted_name)
        row.mentions = [self._known(name) for name in mentions]
        row.actor_ids = [self._known(name) for name in row.actor_ids]
        row.target_ids = [self._known(name) for name in row.target_ids]

    def _without(self, text: str, names: list[str], before: str) -> str:
        """`text` with the pseudonym for each name, longest first: 小王 is part of 小王子."""
        for name in sorted(set(names) - _NOBODY, key=len, reverse=True):
            text = text.replace(before + name, before + self._known(name))
        return text

    def _name(self, name: str | None) -> str | None:
        return self._known(name) if name else name

    def _known(self, name: str) -> str:
        return name if name in _NOBODY else pseudonym(name, self._salt)


@lru_cache(maxsize=1 << 16)
def pseudonym(name: str, salt: str) -> str:
    """`m-` and 10 hex digits for an id or a name under a salt."""
    key = blake2b(salt.encode(), digest_size=32).digest()
    return "m-" + blake2b(name.encode("utf-8", "surrogatepass"), key=key, digest_size=5).hexdigest()
