"""Who is who across imports: the ids of chats and messages.

In: what an export states. Out: short hex ids that are the same whenever the same thing is imported again.
Example: `chat_id("qq", None, "读书会")`.
"""

from __future__ import annotations

from hashlib import blake2b


def chat_id(platform: str, platform_chat_id: str | None, name: str) -> str:
    """16 hex characters: of platform and the platform's chat id, or the chat's name where there is no id."""
    return _hex(8, platform, "id" if platform_chat_id else "name", platform_chat_id or name)


def platform_message_id(chat: str, platform_id: str) -> str:
    """24 hex characters for a message that has the platform's own id."""
    return _hex(12, chat, "id", platform_id)


class Ordinals:
    """Ids of messages without a platform id: (chat, second, sender, content, ordinal among equals).

    Equal messages lie close together in an export, so only the last hundred thousand or so are remembered:
    memory stays bounded, and a block that was pasted twice far apart counts once. One is shared by all chats of an
    export, however many they are.
    """

    def __init__(self, remembered: int = 60_000) -> None:
        self._remembered = remembered
        self._new: dict[bytes, int] = {}
        self._old: dict[bytes, int] = {}

    def message_id(self, chat: str, second: int, sender: str, content: str) -> str:
        """24 hex characters; the n-th equal message of the same second has its own id."""
        key = _digest(12, chat, str(second), sender, content)
        ordinal = self._count(key)
        return key.hex() if not ordinal else _hex(12, key.hex(), str(ordinal))

    def first_time(self, message_id: str) -> bool:
        """Whether this platform message id was not seen among the remembered ones."""
        return self._count(bytes.fromhex(message_id)) == 0

    def _count(self, key: bytes) -> int:
        """How often `key` was seen before."""
        seen = self._new.get(key)
        if seen is None:
            seen = self._old.get(key, 0)
        if len(self._new) >= self._remembered:
            self._old, self._new = self._new, {}
        self._new[key] = seen + 1
        return seen


def _digest(size: int, *parts: str) -> bytes:
    return blake2b("\0".join(parts).encode("utf-8", "surrogatepass"), digest_size=size).digest()


def _hex(size: int, *parts: str) -> str:
    return _digest(size, *parts).hex()
