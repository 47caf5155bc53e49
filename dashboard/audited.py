"""The details of the audit in words: what was done to what, one clause a detail.

In: the JSON of a row. Out: plain text; nothing of it is acted upon, and a detail that nobody has words for is shown
under its own name. Example: `told({"name": "读书会", "archived": True}, {})`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from dashboard.words import NOTHING, clauses, listed, number, plain, rule, t, weekdays, word

_FEW = 5
"""Things of a list that are named; the others are counted."""


def told(body: Mapping[str, Any], chats: Mapping[str, str]) -> str:
    """All details of one row but its chat, which has a column of its own; `chats` = names by id."""
    own = {name: value for name, value in body.items() if name != "chat_id"}
    said = [t("detail.pair", name=label(name), value=_value(name, value, chats)) for name, value in own.items()]
    return clauses(said) if said else NOTHING


def label(name: str) -> str:
    """What a detail is called."""
    return word("detail", plain(name))


def _value(name: str, value: Any, chats: Mapping[str, str]) -> str:
    if value is None or value in ("", [], {}):
        return t("detail.all_chats" if name in ("chats", "chat_ids") and value is None else "detail.none")
    if isinstance(value, bool):
        return t("detail.yes" if value else "detail.no")
    if isinstance(value, dict):
        return listed([f"{_key(name, key)} {_value(key, inner, chats)}" for key, inner in value.items()])
    if isinstance(value, list):
        some = [_value(name, item, chats) for item in value[:_FEW]]
        return listed(some) if len(value) <= _FEW else t("detail.more", some=listed(some), count=len(value))
    return _one(name, value, chats)


def _key(name: str, key: str) -> str:
    return rule(key) if name == "thresholds" else word("knob", key) if word("knob", key) != key else label(key)


def _one(name: str, value: Any, chats: Mapping[str, str]) -> str:
    if name in ("into", "chats", "chat_ids") and value in chats:
        return chats[value]
    if name in ("ads_threshold", "risk_alarm"):
        return f"{value:.0%}"
    if name == "ad_days":
        return weekdays()[value] if isinstance(value, int) and 0 <= value < 7 else plain(str(value))
    if name in _WORDS:
        return _WORDS[name](plain(str(value)))
    return number(value, 2) if isinstance(value, float) else plain(str(value))


def _role(value: str) -> str:
    said = word("role_of", value)
    return word("platform_role", value) if said == value else said


_WORDS: dict[str, Callable[[str], str]] = {
    "action": lambda value: word("done", value),
    "role": _role,
    "ad_roles": lambda value: word("platform_role", value),
    "kind": lambda value: word("channel", value),
    "rule": rule,
    "platform": lambda value: word("platform", value),
    "label": lambda value: word("verdict", value),
    "status": lambda value: word("step_status", value),
    "list": lambda value: word("word_list", value),
    "least": lambda value: word("severity", value),
}
"""How the values of a closed list are said."""
