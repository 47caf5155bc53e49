"""Personal data in texts: found by pattern and checksum, replaced by their kind and length.

In: any text. Out: the text with `[phone 11]` instead of a number. Example: `mask("打 13812345678")`.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass

_PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
_HAN = "[\u4e00-\u9fff]"
_PATTERNS = (
    (  # begins where its word does, else a long word is tried from each of its letters
        "email",
        re.compile(r"(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+(?:[.+][\w.+-]*@[\w-]+(?:\.[\w-]+)+)*", re.ASCII),
    ),
    ("id_card", re.compile(r"(?<!\d)\d{6}(?:19|20)\d{9}[\dXx](?![\dXx])")),
    ("bank_card", re.compile(r"(?<!\d)\d(?:[ -]?\d){15,18}(?!\d)")),
    ("phone", re.compile(r"(?<![\d.])(?:\+?86[- ]?)?1[3-9]\d(?:[- ]?\d{4}){2}(?!\d)")),
    ("phone", re.compile(r"(?<!\d)0\d{2,3}[- ]\d{7,8}(?!\d)|(?<!\d)\+\d{1,3}[- ]?\d[\d -]{6,13}\d(?!\d)")),
    ("plate", re.compile(rf"[{_PROVINCES}][A-HJ-NP-Z][·• ]?[A-HJ-NP-Z0-9]{{5,6}}(?![A-Za-z0-9])")),
    (
        "address",
        re.compile(
            rf"(?:{_HAN}{{2,8}}?(?:省|市|自治区))?(?:{_HAN}{{1,8}}?(?:市|区|县|镇|乡|街道))?"
            rf"{_HAN}{{1,10}}?(?:路|街|道|巷|弄|胡同|村)\s*\d{{1,5}}\s*[号弄]"
            r"(?:院|楼)?(?:\s*\d{1,4}\s*(?:栋|幢|座|号楼|单元|楼|层|室|号)){0,4}(?:\s*\d{2,4}室?)?"
        ),
    ),
    ("address", re.compile(r"\d{1,4}\s*(?:栋|幢|号楼)\s*(?:\d{1,3}\s*单元\s*)?\d{2,4}\s*(?:室|号|房)?")),
)
_HINT = re.compile(r"[\d@]")
_NUMBER = re.compile(r"\+|\d(?:[ -]?\d){6}")
_HINTS = (  # what every match of a pattern holds, quicker to look for than the pattern itself
    re.compile("@"),
    *[_NUMBER] * 4,
    re.compile(f"[{_PROVINCES}][A-HJ-NP-Z]"),
    re.compile(r"[路街道巷弄同村]\s*\d"),
    re.compile(r"\d\s*[栋幢号]"),
)
_ANY_HINT = re.compile("|".join(dict.fromkeys(hint.pattern for hint in _HINTS)))
KINDS_OF_DATA = tuple(dict.fromkeys(kind for kind, _ in _PATTERNS))
"""What can be found and masked."""


@dataclass(frozen=True, slots=True)
class Personal:
    """One piece of personal data: half-open span and kind (phone, id_card, bank_card, email, plate, address)."""

    start: int
    end: int
    kind: str


def find_personal(text: str) -> list[Personal]:
    """Personal data in `text`, left to right, without overlaps; earlier patterns win."""
    if not (_HINT.search(text) and _ANY_HINT.search(text)):
        return []
    found: list[Personal] = []
    for piece in _candidates(text):
        if all(piece.end <= other.start or other.end <= piece.start for other in found):
            found.append(piece)
    return sorted(found, key=lambda piece: piece.start)


def mask(text: str, kinds: Collection[str] | None = None) -> str:
    """`text` with every piece of personal data of `kinds` (None: all) replaced by `[kind length]`."""
    parts, at = [], 0
    for piece in find_personal(text):
        if kinds is None or piece.kind in kinds:
            parts += [text[at : piece.start], f"[{piece.kind} {piece.end - piece.start}]"]
            at = piece.end
    return "".join([*parts, text[at:]])


def _candidates(text: str) -> Iterator[Personal]:
    for (kind, pattern), hint in zip(_PATTERNS, _HINTS, strict=True):
        for match in pattern.finditer(text) if hint.search(text) else ():
            if kind == "id_card" and not is_id_card(match[0]):
                continue
            if kind == "bank_card" and not is_bank_card(re.sub(r"[ -]", "", match[0])):
                continue
            yield Personal(match.start(), match.end(), kind)


def is_id_card(number: str) -> bool:
    """Whether 18 characters carry a valid check character of a Chinese ID card (GB 11643-1999)."""
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    total = sum(int(digit) * weight for digit, weight in zip(number[:17], weights, strict=True))
    return "10X98765432"[total % 11] == number[17].upper()


def is_bank_card(number: str) -> bool:
    """Whether the digits pass the Luhn check (ISO/IEC 7812)."""
    digits = [int(digit) for digit in reversed(number)]
    doubled = [sum(divmod(digit * 2, 10)) for digit in digits[1::2]]
    return (sum(digits[::2]) + sum(doubled)) % 10 == 0
