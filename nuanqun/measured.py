"""How far the reading of an export is: its files counted in bytes as they are read.

In: a `Source`. Out: the same source, whose streams count, and the count. Example: `source, read = measured(source)`.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from typing import BinaryIO

from ingest.source import Part, Source

PASSES = 2
"""A file is read once for its encoding and once for its records."""


class _Counted(io.RawIOBase):
    """A stream that tells how many bytes were read from it."""

    def __init__(self, stream: BinaryIO, tell: Callable[[int], None]) -> None:
        self._stream = stream
        self._tell = tell

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return self._stream.seekable()

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        return self._stream.seek(offset, whence)

    def tell(self) -> int:
        return self._stream.tell()

    def readinto(self, buffer) -> int:  # noqa: ANN001 - the signature of RawIOBase
        data = self._stream.read(len(buffer))
        buffer[: len(data)] = data
        self._tell(len(data))
        return len(data)

    def close(self) -> None:
        self._stream.close()
        super().close()


def measured(source: Source) -> tuple[Source, Callable[[], int]]:
    """The source with counting streams, and a function that says how many bytes were read, at most twice its size."""
    count = 0

    def tell(more: int) -> None:
        nonlocal count
        count += more

    def counting(part: Part) -> Part:
        return replace(part, open=lambda: io.BufferedReader(_Counted(part.open(), tell), 1 << 16))

    counted = replace(source, parts=tuple(counting(part) for part in source.parts))
    return counted, lambda: min(count, PASSES * source.size)
