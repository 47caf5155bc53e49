"""qq-chat-exporter (QCE) chunked export: a manifest and JSONL files of messages, for groups too big for one file.

    manifest.json   {"metadata":…,"chatInfo":…,"chunked":{"chunks":[{"relativePath":"chunks/c000001.jsonl"},…]}}
                    older: {"metadata":{"format":"chunked-jsonl"},…,"chunked":{"chunks":[{"file":"chunk_0001.jsonl"}]}}
    chunks/*.jsonl  one message object a line, as in the JSON export
The manifest stands for the whole; a chunk that is given alone is read too.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any

from ingest.errors import BrokenExport, ParseIssue
from ingest.formats import ExportFormat, Record
from ingest.json_stream import read_json_lines
from ingest.message import ChatStart
from ingest.qce import BRAND, QceReader, chat_number, is_manifest
from ingest.source import Source


def sniff(head: str, tail: str, name: str) -> float:
    """Sure with QCE's metadata and a list of chunks instead of messages; nearly sure with a chunk's own lines."""
    start = head[:2000].lstrip()
    if start.startswith("{") and BRAND in start and '"metadata"' in start:
        return 0.98 if is_manifest(head + tail) else 0.0
    line = start.split("\n", 1)[0]
    keys = ('"sender":{', '"elements":[', '"recalled":', '"timestamp":')
    return 0.9 if line.startswith('{"id":') and all(key in line.replace(" ", "") for key in keys) else 0.0


def parse(source: Source) -> Iterator[Record]:
    """Read the chunks in the order of the manifest; a missing one is an issue."""
    reader = QceReader()
    if '"metadata"' not in source.head[:2000]:
        yield ChatStart("", chat_number(source))
        yield from _messages(source, reader)
        return
    manifest = _manifest(source)
    info = manifest.get("chatInfo") or {}
    yield ChatStart(str(info.get("name") or ""), str(info.get("peerUin") or "") or chat_number(source))
    chunked = manifest.get("chunked") or {}
    for chunk in chunked.get("chunks") or manifest.get("chunks") or ():
        names = _names(chunk, str(chunked.get("chunksDir") or "chunks"))
        found = source.companion(*names)
        if found is None:
            yield ParseIssue(0, f"skipped_member: {names[0] if names else chunk}")
            continue
        source.current = found.name
        yield from _messages(found, reader)


def _messages(chunk: Source, reader: QceReader) -> Iterator[Record]:
    for line, item in read_json_lines(chunk):
        yield item if isinstance(item, ParseIssue) else reader.read(item, line)


def _manifest(source: Source) -> dict[str, Any]:
    try:
        with source.stream() as stream:
            return json.load(stream)
    except ValueError as error:
        raise BrokenExport(
            f"the manifest is no whole JSON: {error}", path=source.path, hint="Give the files under chunks/ themselves."
        ) from error


def _names(chunk: Any, folder: str) -> list[str]:
    """Where a chunk may lie beside the manifest; never outside its folder."""
    if not isinstance(chunk, dict):
        return []
    stated = chunk.get("relativePath") or chunk.get("file") or chunk.get("fileName")
    names = [str(stated), f"{folder}/{stated}", f"chunks/{stated}"] if stated else []
    return [name for name in names if not name.startswith(("/", "\\")) and ".." not in PurePosixPath(name).parts]


FORMAT = ExportFormat(
    id="qce_chunked",
    title="QQ · qq-chat-exporter 分块 JSONL",
    platform="qq",
    extensions=(".json", ".jsonl"),
    sniff=sniff,
    parse=parse,
    how_to_export="qq-chat-exporter（QCE）：JSON 选“分块 JSONL”，把 manifest.json 和 chunks 所在的文件夹导入。",
    companions=("chunks/*.jsonl", "chunk_[0-9]*.jsonl", "avatars.json"),
)
