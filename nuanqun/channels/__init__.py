"""The contract of an alert channel and its discovery.

A channel is one file in this folder that defines `CHANNEL = Channel(...)`. Nothing else is edited. Third parties
register the same object under the entry-point group `nuanqun.channels`.
Example: `channels()["wecom"].post(notice, {"url": "..."}, now)`.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from importlib.metadata import entry_points

Config = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Notice:
    """What is told: a title, lines of plain text (names in them are hostile), and a key that never repeats."""

    title: str
    lines: tuple[str, ...]
    key: str = ""


@dataclass(frozen=True, slots=True)
class Post:
    """One HTTP request: JSON body, full URL, further headers."""

    url: str
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Channel:
    """A place that notices go to.

    `fields` are the settings it needs, `secret` those never shown again. A channel either makes an HTTP request
    (`post(notice, config, now)`, and `accepted(body)` reads the answer, for they answer 200 with an error inside)
    or delivers by itself (`send(notice, config)`, raising OSError). `per_minute` is what the service bears,
    `longest` the most bytes of text it takes. `hosts` are the only hosts its URL may name (empty: any public one).
    """

    id: str
    title: str  # for people, Chinese
    fields: tuple[str, ...]
    secret: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    post: Callable[[Notice, Config, datetime], Post] | None = None
    accepted: Callable[[bytes], str] = lambda body: ""
    send: Callable[[Notice, Config], None] | None = None
    hosts: tuple[str, ...] = ()
    per_minute: int = 20
    longest: int = 4000


@cache
def channels() -> dict[str, Channel]:
    """All channels by id, from this folder and from entry points; raises ValueError on a duplicate id."""
    found: dict[str, Channel] = {}
    modules = [f"{__name__}.{m.name}" for m in pkgutil.iter_modules(__path__)]
    loaded = [(name, getattr(importlib.import_module(name), "CHANNEL", None)) for name in modules]
    loaded += [(point.value, point.load()) for point in entry_points(group="nuanqun.channels")]
    for name, channel in loaded:
        if channel is None:
            continue
        if channel.id in found:
            raise ValueError(f"channel id {channel.id!r} is defined twice, the second time by {name}")
        found[channel.id] = channel
    return found


def fit(notice: Notice, longest: int, *, shape: Callable[[str, tuple[str, ...]], str]) -> str:
    """The longest text of title and lines that fits into `longest` bytes of UTF-8; what is left out is counted."""
    lines = notice.lines
    for kept in range(len(lines), -1, -1):
        left = len(lines) - kept
        text = shape(notice.title, lines[:kept] + ((f"…… +{left}",) if left else ()))
        if len(text.encode("utf-8")) <= longest:
            return text
    return notice.title.encode("utf-8")[:longest].decode("utf-8", "ignore")
