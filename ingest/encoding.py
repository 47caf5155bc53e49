"""Which encoding and line end a file has, decided on the whole file.

In: an opener of a binary stream. Out: `Encoding`. Example: `detect_encoding(lambda: open(path, "rb")).name`.
UTF-8 is tried first on every byte; only a file that is not UTF-8 costs a closer look at a sample.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

BLOCK = 1 << 20
SAMPLE = 4 << 20

BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
MAGIC = (
    (b"PK\x03\x04", "zip"), (b"\x89PNG", "png"), (b"\xff\xd8\xff", "jpeg"), (b"GIF8", "gif"), (b"%PDF", "pdf"),
    (b"\x1f\x8b", "gzip"), (b"SQLite format 3", "sqlite"), (b"Rar!", "rar"), (b"7z\xbc\xaf", "7z"),
    (b"\xd0\xcf\x11\xe0", "ole"),
)  # fmt: skip
# The most frequent characters of each script: a wrong decoding hits them only by accident.
FREQUENT = {
    "gb18030": "的一是不了我有人在这个他们来到大时说要就你会和可好也没吗吧呢啊哈",
    "big5hkscs": "的一是不了我有人在這個他們來到大時說要就你會和可好也沒嗎吧呢啊哈",
    "cp932": "のにはをたがでてとしれさあいうなますよねっ、。",
    "cp949": "이다는의가을에하고지를은도사람요네아니어나",
}


@dataclass(frozen=True, slots=True)
class Encoding:
    """How a file is written: codec name, line end, and how many bytes or sequences the codec cannot read."""

    name: str  # a Python codec, or "binary"
    newline: str  # "\n" (also for CRLF) or "\r" when the file has no line feed at all
    undecodable: int = 0
    magic: str = ""  # zip, png, ... for binary files

    @property
    def label(self) -> str:
        """The name people know: utf-8 without its BOM variant, gb18030, big5, binary."""
        return {"utf-8-sig": "utf-8", "big5hkscs": "big5", "cp932": "shift_jis"}.get(self.name, self.name)


def detect_encoding(opener: Callable[[], BinaryIO]) -> Encoding:
    """Read the stream once (twice when it is not UTF-8) and return its `Encoding`. Memory: a few MB."""
    with opener() as stream:
        head = stream.read(1 << 16)
    for magic, kind in MAGIC:
        if head.startswith(magic):
            return Encoding("binary", "\n", magic=kind)
    if head[257:262] == b"ustar":
        return Encoding("binary", "\n", magic="tar")
    for bom, name in BOMS:
        if head.startswith(bom):
            return _measure(opener, name)
    wide = _utf16_without_bom(head)
    if wide:
        return _measure(opener, wide)
    if b"\0" in head and _binary_share(head) > 0.1:
        return Encoding("binary", "\n", magic="unknown")
    strict = _measure(opener, "utf-8")
    if not strict.undecodable:
        return strict
    return _measure(opener, _best_legacy(_sample(opener), strict.undecodable))


def decode_errors_counted(blocks: Iterator[bytes], name: str) -> Iterator[tuple[str, int]]:
    """Decode blocks; yields (text, undecodable sequences in it). A sequence cut by the end of file is no error."""
    decoder = codecs.getincrementaldecoder(name)(errors="strict")
    for block in blocks:
        state = decoder.getstate()
        try:
            yield decoder.decode(block), 0
        except UnicodeDecodeError:
            loose = codecs.getincrementaldecoder(name)(errors="replace")
            loose.setstate(state)
            text = loose.decode(block)
            yield text, text.count("�")
            decoder.setstate(loose.getstate())


def _measure(opener: Callable[[], BinaryIO], name: str) -> Encoding:
    """Decode everything as `name`, counting what cannot be read and looking for line feeds."""
    broken, line_feed, carriage = 0, False, False
    with opener() as stream:
        for text, errors in decode_errors_counted(iter(lambda: stream.read(BLOCK), b""), name):
            broken += errors
            line_feed = line_feed or "\n" in text
            carriage = carriage or "\r" in text
    return Encoding(name, "\r" if carriage and not line_feed else "\n", broken)


def _utf16_without_bom(head: bytes) -> str:
    """UTF-16 betrays itself by zero bytes on one side only: line ends, digits and spaces are ASCII."""
    pairs = len(head) // 2
    if pairs < 8:
        return ""
    low, high = head[1 : pairs * 2 : 2].count(0), head[0 : pairs * 2 : 2].count(0)
    if low > 0.05 * pairs and high < 0.1 * low:
        name = "utf-16-le"
    elif high > 0.05 * pairs and low < 0.1 * high:
        name = "utf-16-be"
    else:
        return ""
    text = head[: pairs * 2].decode(name, errors="replace")
    return name if _binary_share(text.encode("utf-8", errors="replace")) < 0.02 else ""


def _binary_share(head: bytes) -> float:
    """Share of control bytes that no text has."""
    return len(re.findall(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]", head)) / max(1, len(head))


def _sample(opener: Callable[[], BinaryIO]) -> bytes:
    """Up to 4 MB of the lines that hold non-ASCII bytes, from the whole file."""
    found, size = [], 0
    with opener() as stream:
        for block in iter(lambda: stream.read(BLOCK), b""):
            lines = [line for line in block.splitlines(keepends=True) if not line.isascii()]
            found += lines
            size += sum(map(len, lines))
            if size >= SAMPLE:
                break
    return b"".join(found)[:SAMPLE]


def _best_legacy(sample: bytes, utf8_errors: int) -> str:
    """The codec under which the sample looks most like writing; UTF-8 where only a few places are broken."""
    utf8 = sample.decode("utf-8", errors="replace")
    wide = len(re.findall(r"[^\x00-\x7f�]", utf8))
    if utf8.count("�") < 0.3 * (wide + utf8.count("�")) or (wide and utf8_errors <= 1):
        return "utf-8"
    scores = {name: _likeness(sample, name, common) for name, common in FREQUENT.items()}
    best = max(scores, key=lambda name: scores[name])
    if scores[best] > 0.02:
        return best
    # No frequent character anywhere: a short Chinese text still keeps to the common characters of GB2312.
    wide_chars = re.sub(r"[\x00-\x7f]", "", sample.decode("gb18030", errors="replace"))
    common = len(wide_chars.encode("gb2312", errors="ignore")) / 2
    if common >= 0.7 * len(wide_chars):
        return "gb18030"
    return "latin-1" if "�" in sample.decode("cp1252", errors="replace") else "cp1252"


def _likeness(sample: bytes, name: str, common: str) -> float:
    """Share of frequent characters among the wide ones, minus five times the share of errors."""
    text = sample.decode(name, errors="replace")
    wide = re.sub(r"[\x00-\x7f]", "", text)
    if not wide:
        return 0.0
    return (sum(wide.count(char) for char in set(common)) - 5 * text.count("�")) / len(wide)
