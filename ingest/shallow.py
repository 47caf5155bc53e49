"""A stream of JSON that refuses depth: readers keep the path of every value, so that a few kilobytes of brackets
would take gigabytes.

In: a binary stream of UTF-8. Out: the same bytes. Example: `ijson.items(Shallow(stream, path), "messages.item")`.
"""

from __future__ import annotations

import re
from typing import BinaryIO

from ingest.errors import BrokenExport

DEEPEST = 200
"""Arrays and objects inside each other; exports have less than ten, forwarded chats a few more a turn."""
_ESCAPE = re.compile(rb'\\["\\]')
_STRING = re.compile(rb'"[^"]*"')
_OTHERS = bytes(set(range(256)) - set(b'"[]{}'))


class Shallow:
    """Passes bytes on and raises BrokenExport before a value is nested more than DEEPEST deep."""

    def __init__(self, stream: BinaryIO, path: str = "") -> None:
        self._stream = stream
        self._path = path
        self._depth = 0
        self._inside = False  # a string went on past the last block
        self._escape = b""  # a backslash whose second half is still to come

    def read(self, size: int = -1) -> bytes:
        """The next bytes."""
        block = self._stream.read(size)
        if block:
            self._measure(block)
        return block

    def _measure(self, block: bytes) -> None:
        """Count what is open after a block; pairs vanish from the inside out, one level a turn."""
        brackets = self._brackets(block)
        for _ in range(DEEPEST):
            fewer = brackets.replace(b"[]", b"").replace(b"{}", b"")
            if len(fewer) == len(brackets):
                break
            brackets = fewer
        else:
            self._refuse()
        opened = brackets.count(b"[") + brackets.count(b"{")
        self._depth = max(0, self._depth - (len(brackets) - opened)) + opened
        if self._depth > DEEPEST:
            self._refuse()

    def _brackets(self, block: bytes) -> bytes:
        """The brackets of a block that stand outside of strings."""
        block = self._escape + block
        self._escape = b""
        if (len(block) - len(block.rstrip(b"\\"))) % 2:
            block, self._escape = block[:-1], b"\\"
        if b'\\"' in block:  # only then can a quote be none
            block = _ESCAPE.sub(b"", block)
        kept = (b'"' if self._inside else b"") + block.translate(None, _OTHERS)
        kept = _STRING.sub(b"", kept.replace(b'""', b""))  # most strings hold nothing of interest, nor what parts two
        before, quote, _ = kept.partition(b'"')
        self._inside = bool(quote)
        return before

    def _refuse(self) -> None:
        raise BrokenExport(
            f"its values are nested more than {DEEPEST} deep, which no chat export does",
            path=self._path,
            hint="It may be damaged or made to hurt; export the chat again.",
        )
