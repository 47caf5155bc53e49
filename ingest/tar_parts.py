"""Tar archives, plain or compressed (gz, bz2, xz): members read in place, dangerous ones refused.

In: the path of a tar. Out: (name, Part) for every safe member, (name, reason) for a refused one.
Example: `for name, part in tar_parts(Path("export.tar.gz")): ...`. A compressed tar is unpacked once, into a nameless
temporary file, because it cannot be read from the middle. One that was cut gives what is there of its last member.
"""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import posixpath
import tarfile
import tempfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO, cast

from ingest.archive_limits import MAX_MEMBERS, refuse_name, refuse_ratio
from ingest.errors import UnsafeArchive
from ingest.source import Part

PACKERS: tuple[tuple[bytes, Callable[..., Any]], ...] = (
    (b"\x1f\x8b", gzip.open),
    (b"BZh", bz2.open),
    (b"\xfd7zXZ\0", lzma.open),
)
BLOCK = 1 << 20
DAMAGE = (EOFError, OSError, zlib.error, lzma.LZMAError, ValueError)
"""What unpacking a damaged or cut stream ends in."""


def is_tar(path: Path) -> bool:
    """Whether the file, unpacked where it is packed, starts with a tar header."""
    try:
        with _opened(path) as stream:
            tarfile.TarInfo.frombuf(stream.read(tarfile.BLOCKSIZE), "utf-8", "surrogateescape")
            return True
    except (tarfile.HeaderError, *DAMAGE):
        return False


def tar_parts(path: Path) -> Iterator[tuple[str, Part | str]]:
    """(name, Part) or (name, reason for refusal) for every file in the tar; raises UnsafeArchive for a bomb."""
    whole = _unpacked(path)
    members = {info.name: info for info in _members(whole, path) if not info.isdir()}
    for name, info in members.items():
        yield name, _refusal(info) or _part(whole, members, name, path)


def _opened(path: Path) -> BinaryIO:
    """The tar stream itself."""
    with open(path, "rb") as stream:
        head = stream.read(6)
    packer = next((opener for magic, opener in PACKERS if head.startswith(magic)), open)
    return cast(BinaryIO, packer(path, "rb"))


def _unpacked(path: Path) -> Callable[[], BinaryIO]:
    """An opener of the plain tar: the file itself, or a temporary copy that goes when nobody reads it any more."""
    with open(path, "rb") as stream:
        if not stream.read(6).startswith(tuple(magic for magic, _ in PACKERS)):
            return lambda: open(path, "rb")
    copy, size, packed, reason = tempfile.TemporaryFile(), 0, path.stat().st_size, ""
    try:
        with _opened(path) as stream:
            # read() would lose what comes before a cut.
            while not reason and (block := cast(Any, stream).read1(BLOCK)):
                size += len(block)
                reason = refuse_ratio(size, packed)
                copy.write(block)
    except DAMAGE:
        pass  # cut: what came out so far is read, and the last member is known to be cut
    if reason:
        copy.close()
        raise UnsafeArchive(reason, path=str(path), hint="Unpack it by hand if you know what it is.")
    copy.flush()
    return lambda: cast(BinaryIO, io.BufferedReader(_Window(copy, 0, size)))


def _members(whole: Callable[[], BinaryIO], path: Path) -> Iterator[tarfile.TarInfo]:
    try:
        with whole() as stream, tarfile.open(fileobj=cast(Any, _Headers(stream)), mode="r:") as archive:
            for count, info in enumerate(archive):
                if count >= MAX_MEMBERS:
                    raise UnsafeArchive(f"more than {MAX_MEMBERS} members", path=str(path), hint="Unpack it.")
                yield info
    except tarfile.TarError:
        return  # the rest of a cut archive


def _refusal(info: tarfile.TarInfo) -> str:
    """Why a member is not read, or an empty string."""
    if info.issym() or info.islnk():
        return "it is a link"
    if not info.isreg() or info.issparse():
        return "it is no ordinary file"
    return refuse_name(info.name)


def _part(whole: Callable[[], BinaryIO], members: dict[str, tarfile.TarInfo], name: str, path: Path) -> Part:
    info = members[name]
    with whole() as stream:
        there = max(0, min(info.size, stream.seek(0, io.SEEK_END) - info.offset_data))

    def sibling(relative: str) -> Part | None:
        other = posixpath.normpath(posixpath.join(posixpath.dirname(name), relative))
        known = other in members and not _refusal(members[other])
        return _part(whole, members, other, path) if known else None

    def opened() -> BinaryIO:
        return cast(BinaryIO, io.BufferedReader(_Window(whole(), info.offset_data, there)))

    return Part(posixpath.basename(name), there, opened, sibling, f"{path}!/{name}", cut=there < info.size)


class _Headers:
    """The tar as tarfile may see it: headers, but none that claims to be megabytes long."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream, self.seek, self.tell = stream, stream.seek, stream.tell

    def read(self, size: int) -> bytes:
        """Read a header; raises tarfile.ReadError for a monster."""
        if size > BLOCK:
            raise tarfile.ReadError("a header of this size is none")
        return self._stream.read(size)


class _Window(io.RawIOBase):
    """Some bytes of a file as a file of its own; several windows may look into one."""

    def __init__(self, whole: BinaryIO, start: int, size: int) -> None:
        self._whole, self._start, self._size, self._at = whole, start, size, 0

    def readable(self) -> bool:
        """Always."""
        return True

    def seekable(self) -> bool:
        """Always."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill `buffer` from the place this window has reached."""
        view = memoryview(buffer)[: max(0, self._size - self._at)]
        self._whole.seek(self._start + self._at)
        block = self._whole.read(len(view))
        view[: len(block)] = block
        self._at += len(block)
        return len(block)

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Move to a place in the window."""
        self._at = max(0, offset + {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence])
        return self._at

    def tell(self) -> int:
        """The place in the window."""
        return self._at
