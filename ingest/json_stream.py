"""JSON of any size, element by element, up to the last whole record of a file that was cut.

In: a `Source`. Out: Python values. Example: `for item in read_items(source, "messages.item"): ...`.
Prefixes are those of ijson: "messages.item" is each element of the array under the key `messages`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import ijson

from ingest.errors import ParseIssue
from ingest.shallow import Shallow
from ingest.source import Source

EVENTS_END = ("end_map", "end_array")


def read_items(source: Source, prefix: str) -> Iterator[Any]:
    """Each value under `prefix`; a cut or broken file ends with a `ParseIssue` after its last whole value."""
    with source.stream() as stream:
        yield from _until_broken(ijson.items(Shallow(stream, source.path), prefix, use_float=True))


def read_tagged(source: Source, *prefixes: str) -> Iterator[tuple[str, Any]]:
    """(prefix, value) for the values under any of `prefixes`, in file order; a `ParseIssue` as ("", issue) at a cut.

    For files whose arrays nest in something that must be known first (account > chat > message). Slower than
    `read_items`, as bounded in memory; no prefix may lie inside another one's values.
    """
    with source.stream() as stream:
        found = _until_broken(_tagged(ijson.parse(Shallow(stream, source.path), use_float=True), frozenset(prefixes)))
        for value in found:
            yield ("", value) if isinstance(value, ParseIssue) else value


def _tagged(events: Iterator[tuple[str, str, Any]], prefixes: frozenset[str]) -> Iterator[tuple[str, Any]]:
    for prefix, event, value in events:
        if prefix not in prefixes or event in EVENTS_END:
            continue
        if event not in ("start_map", "start_array"):
            yield prefix, value
            continue
        builder, depth = ijson.ObjectBuilder(), 1
        builder.event(event, value)
        while depth:
            _, event, value = next(events)
            builder.event(event, value)
            depth += (event in ("start_map", "start_array")) - (event in EVENTS_END)
        yield prefix, builder.value  # pyright: ignore[reportAttributeAccessIssue]


def read_before(source: Source, key: str) -> dict[str, Any]:
    """The top-level values of an object that come before `key`; what follows is not read.

    Values that are arrays or objects are built whole: use it where they are small.
    """
    found: dict[str, Any] = {}
    with source.stream() as stream:
        events = ijson.parse(Shallow(stream, source.path), use_float=True)
        try:
            for prefix, event, value in events:
                if prefix == "" and event == "map_key":
                    if value == key:
                        break
                    _, first, inner = next(events)
                    found[value] = _build(events, first, inner)
        except (ijson.JSONError, StopIteration):
            return found  # the caller's own reading of the elements reports where the file breaks off
    return found


def _build(events: Iterator[tuple[str, str, Any]], event: str, value: Any) -> Any:
    builder, depth = ijson.ObjectBuilder(), 0
    while True:
        builder.event(event, value)
        depth += (event in ("start_map", "start_array")) - (event in EVENTS_END)
        if not depth:
            return builder.value  # pyright: ignore[reportAttributeAccessIssue]
        _, event, value = next(events)


def read_json_lines(source: Source) -> Iterator[tuple[int, Any]]:
    """(line, value) of a JSONL file; empty lines and lines starting with # are ignored, a broken one is
    a `ParseIssue` in place of the value."""
    for number, line in source.lines():
        text = line.strip()
        if not text or text.startswith("#"):
            continue
        try:
            yield number, json.loads(text)
        except (ValueError, RecursionError):
            yield number, ParseIssue(number, "bad_json", text[:80])


def read_rows(source: Source) -> Iterator[tuple[int, Any]]:
    """(line or position from 1, value) of JSONL, or of the elements when the file is one array."""
    if source.head.lstrip().startswith("["):
        yield from enumerate(read_items(source, "item"), 1)
    else:
        yield from read_json_lines(source)


def _until_broken(values: Iterator[Any]) -> Iterator[Any]:
    """Pass values on; where the JSON breaks off, one `ParseIssue` instead of an exception."""
    read = 0
    try:
        for value in values:
            read += 1
            yield value
    except (ijson.JSONError, RuntimeError) as error:
        if isinstance(error, RuntimeError) and not isinstance(error.__cause__, StopIteration):
            raise
        yield ParseIssue(0, f"truncated_tail: after element {read}")
