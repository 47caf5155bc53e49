"""Words and numbers as people read them: the catalogue of one language and the formats that go with it.

In: a key with arguments, a reason of the community stage, or a number. Out: text of the screen's language.
Example: `t("chat.title", name="读书会")`, `sentence('["risk.active_days",{"days":9}]')`, `number(12_345) == "1.2 万"`.
"""

from __future__ import annotations

import math
import re
import tomllib
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from functools import cache
from importlib.resources import files
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from community.alerts import rules
from community.reasons import read_reason
from ingest.redact import find_personal

LANGUAGE = "zh"
"""The language of the screen: the suffix of the files in data/words/ (`screen.zh.toml`, `reasons.zh.toml`)."""

WEEKDAYS = ("周一", "周二", "周三", "周四", "周五", "周六", "周日")
NOTHING = "—"
_MASK = re.compile(r"\[([a-z_]+) (\d+)\]")
_OFFSET = re.compile(r"([+-])(\d{2}):?(\d{2})")
_INVISIBLE = re.compile("[\u00ad\u061c\u180e\u200b\u200c\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]")


@cache
def catalogue(language: str = LANGUAGE) -> dict[str, str]:
    """All templates of a language, keyed by their dotted path; later files never redefine earlier keys."""
    found: dict[str, str] = {}
    folder = files("data").joinpath("words")
    for name in sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(f".{language}.toml")):
        _flatten(tomllib.loads(folder.joinpath(name).read_text("utf-8")), "", found)
    return found


def _flatten(node: dict, prefix: str, found: dict[str, str]) -> None:
    for key, value in node.items():
        path = f"{prefix}{key}"
        if isinstance(value, dict):
            _flatten(value, f"{path}.", found)
        elif path in found:
            raise ValueError(f"data/words: {path} is defined twice")
        else:
            found[path] = str(value)


def t(key: str, **arguments: object) -> str:
    """The text under `key`; numbers among the arguments are formatted. Raises KeyError on an unknown key."""
    return catalogue()[key].format_map({name: shown(value) for name, value in arguments.items()})


def word(prefix: str, name: str | None) -> str:
    """The word for a closed-list value such as a stage; a value nobody has words for is shown as it is."""
    if not isinstance(name, str) or not name:
        return NOTHING
    return catalogue().get(f"{prefix}.{name}", name)


@cache
def topics() -> dict[str, str]:
    """Names of the topics by id, from the taxonomy in data/topics.toml."""
    found = tomllib.loads(files("data").joinpath("topics.toml").read_text("utf-8"))
    return {name: entry["title"] for name, entry in found.items() if isinstance(entry, dict)}


def sentence(reason: str) -> str:
    """A reason of the community stage in words; one without a template shows its key and arguments."""
    key, arguments = read_reason(reason)
    said = _Arguments({name: _argument(name, value) for name, value in arguments.items()})
    template = catalogue().get(key)
    if template is None:
        listed = "，".join(f"{name} {value}" for name, value in said.items())
        return f"{key}：{listed}" if listed else key
    return template.format_map(said)


class _Arguments(dict[str, str]):
    """Arguments of a reason; a workspace written by another version may lack one, which must not break a page."""

    def __missing__(self, name: str) -> str:
        return t("argument.nothing")


def _argument(name: str, value: object) -> str:
    """An argument of a reason: ids of topics and stages by their names; empty lists of people read on."""
    if name == "topic":
        return topics().get(str(value), str(value) or t("argument.any_topic"))
    if value == []:
        return t("argument.nobody")
    if name == "stage":
        return word("stage", str(value))
    return shown(value) or t("argument.nothing")


def sign(reason: str) -> str:
    """The direction of a contribution to a risk: "+" pushes it up, "-" down, "" says nothing."""
    return str(read_reason(reason)[1].get("sign", ""))


def rule(name: str) -> str:
    """The title of a warning rule; rules of third parties bring their own."""
    if f"rule.{name}" in catalogue():
        return t(f"rule.{name}")
    known = rules().get(name)
    return known.title if known else name


def issue(reason: str) -> str:
    """Why a place of an export was not read, in words; the detail after the key stays."""
    key, colon, detail = reason.partition(": ")
    key, more, count = key.partition(" (+")
    said = catalogue().get(f"issue.{key}", plain(key))
    return f"{said}{more}{count}" + (f"（{hidden(plain(detail))}）" if colon else "")


def refusal(text: str) -> str:
    """Why a file was refused or what to do about it, in words; what nobody has words for is shown as it is."""
    for key, said in catalogue().items():
        if key.startswith("refusal.") and (match := re.match(key.removeprefix("refusal."), text)):
            return re.sub(r"\{(\d)\}", lambda group: hidden(plain(match[int(group[1])] or "")), said)
    return hidden(plain(text))


def shown(value: object) -> str:
    """A value as part of a sentence: counts with separators, fractions with at most two decimals."""
    if isinstance(value, bool) or value is None:
        return NOTHING if value is None else str(value)
    if isinstance(value, int | float):
        return number(value, 2)
    if isinstance(value, list | tuple):
        return "、".join(shown(item) for item in value)
    return hidden(plain(str(value)))


def number(value: float | None, decimals: int = 0) -> str:
    """1,234 and 1.2 万 (never broken over lines); at most `decimals` places, no trailing zeros; — for nothing."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return NOTHING
    if abs(value) >= 10_000:
        return f"{value / 10_000:,.1f}".removesuffix(".0") + "\u00a0万"
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
    return f"{value:{'%Y-%m-%d' if year else '%m-%d'}} {WEEKDAYS[value.weekday()]}"


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


def hidden(text: str) -> str:
    """`text` with phone, card and plate numbers, mail and street addresses starred, one star a character.

    The length stays, so spans of evidence still point at the same characters.
    """
    parts, at = [], 0
    for piece in find_personal(text):
        parts += [text[at : piece.start], "*" * (piece.end - piece.start)]
        at = piece.end
    return "".join([*parts, text[at:]])


def masks_in_words(text: str) -> str:
    """The masks of ingest (`[phone 11]`) in words of the screen."""
    return _MASK.sub(lambda match: t("mask.text", kind=word("mask", match[1]), length=int(match[2])), text)


def escape(text: str) -> str:
    """Hostile text inside a Markdown label: every sign that Markdown or Streamlit could act upon is disarmed."""
    flat = " ".join(plain(text).split())
    safe = re.sub(r"([\\`*_{}\[\]()#+\-.!|<>~$^&\"'=@])", r"\\\1", flat)
    return safe.replace(":", "：")


def _missing(value: float | None) -> bool:
    return value is None or math.isnan(value)
