"""Where an export comes from: a file, a member of an archive, bytes, or an ordered group of files.

In: paths or bytes. Out: `Source`, which formats read by lines, by stream or by part, in bounded memory.
Example: `for number, line in Source.of_path("chat.txt").lines(): ...`.
"""

from __future__ import annotations

import codecs
import io
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from pathlib import Path, PurePath
from typing import BinaryIO

from ingest.encoding import BLOCK, Encoding, detect_encoding
from ingest.settings import IngestSettings

EDGE = 1 << 16
"""Bytes of head and tail that formats sniff."""

_EXTENSIONS = re.compile(
    r"(?:\.(?:log|txt|jsonl?|[ct]sv|xlsx|html?|md|zip|tar|tgz|gz|bz2|xz|mht|sql|weechatlog))+$", re.IGNORECASE
)
_PLAIN_NAMES = re.compile(r"_?(?:chat|result|messages?|export|data|history|log|群聊|聊天记录)[\d_-]*", re.IGNORECASE)


def _no_sibling(_relative: str) -> None:
    """A file that stands alone."""


@dataclass(frozen=True)
class Part:
    """One readable file: `name` is shown and sniffed, `open` gives a fresh binary stream.

    `sibling("../users.json")` gives a file beside it in the same folder or archive, or None.
    """

    name: str
    size: int
    open: Callable[[], BinaryIO] = field(compare=False)
    sibling: Callable[[str], Part | None] = field(default=_no_sibling, compare=False)
    path: str = ""  # full path for messages to people, "archive.zip!member" inside archives
    cut: bool = False  # the archive ends before this member does

    @property
    def on_disk(self) -> bool:
        """Whether it is a file of its own, which another process can open too."""
        return isinstance(self.open, partial) and self.open.func is open


def path_part(path: Path) -> Part:
    """A file on disk as a Part; it can be sent to another process."""
    return Part(path.name, path.stat().st_size, partial(open, path, "rb"), partial(_beside, path.parent), str(path))


def _beside(folder: Path, relative: str) -> Part | None:
    other = folder / relative
    return path_part(other) if other.is_file() else None


@dataclass(eq=False)
class Source:
    """One export of one tool: usually one file, sometimes the ordered pages or day files of one chat.

    Formats use `lines()` (text), `stream()` (UTF-8 bytes without BOM), `open()` (raw bytes) and `pages()`
    (one Source a file). `zone` of the settings places wall-clock times.
    """

    parts: tuple[Part, ...]
    settings: IngestSettings = field(default_factory=IngestSettings)
    title: str = ""  # name of the whole group; the first file's name when empty
    current: str = ""  # name of the file that is being read, for messages and issues
    _broken: int = 0

    @classmethod
    def of_path(cls, path: str | Path, settings: IngestSettings | None = None) -> Source:
        """The file at `path`; raises FileNotFoundError."""
        return cls((path_part(Path(path)),), settings or IngestSettings())

    @classmethod
    def of_bytes(
        cls,
        data: bytes,
        name: str = "export.txt",
        *,
        settings: IngestSettings | None = None,
        siblings: dict[str, bytes] | None = None,
    ) -> Source:
        """Bytes in memory under a file name, with the files beside it."""
        return cls((bytes_part(data, name, siblings),), settings or IngestSettings())

    def with_settings(self, settings: IngestSettings) -> Source:
        """The same files under other settings."""
        return replace(self, settings=settings)

    def beginning(self, size: int) -> Source:
        """The first `size` bytes, held in memory, under the tail of the whole: enough to say what the export is.

        Encoding and line end are those of these bytes. What is no longer comes as it is, and so does what is packed
        (a workbook), of which no beginning can be read.
        """
        if self.size <= size:
            return self
        parts: list[Part] = []
        for part in self.parts:
            left = size - sum(other.size for other in parts)
            if left > 0:
                with part.open() as stream:
                    data = stream.read(left)
                parts.append(replace(part, size=len(data), open=partial(io.BytesIO, data)))
        short, whole = Source(tuple(parts), self.settings, self.title), replace(self)
        if short.encoding.magic == "zip":
            return self
        whole.encoding = short.encoding
        short.tail = whole.tail
        return short

    @property
    def name(self) -> str:
        """File name of the export, or the title of the group."""
        return self.title or self.parts[0].name

    @property
    def chat_name(self) -> str:
        """A chat name from the file name; from its folder or archive where the file name says nothing."""
        folders = PurePath(self.parts[0].path.replace("!", "/")).parts[:-1]
        for name in (self.name, *reversed(folders)):
            stem = _EXTENSIONS.sub("", name)
            if stem.strip("/. ") and not _PLAIN_NAMES.fullmatch(stem):
                return stem
        return self.name

    @property
    def path(self) -> str:
        """Where it lies, for people."""
        first = self.parts[0].path or self.parts[0].name
        return first if len(self.parts) == 1 else f"{first} (+{len(self.parts) - 1})"

    @property
    def size(self) -> int:
        """Bytes of all files together."""
        return sum(part.size for part in self.parts)

    @cached_property
    def encoding(self) -> Encoding:
        """Encoding of the first file, decided on all of its bytes."""
        return detect_encoding(self.parts[0].open)

    @cached_property
    def head(self) -> str:
        """First 64 KiB as text, for sniffing; for a spreadsheet its first rows, tab separated, sheet by sheet."""
        if self.encoding.magic == "zip":
            from ingest.tables import preview_workbook  # a table reader is only needed for spreadsheets

            return preview_workbook(self)
        with self.open() as stream:
            return self._text(stream.read(EDGE))

    @cached_property
    def tail(self) -> str:
        """Last 64 KiB as text, for sniffing."""
        part = self.parts[-1]
        with part.open() as stream:
            # An even offset keeps the two bytes of a UTF-16 unit together.
            stream.seek(max(0, part.size - EDGE) // 4 * 4)
            return self._text(stream.read())

    def _text(self, data: bytes) -> str:
        name = {"binary": "latin-1"}.get(self.encoding.name, self.encoding.name)
        if name == "utf-16" and not data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            with self.open() as stream:
                name = "utf-16-be" if stream.read(2) == codecs.BOM_UTF16_BE else "utf-16-le"
        text = data.decode(name, errors="replace").strip("�").replace("\0", "").lstrip("\ufeff")
        return text.replace("\r", "\n") if self.encoding.newline == "\r" else text

    def open(self) -> BinaryIO:
        """Raw bytes of the first file."""
        self.current = self.parts[0].name
        return self.parts[0].open()

    def text(self, newline: str | None = "") -> io.TextIOWrapper:
        """The first file as a text stream; `newline` as in `open()`."""
        codec = "latin-1" if self.encoding.name == "binary" else self.encoding.name
        return io.TextIOWrapper(self.open(), codec, "replace", newline)

    def stream(self) -> BinaryIO:
        """The first file as UTF-8 bytes without BOM: what a JSON parser wants."""
        if self.encoding.name == "utf-8" and not self.encoding.undecodable:
            return self.open()
        return io.BufferedReader(_Recoded(self.text()), BLOCK)

    def lines(self, *, per_line: bool = False) -> Iterator[tuple[int, str]]:
        """All files line by line: (number from 1 within its file, text without line end).

        Lines end at CRLF or LF only; a bare CR, U+2028 and other breaks stay inside, unless the file knows no
        line feed at all. NUL characters and BOMs at the start are dropped. With `per_line`, a line that is
        not UTF-8 is decoded on its own (old IRC logs mix encodings).
        """
        if len(self.parts) == 1:
            return self._one_file_lines(per_line)
        return (numbered for page in self.pages() for numbered in page._one_file_lines(per_line))

    def _one_file_lines(self, per_line: bool) -> Iterator[tuple[int, str]]:
        if per_line and self.encoding.undecodable:
            found = self._mixed_lines()
        else:
            found = iter(self.text(newline=self.encoding.newline))
        end = self.encoding.newline
        for number, line in enumerate(found, 1):
            line = line.removesuffix(end).removesuffix("\r")
            if number == 1:
                line = line.lstrip("\ufeff")
            yield number, line.replace("\0", "") if "\0" in line else line

    def _mixed_lines(self) -> Iterator[str]:
        legacy = "cp1252" if self.encoding.label == "utf-8" else self.encoding.name
        with self.open() as stream:
            for raw in stream:
                try:
                    yield raw.decode("utf-8")
                except UnicodeDecodeError:
                    yield raw.decode(legacy, errors="replace")

    def pages(self) -> Iterator[Source]:
        """One Source a file, in order; the single one is this Source itself."""
        if len(self.parts) == 1:
            self.current = self.parts[0].name
            yield self
            return
        self._broken = 0
        for part in self.parts:
            self.current = part.name
            page = Source((part,), self.settings)
            yield page
            self._broken += page.encoding.undecodable

    @property
    def undecodable(self) -> int:
        """Places that the encoding does not know, in all files that were read so far."""
        return self.encoding.undecodable if len(self.parts) == 1 else self._broken

    def companion(self, *names: str) -> Source | None:
        """The first existing file among `names`, relative to the export ("users.json", "../users.json")."""
        for name in names:
            part = self.parts[0].sibling(name)
            if part is not None:
                return Source((part,), self.settings)
        return None


def bytes_part(data: bytes, name: str, siblings: dict[str, bytes] | None = None) -> Part:
    """Bytes as a Part; `siblings` are the files beside it by relative name."""

    def sibling(relative: str) -> Part | None:
        other = (siblings or {}).get(relative)
        return None if other is None else bytes_part(other, relative, siblings)

    return Part(name, len(data), lambda: io.BytesIO(data), sibling, name)


class _Recoded(io.RawIOBase):
    """A text stream read as UTF-8 bytes; its BOMs and NULs are dropped."""

    def __init__(self, text: io.TextIOWrapper) -> None:
        self._text = text
        self._left = b""
        self._first = True

    def readable(self) -> bool:
        return True

    def readinto(self, buffer) -> int:  # noqa: ANN001 - the signature of RawIOBase
        while not self._left:
            block = self._text.read(BLOCK // 4)
            if not block:
                return 0
            block = block.lstrip("\ufeff") if self._first else block
            self._first = False
            self._left = block.replace("\0", "").encode("utf-8", errors="replace")
        size = min(len(buffer), len(self._left))
        buffer[:size], self._left = self._left[:size], self._left[size:]
        return size

    def close(self) -> None:
        self._text.close()
        super().close()
