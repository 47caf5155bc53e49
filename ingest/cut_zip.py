"""What is left of a zip whose end is missing. The list of members stood there, so they are found one after the other.

In: the path of such a zip. Out: (name, Part) for every member, the last one as far as it goes, (name, reason) for a
refused one. Example: `for name, part in cut_zip_parts(Path("half.zip")): ...`. Source: PKWARE APPNOTE 6.3.10, §4.3.7.
"""

from __future__ import annotations

import io
import posixpath
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, cast

from ingest.archive_limits import MAX_MEMBERS, refuse_name, refuse_ratio
from ingest.source import Part

_HEADER = struct.Struct("<4s5H3I2H")
_MAGIC, _DESCRIPTOR = b"PK\x03\x04", b"PK\x07\x08"
STORED, DEFLATED = 0, 8
ENCRYPTED, SIZE_FOLLOWS, UTF8 = 1, 8, 0x800
BLOCK = 1 << 16


@dataclass(frozen=True, slots=True)
class _Member:
    name: str
    start: int  # of its bytes in the zip
    method: int
    size: int  # unpacked, as far as it goes
    cut: bool
    refusal: str


def cut_zip_parts(path: Path) -> Iterator[tuple[str, Part | str]]:
    """(name, Part) or (name, reason for refusal) for what can be found; nothing for an office document."""
    members = {member.name: member for member in _members(path)}
    if "[Content_Types].xml" in members:
        return
    for name, member in members.items():
        yield name, member.refusal or _part(path, members, name)


def _members(path: Path) -> Iterator[_Member]:
    at, count = 0, 0
    with open(path, "rb") as stream:
        while count < MAX_MEMBERS:
            stream.seek(at)
            head = stream.read(_HEADER.size)
            if len(head) < _HEADER.size or not head.startswith(_MAGIC):
                return
            _, _, flags, method, *_, packed, _, length, extra = _HEADER.unpack(head)
            raw, start = stream.read(length), at + _HEADER.size + length + extra
            name = raw.decode("utf-8" if flags & UTF8 else "gb18030", "replace")
            if flags & ENCRYPTED or method not in (STORED, DEFLATED) or (method == STORED and flags & SIZE_FOLLOWS):
                return  # without its length, nothing behind it can be found
            limit = None if flags & SIZE_FOLLOWS else packed
            size, used, whole = _measure(stream, start, method, limit)
            refusal = refuse_name(name) or refuse_ratio(size, used)
            if not name.endswith("/"):
                yield _Member(name, start, method, size, not whole, refusal)
            if not whole:
                return
            at, count = start + used, count + 1
            if flags & SIZE_FOLLOWS:
                stream.seek(at)
                at += 16 if stream.read(4) == _DESCRIPTOR else 12


def _measure(stream: BinaryIO, start: int, method: int, limit: int | None) -> tuple[int, int, bool]:
    """(unpacked bytes, packed bytes, whether it is whole) of a member."""
    if method == STORED:
        there = min(limit or 0, max(0, stream.seek(0, io.SEEK_END) - start))
        return there, there, there == limit
    stream.seek(start)
    inflater, size, used = zlib.decompressobj(-15), 0, 0
    try:
        while not inflater.eof and (block := stream.read(BLOCK)):
            used += len(block)
            while block and not inflater.eof:
                size += len(inflater.decompress(block, BLOCK))
                block = inflater.unconsumed_tail
            if refuse_ratio(size, used):
                break
    except zlib.error:
        return size, used, False
    return size, used - len(inflater.unused_data), inflater.eof


def _part(path: Path, members: dict[str, _Member], name: str) -> Part:
    member = members[name]

    def sibling(relative: str) -> Part | None:
        other = posixpath.normpath(posixpath.join(posixpath.dirname(name), relative))
        return _part(path, members, other) if other in members and not members[other].refusal else None

    def opened() -> BinaryIO:
        return cast(BinaryIO, io.BufferedReader(_Unpacked(path, member)))

    return Part(posixpath.basename(name), member.size, opened, sibling, f"{path}!/{name}", cut=member.cut)


class _Unpacked(io.RawIOBase):
    """The unpacked bytes of a member up to where it is cut; going back reads it again from its beginning."""

    def __init__(self, path: Path, member: _Member) -> None:
        self._member, self._file = member, open(path, "rb")
        self._restart()

    def _restart(self) -> None:
        self._file.seek(self._member.start)
        self._inflater, self._waiting, self._at = zlib.decompressobj(-15), b"", 0

    def readable(self) -> bool:
        """Always."""
        return True

    def seekable(self) -> bool:
        """Always."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill `buffer` with the next bytes."""
        view = memoryview(buffer)[: max(0, self._member.size - self._at)]
        block = self._file.read(len(view)) if self._member.method == STORED else self._inflate(len(view))
        view[: len(block)] = block
        self._at += len(block)
        return len(block)

    def _inflate(self, size: int) -> bytes:
        found = b""
        while size and not found and not self._inflater.eof:
            packed = self._waiting or self._file.read(BLOCK)
            if not packed:
                break
            try:
                found = self._inflater.decompress(packed, size)
            except zlib.error:
                break
            self._waiting = self._inflater.unconsumed_tail
        return found

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Move to a place in the unpacked bytes."""
        goal = max(0, offset + {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._member.size}[whence])
        if goal < self._at:
            self._restart()
        while self._at < goal and self.read(min(BLOCK, goal - self._at)):
            pass
        return self._at

    def tell(self) -> int:
        """The place in the unpacked bytes."""
        return self._at

    def close(self) -> None:
        """Close the zip, too."""
        self._file.close()
        super().close()
