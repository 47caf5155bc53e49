"""Dates and times as exports write them: any order, 12-hour words in six languages, epochs of any unit.

In: text or numbers of an export. Out: `datetime` (naive = wall clock of the exporting device, aware = absolute).
Example: `read_datetime("2024/3/1 下午2:05") -> datetime(2024, 3, 1, 14, 5)`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo

SPACE = "[ \\t\u00a0\u202f]"
_AM = r"上午|凌晨|清晨|早上|早晨|午前|오전|새벽|아침|[Aa]\.?" + SPACE + r"?[Mm]\.?"
_PM = r"下午|午后|傍晚|晚上|夜晚|午後|오후|저녁|밤|[Pp]\.?" + SPACE + r"?[Mm]\.?"
_OTHER = r"中午|半夜|深夜"
DAYPART = f"(?:{_AM}|{_PM}|{_OTHER})"
"""Regex of the words that turn a 12-hour clock into a time of day."""
CLOCK = f"(?:{DAYPART}{SPACE}*)?\\d{{1,2}}[:.]\\d{{2}}(?:[:.]\\d{{2}})?(?:{SPACE}*{DAYPART})?"
"""Regex of a time of day in any form that `read_clock` reads (no groups)."""
DATE = r"\d{1,4}[./-] ?\d{1,2}[./-] ?\d{1,4}\.?"
"""Regex of a numeric date in any order (no groups)."""

LONGEST = 300
"""Characters in which a date is looked for; what somebody wrote a novel into is no cell with a time."""
_CLOCK = re.compile(
    f"(?:(?P<before>{DAYPART}){SPACE}*)?(?P<h>\\d{{1,2}})[:.時时](?P<m>\\d{{2}})"
    f"(?:[:.分](?P<s>\\d{{2}})秒?(?:[.,]\\d+)?)?{SPACE}*(?P<after>{DAYPART})?"
)
_CJK_CLOCK = re.compile(r"(?P<part>[上下中]午|凌晨|晚上|早上)?(\d{1,2})[时時点點](?:(\d{1,2})分)?(?:(\d{1,2})秒)?")
_NUMERIC = re.compile(r"(\d{1,4})[./-] ?(\d{1,2})[./-] ?(\d{1,4})")
_CJK_DATE = re.compile(r"(\d{4})[年년]" + SPACE + r"*(\d{1,2})[月월]" + SPACE + r"*(\d{1,2})[日号號일]?")
_OFFSET = re.compile(r"(?:UTC|GMT)?([+-])(\d{2}):?(\d{2})$")
MONTHS = {
    name: number
    for number, name in enumerate("jan feb mar apr may jun jul aug sep oct nov dec".split(), 1)
}  # fmt: skip


def zone_of(name: str) -> tzinfo:
    """An IANA name or ±HH:MM as tzinfo; raises ValueError with a hint."""
    found = _OFFSET.match(name)
    if found:
        sign, hours, minutes = found.groups()
        return timezone((-1 if sign == "-" else 1) * timedelta(hours=int(hours), minutes=int(minutes)))
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise ValueError(f"unknown time zone {name!r}; write it like Asia/Shanghai or +08:00") from error


def read_epoch(value: float | str) -> datetime:
    """Seconds, milliseconds, microseconds or nanoseconds since 1970, told apart by magnitude, as aware UTC.

    Raises ValueError where the number is no time.
    """
    number = float(value) if not isinstance(value, str) or "." in value or "e" in value.lower() else int(value)
    for limit, unit in ((1e17, 1_000_000), (1e14, 1_000), (1e11, 1)):
        if abs(number) > limit:
            whole = int(number) // unit if isinstance(number, int) else int(number / unit)
            return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=whole)
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=number)


@lru_cache(maxsize=1 << 16)
def read_clock(text: str) -> tuple[int, int, int] | None:
    """Time of day (hour 0-23, minute, second) from "8:01", "下午2:05:06", "10:00 p. m."; None when it is none."""
    found = _CLOCK.search(text)
    if not found:
        return None
    hour = hour_of_day(int(found["h"]), found["before"] or found["after"] or "")
    minute, second = int(found["m"]), int(found["s"] or 0)
    return (hour, minute, second) if hour < 24 and minute < 60 and second < 60 else None


def hour_of_day(hour: int, part: str) -> int:
    """24-hour value of `hour` under a daypart word: 12 AM = 0, 12 PM = 12, 中午1 = 13, 0 stays 0."""
    if not part:
        return hour
    if part in ("半夜", "深夜"):
        return hour % 12 if hour == 12 or hour < 6 else hour + 12 if hour < 12 else hour
    if part == "中午":
        return hour + 12 if hour < 10 else hour
    if part in ("晚上", "夜晚") and hour == 12:
        return 0
    if re.fullmatch(_AM, part):
        return 0 if hour == 12 else hour
    return hour + 12 if 0 < hour < 12 else hour


@dataclass(frozen=True, slots=True)
class DateOrder:
    """Which of three numbers is year, month, day; `sure` when every other order is impossible or runs backwards."""

    order: str
    sure: bool


def guess_order(dates: Iterable[str], *, hint: str = "DMY") -> DateOrder:
    """The order of numeric dates in one file, from all of them (in file order).

    An order in which some date does not exist is out. Of the rest the one in which time runs backwards
    least often, then the one that spans the fewest days wins; `hint` ("DMY", "MDY") breaks a tie.
    """
    seen: list[tuple[int, int, int]] = []
    for text in dates:
        found = _NUMERIC.search(text)
        if found:
            numbers = (int(found[1]), int(found[2]), int(found[3]))
            if len(found[1]) == 4:
                return DateOrder("YMD", True)
            if not seen or seen[-1] != numbers:
                seen.append(numbers)
    preference = [hint, *(order for order in ("DMY", "MDY", "YMD") if order != hint)]
    fits = {order: days for order in preference if (days := _days(seen, order)) is not None}
    if not seen:
        return DateOrder(hint, True)  # month names or no dates at all: nothing to confuse
    if not fits:
        return DateOrder(hint, False)
    if len(fits) == 1:
        return DateOrder(next(iter(fits)), True)

    def cost(order: str) -> tuple[int, int, int]:
        days = fits[order]
        back = sum(later < earlier for earlier, later in zip(days, days[1:], strict=False))
        return back, max(days) - min(days), preference.index(order)

    best = min(fits, key=cost)
    backwards = [cost(order)[0] for order in fits if order != best and fits[order] != fits[best]]
    return DateOrder(best, all(steps > cost(best)[0] for steps in backwards))


def _days(seen: list[tuple[int, int, int]], order: str) -> list[int] | None:
    days = []
    for numbers in seen:
        try:
            days.append(_ordered(numbers, order).toordinal())
        except ValueError:
            return None
    return days


def _ordered(numbers: tuple[int, int, int], order: str) -> date:
    named = dict(zip(order, numbers, strict=True))
    year = named["Y"]
    return date(year + 2000 if year < 100 else year, named["M"], named["D"])


@lru_cache(maxsize=1 << 14)
def read_date(text: str, order: str = "YMD") -> date | None:
    """The first date in `text`: numeric in the given order (a four-digit first number is always the year),
    2024年3月1日, or with an English month name. Two-digit years are 20YY."""
    text = text[:LONGEST]
    found = _CJK_DATE.search(text)
    if not found:
        found = _NUMERIC.search(text)
        if not found:
            return _named_date(text)
        order = "YMD" if len(found[1]) == 4 else "DMY" if order == "YMD" and len(found[3]) == 4 else order
    else:
        order = "YMD"
    try:
        return _ordered((int(found[1]), int(found[2]), int(found[3])), order)
    except ValueError:
        return None


def _named_date(text: str) -> date | None:
    """ "Mar 1, 2024", "1 March 2024", "Fri Mar 01 08:00:05 2024"."""
    for found in re.finditer(r"[A-Za-z]{3,}", text):
        month = MONTHS.get(found[0][:3].lower())
        if not month:
            continue
        year = re.search(r"\b(\d{4})\b", text)
        day = re.search(r"(?<![\d:.])(\d{1,2})(?:st|nd|rd|th)?[ ,]*$", text[: found.start()])
        day = day or re.match(r"[ .,]*(\d{1,2})(?![\d:])", text[found.end() :])
        if year and day:
            try:
                return date(int(year[1]), month, int(day[1]))
            except ValueError:
                return None
    return None


def read_datetime(text: str, order: str = "YMD") -> datetime | None:
    """A moment as a table cell or a log states it; None when it is none, naive unless the text holds an offset.

    Reads ISO 8601, numeric or named dates with any clock, compact digits, epochs of any unit, Excel serials.
    """
    text = text.strip()[:LONGEST]
    try:
        if len(text) > 10 and text[4:5] == "-":
            return datetime.fromisoformat(text)
    except ValueError:
        pass
    if re.fullmatch(r"-?\d+(?:\.\d+)?(?:[eE]\+?\d+)?", text):
        return _from_number(text)
    day = read_date(text, order)
    if day is None:
        return None
    rest = _NUMERIC.sub(" ", _CJK_DATE.sub(" ", text), count=1)
    clock = read_clock(rest) or _cjk_clock(rest)
    if clock is None:
        return None if _CLOCK.search(rest) else datetime(day.year, day.month, day.day)
    moment = datetime(day.year, day.month, day.day, *clock)
    if rest.endswith(("UTC", "GMT", "Z")):
        return moment.replace(tzinfo=UTC)
    offset = _OFFSET.search(rest)
    return moment.replace(tzinfo=zone_of(offset[0].removeprefix("UTC").removeprefix("GMT"))) if offset else moment


def _cjk_clock(text: str) -> tuple[int, int, int] | None:
    found = _CJK_CLOCK.search(text)
    if not found:
        return None
    hour = hour_of_day(int(found[2]), found["part"] or "")
    return hour % 24, int(found[3] or 0), int(found[4] or 0)


def _from_number(text: str) -> datetime | None:
    """Compact digits (20240301080005), an Excel serial (45352.33), or an epoch."""
    for length, layout in ((14, "%Y%m%d%H%M%S"), (12, "%Y%m%d%H%M"), (8, "%Y%m%d")):
        if len(text) == length and text.startswith(("19", "20")):
            try:
                return datetime.strptime(text, layout)
            except ValueError:
                break
    value = float(text)
    if 20_000 < value < 80_000:
        return datetime(1899, 12, 30) + timedelta(seconds=round(value * 86_400))
    try:
        return read_epoch(text) if value > 1e8 else None
    except (ValueError, OverflowError):
        return None


def has_seconds(text: str) -> bool:
    """Whether the clock in `text` states seconds (else the export has minute resolution)."""
    found = _CLOCK.search(text)
    return bool(found and found["s"])
