"""Sentences: what the stages found, said in the words of the catalogue.

In: a key with arguments, or a reason of the community stage. Out: text of the language that is spoken.
Example: `t("chat.title", name="读书会")`, `sentence('["risk.active_days",{"days":9}]')`.
"""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib.resources import files

from community.alerts import rules
from community.reasons import read_reason
from ingest.formats import formats
from nuanqun.figures import NOTHING, aside, hidden, listed, plain, shown
from nuanqun.language import catalogue, language, traditional

_MASK = re.compile(r"\[([a-z_]+) (\d+)\]")


def t(key: str, **arguments: object) -> str:
    """The text under `key`; numbers among the arguments are formatted. Raises KeyError on an unknown key."""
    return catalogue()[key].format_map({name: shown(value) for name, value in arguments.items()})


def word(prefix: str, name: str | None) -> str:
    """The word for a closed-list value such as a stage; a value nobody has words for is shown as it is."""
    if not isinstance(name, str) or not name:
        return NOTHING
    return catalogue().get(f"{prefix}.{name}", name)


def topics() -> dict[str, str]:
    """Names of the topics by id, from the catalogue or from the taxonomy in data/topics.toml."""
    known, own = catalogue(), traditional if language() == "zh-TW" else str
    return {name: known.get(f"topic.{name}") or own(title) for name, title in _taxonomy().items()}


@cache
def _taxonomy() -> dict[str, str]:
    found = tomllib.loads(files("data").joinpath("topics.toml").read_text("utf-8"))
    return {name: entry["title"] for name, entry in found.items() if isinstance(entry, dict)}


def sentence(reason: str) -> str:
    """A reason of the community stage in words; one without a template shows its key and arguments."""
    key, arguments = read_reason(reason)
    said = _Arguments({name: _argument(name, value) for name, value in arguments.items()})
    template = catalogue().get(key)
    if template is None:
        told = listed([f"{name} {value}" for name, value in said.items()])
        return key + (aside(told) if told else "")
    return _singular(template.format_map(said)) if language() == "en" else template.format_map(said)


_ONE = re.compile(r"(?<![\w.,:])1 ((?:red |sign-up |suspected )?)(people|[a-z]{2,11}s)\b(?! (?:it|of|is))")


def _singular(text: str) -> str:
    """English sentences are written for many: "1 days" becomes "1 day"."""
    return _ONE.sub(lambda m: f"1 {m[1]}{'person' if m[2] == 'people' else m[2][:-1]}", text)


class _Arguments(dict[str, str]):
    """Arguments of a reason; a workspace written by another version may lack one, which must not break a page."""

    def __missing__(self, name: str) -> str:
        return t("argument.nothing")


def _argument(name: str, value: object) -> str:
    """An argument of a reason: ids of topics, stages and catalysts by their names; empty lists of people read on."""
    if name == "topic":
        return topics().get(str(value), str(value) or t("argument.any_topic"))
    if value == []:
        return t("argument.nobody")
    if name in ("stage", "catalyst"):
        return word("catalyst_kind" if name == "catalyst" else name, str(value))
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


def format_title(name: str) -> str:
    """The title of an export format; one that is no longer installed is shown by its id."""
    if f"format.{name}" in catalogue():
        return t(f"format.{name}")
    known, own = formats().get(name), traditional if language() == "zh-TW" else str
    return own(known.title) if known else name


def issue(reason: str) -> str:
    """Why a place of an export was not read, in words; the detail after the key stays."""
    key, colon, detail = reason.partition(": ")
    key, more, count = key.partition(" (+")
    said = catalogue().get(f"issue.{key}", plain(key))
    return f"{said}{more}{count}" + (aside(hidden(plain(detail))) if colon else "")


def refusal(text: str) -> str:
    """Why a file was refused or what to do about it, in words; what nobody has words for is shown as it is."""
    for key, said in catalogue().items():
        if key.startswith("refusal.") and (match := re.match(key.removeprefix("refusal."), text)):
            return re.sub(r"\{(\d)\}", lambda group: hidden(plain(match[int(group[1])] or "")), said)
    return hidden(plain(text))


def masks_in_words(text: str) -> str:
    """The masks of ingest (`[phone 11]`) in words of the screen."""
    return _MASK.sub(lambda match: t("mask.text", kind=word("mask", match[1]), length=int(match[2])), text)
