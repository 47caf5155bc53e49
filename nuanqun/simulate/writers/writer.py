"""The contract of a writer: a simulated chat in, the text of one export file out.

A writer drops what its dialect cannot say, as the real exporter does, and tells truth.py what remains: `text` gives
the body as a reader of the export can know it (None = the record is not in the file), `sender` the id, or the name
where there is no id, by which a reader knows a member. Example: `WRITERS["qq_txt"].render(chat)`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from nuanqun.simulate.model import SimulatedChat, SimulatedMember, SimulatedMessage

Name = Callable[[SimulatedMember], str]


@dataclass(frozen=True, slots=True)
class Writer:
    """One dialect. `resolution` is the one of its clock: s or min."""

    id: str
    file_name: Callable[[SimulatedChat], str]
    render: Callable[[SimulatedChat], str]
    text: Callable[[SimulatedChat, SimulatedMessage], str | None]
    sender: Callable[[SimulatedChat, SimulatedMember], str]
    resolution: str = "s"
    encoding: str = "utf-8"
    preamble: int = 0  # records of the export before the first one of the chat
    speaks: Callable[[SimulatedMessage], bool] = lambda message: message.sender is not None
    rows: Callable[[SimulatedMessage], int] = lambda message: 1  # records the export makes of one


def plain_name(name: str) -> str:
    """A file name without what file systems refuse; emoji go too, as most exporters drop them."""
    return re.sub(r"[^\w（）()\-·]+", "", name) or "chat"


def wxid(member: SimulatedMember) -> str:
    """An invented WeChat id."""
    return f"wxid_nq{_scramble(member, 36**9):09x}"


def uin(member: SimulatedMember) -> str:
    """An invented QQ number; numbers from 9,000,000,000 on are not given out."""
    return str(9_000_000_000 + _scramble(member, 999_999_937))


def user_id(member: SimulatedMember) -> str:
    """An invented Telegram id, outside of the range in use."""
    return f"user{90_000_000_000 + _scramble(member, 999_999_937)}"


def _scramble(member: SimulatedMember, modulus: int) -> int:
    seed = sum(ord(c) * 131**i for i, c in enumerate(member.name[:12]))
    return (seed * 2_654_435_761 + (member.number + 1) * 40_503_000_131) % modulus


def addressed(message: SimulatedMessage, name: Name, gap: str = " ", mark: str = "@") -> str:
    """The text with the members it names in front."""
    return "".join(f"{mark}{name(m)}{gap}" for m in message.mentions) + message.text
