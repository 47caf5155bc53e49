"""The contract of an export format and its discovery.

A format is one file in this folder that defines `FORMAT = ExportFormat(...)`. Nothing else is edited.
Third parties register the same object under the entry-point group `nuanqun.formats`.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib.metadata import entry_points
from typing import TYPE_CHECKING

from ingest.errors import ParseIssue
from ingest.message import ChatStart, Message

if TYPE_CHECKING:
    from ingest.source import Source

Record = ChatStart | Message | ParseIssue


@dataclass(frozen=True, slots=True)
class ExportFormat:
    """A dialect of chat export.

    `sniff(head, tail, name)` looks at the decoded first and last 64 KiB and the file name and returns
    0..1, how sure it is. `parse(source)` yields a `ChatStart` before the first `Message` of each chat, then
    messages in file order, and a `ParseIssue` for whatever it cannot read; it holds one record at a time.
    """

    id: str
    title: str  # for people, Chinese
    platform: str  # wechat, qq, telegram, whatsapp, irc, ...
    extensions: tuple[str, ...]
    sniff: Callable[[str, str, str], float]
    parse: Callable[[Source], Iterator[Record]]
    how_to_export: str = ""  # one line for docs/formats.md, Chinese
    companions: tuple[str, ...] = ()
    """Paths (globs) beside an export that its parser reads itself, never offered alone: "users.json"."""
    pages: str = ""
    """Regex of a file name of which several form one export: group `page` (number, messages2.html) or `day`
    (2024-03-01.log), with the rest of the name in group `stem`."""


@cache
def formats() -> dict[str, ExportFormat]:
    """All formats by id, from this folder and from entry points; raises ValueError on a duplicate id."""
    found: dict[str, ExportFormat] = {}
    origin: dict[str, str] = {}
    modules = [f"{__name__}.{m.name}" for m in pkgutil.iter_modules(__path__)]
    loaded = [(name, getattr(importlib.import_module(name), "FORMAT", None)) for name in modules]
    loaded += [(point.value, point.load()) for point in entry_points(group="nuanqun.formats")]
    for name, fmt in loaded:
        if fmt is None:
            continue
        if fmt.id in found:
            raise ValueError(f"format id {fmt.id!r} is defined by both {origin[fmt.id]} and {name}")
        found[fmt.id], origin[fmt.id] = fmt, name
    return found
