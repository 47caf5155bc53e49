"""How QQ writes a sender: name and number in one, with a title before it.

In: "【群主】张三(10001)" or "张三<mail@example.com>". Out: `QQSender`. Example: `read_sender("a(b)(10001)").name == "a(b)"`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

SYSTEM_IDS = frozenset({"10000", "1000000"})
"""Numbers under which QQ reports joins, recalls and renames: 10000 in private chats, 1000000 in groups."""
ANONYMOUS_ID = "80000000"
"""The number that all anonymous members share."""

_SENDER = re.compile(r"(?P<name>.*?)\s*(?:\((?P<id>\d{4,12})\)|<(?P<mail>[^<>\s]{3,80})>)?", re.DOTALL)
_TITLE = re.compile(r"【(?P<title>[^【】]{1,12})】(?=.)")
ROLES = {"群主": "owner", "管理员": "admin", "管理員": "admin"}


@dataclass(frozen=True, slots=True)
class QQSender:
    """Name without number and title; `id` is None for anonymous members and where QQ wrote none."""

    name: str
    id: str | None
    role: str | None = None
    system: bool = False


def read_sender(text: str) -> QQSender:
    """Split a header name; of several brackets the last one holds the number."""
    found = _SENDER.fullmatch(text.strip())
    name = found["name"] if found else text.strip()
    number = (found["id"] or found["mail"]) if found else None
    title = _TITLE.match(name)
    role = ROLES.get(title["title"]) if title else None
    if role and title:
        name = name[title.end() :]
    return QQSender(name, None if number == ANONYMOUS_ID else number, role, number in SYSTEM_IDS)
