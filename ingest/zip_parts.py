"""Zip archives: members read in place, dangerous ones refused.

In: the path of a zip. Out: (name, Part) for every safe member, (name, reason) for a refused one.
Example: `for name, part in zip_parts(Path("chat.zip")): ...`.
"""

from __future__ import annotations

import io
import posixpath
import stat
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, cast

from ingest.archive_limits import MAX_MEMBERS, refuse_name, refuse_ratio
from ingest.cut_zip import cut_zip_parts
from ingest.errors import BrokenExport, UnsafeArchive
from ingest.source import Part

DAMAGE = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError, OSError)
"""What reading a damaged zip ends in."""


def is_zip(path: Path) -> bool:
    """Whether the file is a zip of files: not an office document, whatever its extension."""
    with open(path, "rb") as stream:
        if stream.read(4) != b"PK\x03\x04":
            return False
    try:
        with zipfile.ZipFile(path) as archive:
            return "[Content_Types].xml" not in archive.namelist()
    except DAMAGE:
        return True


def zip_parts(path: Path) -> Iterator[tuple[str, Part | str]]:
    """(name, Part) or (name, reason for refusal) for every file in the zip; raises UnsafeArchive for one
    of which nothing is left."""
    try:
        archive = zipfile.ZipFile(path)
    except DAMAGE as error:
        left = list(cut_zip_parts(path))
        if left:
            yield from left
            yield "…", "the end of the archive is missing, and what stood there"
            return
        raise UnsafeArchive(
            f"this zip cannot be read ({error})", path=str(path), hint="It may be cut: copy or download it again."
        ) from error
    members = {member_name(info): info for info in archive.infolist() if not info.is_dir()}
    if len(members) > MAX_MEMBERS:
        raise UnsafeArchive(f"{len(members)} members are more than {MAX_MEMBERS}", path=str(path), hint="Unpack it.")
    for name, info in members.items():
        refusal = _refusal(name, info)
        yield name, refusal or _part(archive, members, name, path)


def member_name(info: zipfile.ZipInfo) -> str:
    """The name of a member; Chinese Windows writes it in GBK without saying so."""
    if info.flag_bits & 0x800:
        return info.filename
    try:
        raw = info.filename.encode("cp437")
    except UnicodeEncodeError:
        return info.filename
    for encoding in ("utf-8", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return info.filename


def _refusal(name: str, info: zipfile.ZipInfo) -> str:
    """Why a member is not read, or an empty string."""
    if stat.S_ISLNK(info.external_attr >> 16):
        return "it is a link"
    if info.flag_bits & 1:
        return "it is encrypted"
    return refuse_name(name) or refuse_ratio(info.file_size, info.compress_size)


def _part(archive: zipfile.ZipFile, members: dict[str, zipfile.ZipInfo], name: str, path: Path) -> Part:
    def sibling(relative: str) -> Part | None:
        other = posixpath.normpath(posixpath.join(posixpath.dirname(name), relative))
        known = other in members and not _refusal(other, members[other])
        return _part(archive, members, other, path) if known else None

    def opened() -> BinaryIO:
        return cast(BinaryIO, io.BufferedReader(_Member(archive, members[name], f"{path}!/{name}")))

    return Part(posixpath.basename(name), members[name].file_size, opened, sibling, f"{path}!/{name}")


class _Member(io.RawIOBase):
    """A member of a zip that tells damage as a BrokenExport instead of the many ways in which zipfile does."""

    def __init__(self, archive: zipfile.ZipFile, info: zipfile.ZipInfo, path: str) -> None:
        self._path = path
        with self._damage():
            self._stream = archive.open(info)

    @contextmanager
    def _damage(self) -> Iterator[None]:
        try:
            yield
        except DAMAGE as error:
            raise BrokenExport(
                f"this member of the zip is damaged ({error})",
                path=self._path,
                hint="It may be cut: copy or download it again.",
            ) from error

    def readable(self) -> bool:
        """Always."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill `buffer`; raises BrokenExport where the member is damaged."""
        view = memoryview(buffer)
        with self._damage():
            block = self._stream.read(len(view))
        view[: len(block)] = block
        return len(block)

    def seekable(self) -> bool:
        """Always; going back reads the member again from its beginning."""
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Move to a place in the unpacked bytes."""
        with self._damage():
            return self._stream.seek(offset, whence)

    def tell(self) -> int:
        """The place in the unpacked bytes."""
        return self._stream.tell()
