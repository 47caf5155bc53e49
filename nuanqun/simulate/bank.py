"""Phrase banks: TOML files of lines in, themes of parsed lines out.

The syntax of a line stands at the head of `data/simulation/common.toml`.
Example: `fill(parse("{真|很}好看，{3-9}遍"), rng, slots, {})`.
"""

from __future__ import annotations

import re
import string
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from random import Random

RANGE = re.compile(r"(\d+)-(\d+)")
KEY = re.compile(r"#([a-z]+) ")
TAG = re.compile(r"!(\w+) ")
KIND = re.compile(r"\[(image|voice|video|file|link|forward|location|sticker)\]")


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several templates."""

    options: tuple[Template, ...]


@dataclass(frozen=True, slots=True)
class Span:
    """A whole number in [low, high]."""

    low: int
    high: int


@dataclass(frozen=True, slots=True)
class Slot:
    """A named value, bound once a conversation."""

    name: str


Template = tuple["str | Choice | Span | Slot", ...]
Slots = Mapping[str, tuple[Template, ...]]


@dataclass(frozen=True, slots=True)
class Part:
    """One message of a line: its kind and its template."""

    kind: str
    template: Template


@dataclass(frozen=True, slots=True)
class Line:
    """What somebody says (one or more messages) and what others answer to exactly that."""

    turns: tuple[tuple[Part, ...], ...]
    tag: str | None = None
    to_all: bool = False
    key: str | None = None  # fits only an opener with the same key; None fits all


@dataclass(frozen=True, slots=True)
class Thread:
    """A topic: who opens it and the lines that fit it, by move."""

    by: str
    moment: str | None
    moves: Mapping[str, tuple[Line, ...]]
    months: tuple[int, ...] = ()  # empty = all year


@dataclass(frozen=True, slots=True, eq=False)
class Theme:
    """The phrase bank of one kind of chat, the common lines included."""

    id: str
    names: tuple[Template, ...]
    nicks: tuple[Template, ...]
    hours: tuple[float, ...]
    weekdays: tuple[float, ...]
    slots: Slots
    pools: Mapping[str, tuple[Line, ...]]
    threads: tuple[Thread, ...]
    common: tuple[Thread, ...]
    words: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    around: Mapping[str, Mapping[str, tuple[str, ...]]] = field(default_factory=dict)  # leads and tails by move


def parse(text: str) -> Template:
    """Parse one template; raises ValueError on unbalanced braces."""
    parts: list[str | Choice | Span | Slot] = []
    depth = start = 0
    for at, char in enumerate(text):
        if char == "{":
            if depth == 0:
                parts.append(text[start:at])
                start = at + 1
            depth += 1
        elif char == "}":
            depth -= 1
            if depth == 0:
                parts.append(_braces(text[start:at]))
                start = at + 1
    if depth:
        raise ValueError(f"unbalanced braces in {text!r}")
    parts.append(text[start:])
    return tuple(p for p in parts if p != "")


def _braces(inner: str) -> Choice | Span | Slot:
    options = _split(inner, "|")
    if len(options) > 1:
        return Choice(tuple(parse(o) for o in options))
    if match := RANGE.fullmatch(inner):
        return Span(int(match[1]), int(match[2]))
    if inner.isascii() and inner.isidentifier():
        return Slot(inner)
    return Choice((parse(inner),))


def _split(text: str, separator: str) -> list[str]:
    """Split outside braces."""
    pieces, depth, start, at = [], 0, 0, 0
    while at < len(text):
        if text[at] in "{}":
            depth += 1 if text[at] == "{" else -1
        elif depth == 0 and text.startswith(separator, at):
            pieces.append(text[start:at])
            at += len(separator)
            start = at
            continue
        at += 1
    return [*pieces, text[start:]]


def parse_line(text: str) -> Line:
    """Parse one line of a bank with its key, tag, kinds, turns and messages."""
    key = KEY.match(text)
    text = text[key.end() :] if key else text
    tag = TAG.match(text)
    text = text[tag.end() :] if tag else text
    to_all = text.startswith("@all ")
    text = text.removeprefix("@all ").replace("⏎", "\n")
    turns = tuple(tuple(_part(p) for p in _split(turn, " | ")) for turn in _split(text, " => "))
    return Line(turns, tag[1] if tag else None, to_all, key[1] if key else None)


def _part(text: str) -> Part:
    text = text.strip(" ")
    match = KIND.match(text)
    return Part(match[1], parse(text[match.end() :])) if match else Part("text", parse(text))


def fill(template: Template, rng: Random, slots: Slots, bound: dict[str, str]) -> str:
    """Fill a template; slot values are remembered in `bound`, so one conversation stays with one book."""
    out = []
    for part in template:
        if isinstance(part, str):
            out.append(part)
        elif isinstance(part, Choice):
            out.append(fill(rng.choice(part.options), rng, slots, bound))
        elif isinstance(part, Span):
            out.append(str(rng.randint(part.low, part.high)))
        else:
            if part.name not in bound:
                bound[part.name] = _bind(part.name, rng, slots, bound)
            out.append(bound[part.name])
    return "".join(out)


def _bind(name: str, rng: Random, slots: Slots, bound: dict[str, str]) -> str:
    if name == "code":
        return "".join(rng.choices(string.ascii_letters + string.digits, k=7))
    base = name if name in slots else name.rstrip(string.digits)
    taken = {v for k, v in bound.items() if k.rstrip(string.digits) == base}
    value = ""
    for _ in range(8):
        value = fill(rng.choice(slots[base]), rng, slots, {})
        if value not in taken:
            break
    return value


def lines(text: str) -> tuple[Line, ...]:
    """Parse the non-empty lines of a pool."""
    return tuple(parse_line(line) for line in text.splitlines() if line.strip())


@cache
def read_bank(name: str) -> dict:
    """The TOML document `data/simulation/<name>.toml`."""
    return tomllib.loads(files("data").joinpath("simulation", f"{name}.toml").read_text(encoding="utf-8"))


@cache
def name_slots() -> Slots:
    """Slots for names of people and places: words between blanks, templates allowed."""
    found = {key: tuple(parse(w) for w in text.split()) for key, text in read_bank("names").items()}
    given = [w for w in read_bank("names")["given"].split()]
    found["given1"] = tuple((w[-1],) for w in given)
    found["surname1"] = found["surname"]
    return found


@cache
def load_theme(theme_id: str) -> Theme:
    """The theme with the common lines mixed in; raises FileNotFoundError for an unknown id."""
    bank, common = read_bank(theme_id), read_bank("common")
    slots = {
        k: tuple(parse(w) for w in t.split("\n") if w.strip()) for k, t in (common["slots"] | bank["slots"]).items()
    }
    return Theme(
        id=theme_id,
        names=tuple(parse(n) for n in bank["names"]),
        nicks=tuple(parse(n) for n in bank["nicks"]),
        hours=tuple(bank["rhythm"]["hours"]),
        weekdays=tuple(bank["rhythm"]["weekdays"]),
        slots={**name_slots(), **slots},
        pools={k: lines(t) for k, t in (common["pools"] | bank.get("pools", {})).items()},
        threads=tuple(_thread(t) for t in bank["thread"]),
        common=tuple(_thread(t) for t in common["thread"]),
        words={k: common[k] for k in ("cantonese", "slang", "english")},
        around={k: {m: tuple(t.strip("\n").split("\n")) for m, t in common[k].items()} for k in ("leads", "tails")},
    )


def _thread(table: dict) -> Thread:
    moves = {k: lines(t) for k, t in table.items() if k not in ("by", "moment", "months")}
    return Thread(table["by"], table.get("moment"), moves, tuple(table.get("months", ())))
