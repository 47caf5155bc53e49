"""Numbers, dates and foreign text as people of a language read them.

In: a number, an instant or text of a chat. Out: text fit for a screen or a report.
Example: `number(12_345)` -> "1.2 万", `percent(0.5)` -> "50%", `hidden("13800001111")` -> "***********".
"""

from __future__ import annotations

import math
import re
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from functools import cache, lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from ingest.redact import find_personal
from nuanqun.language import catalogue, language

NOTHING = "—"
_OFFSET = re.compile(r"([+-])(\d{2}):?(\d{2})")
_INVISIBLE = re.compile("[\u00ad\u061c\u180e\u200b\u200c\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]")


def weekdays() -> tuple[str, ...]:
    """The names of the days of the week, Monday first."""
    return tuple(catalogue()[f"weekday.{n}"] for n in range(7))


def listed(items: list[str]) -> str:
    """Several things in a row, with the language's own comma for lists."""
    return catalogue()["list.comma"].join(items)


def clauses(items: list[str]) -> str:
    """Several clauses as one sentence."""
    return catalogue()["list.semicolon"].join(items)


def joined(items: list[str]) -> str:
    """Several findings as one sentence."""
    return catalogue()["list.pause"].join(items)


def aside(text: str) -> str:
    """Something in brackets after what it explains."""
    return catalogue()["list.open"] + text + catalogue()["list.close"]


def number(value: float | None, decimals: int = 0) -> str:
    """1,234 and in Chinese 1.2 万, never broken over lines; at most `decimals` places, no trailing zeros."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return NOTHING
    if abs(value) >= 10_000 and language() != "en":
        return f"{value / 10_000:,.1f}".removesuffix(".0") + "\u00a0" + catalogue()["number.ten_thousand"]
    text = f"{value:,.{decimals}f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text


def percent(value: float | None, decimals: int = 0) -> str:
    """A share 0..1 as 12%."""
    return NOTHING if _missing(value) else f"{number(value * 100, decimals)}%"  # type: ignore[operator]


def signed(value: float | None, decimals: int = 1) -> str:
    """A change with its sign; zero has none."""
    if _missing(value):
        return NOTHING
    text = number(abs(value), decimals)  # type: ignore[arg-type]
    return text if text == "0" else f"{'+' if value > 0 else '−'}{text}"  # type: ignore[operator]


def arrow(value: float | None, still: float = 0.5) -> str:
    """↑, ↓ or → of a change; smaller than `still` counts as none."""
    if _missing(value) or abs(value) < still:  # type: ignore[arg-type]
        return "→"
    return "↑" if value > 0 else "↓"  # type: ignore[operator]


def change(value: float | None, unit: str = "°") -> str:
    """A change with arrow, sign and unit: ↓ −6.5°; — when there is nothing to compare with."""
    return NOTHING if _missing(value) else f"{arrow(value)} {signed(value)}{unit}"


def day(value: date | None, *, year: bool = False) -> str:
    """A local date as 11-22 周日."""
    if value is None:
        return NOTHING
    return f"{value:{'%Y-%m-%d' if year else '%m-%d'}} {catalogue()[f'weekday.{value.weekday()}']}"


def moment(value: datetime, zone: str) -> str:
    """An instant in the chat's zone as 2026-11-22 周日 14:03."""
    local = value.astimezone(place(zone))
    return f"{day(local.date(), year=True)} {local:%H:%M}"


@cache
def place(zone: str) -> tzinfo:
    """The zone of a chat: an IANA name or ±HH:MM; UTC when it is neither."""
    if match := _OFFSET.fullmatch(zone):
        minutes = int(match[2]) * 60 + int(match[3])
        return timezone(timedelta(minutes=-minutes if match[1] == "-" else minutes))
    try:
        return ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError):
        return UTC


def plain(text: str) -> str:
    """Chat text or a name fit for a screen: marks that hide or reverse letters become a visible ▯, one for one."""
    return _INVISIBLE.sub("▯", text).replace("\r", " ")


@lru_cache(maxsize=8_192)  # the same texts are drawn again and again
def hidden(text: str) -> str:
    """`text` with phone, card and plate numbers, mail and street addresses starred, one star a character.

    The length stays, so spans of evidence still point at the same characters.
    """
    parts, at = [], 0
    for piece in find_personal(text):
        parts += [text[at : piece.start], "*" * (piece.end - piece.start)]
        at = piece.end
    return "".join([*parts, text[at:]])


def escape(text: str) -> str:
    """Hostile text inside a Markdown label: every sign that Markdown or Streamlit could act upon is disarmed.

    Personal data is starred first: behind the backslashes an address would no longer be found. A colon stays one unless
    it begins what Streamlit makes an emoji or an icon of or stands in an address: these act even when escaped.
    """
    flat = re.sub(r":(?=[^\s:]+:|//)", "：", " ".join(hidden(plain(text)).split()))
    flat = re.sub(r"(www)\.", r"\1．", flat, flags=re.IGNORECASE)
    return re.sub(r"([\\`*_{}\[\]()#+\-.!|<>~$^&\"'=@:])", r"\\\1", flat)


def markdown(text: str) -> str:
    """Hostile text inside a line of Markdown: no emphasis, code, link, image, cell, heading or HTML starts here."""
    return re.sub(r"([\\`*_\[\]<>|~#!&$])", r"\\\1", " ".join(plain(text).split()))


def shown(value: object) -> str:
    """A value as part of a sentence: counts with separators, fractions with at most two decimals."""
    if isinstance(value, bool) or value is None:
        return NOTHING if value is None else str(value)
    if isinstance(value, int | float):
        return number(value, 2)
    if isinstance(value, list | tuple):
        return listed([shown(item) for item in value])
    return hidden(plain(str(value)))


def _missing(value: float | None) -> bool:
    return value is None or math.isnan(value)
