"""zulip-archive: one JSON file a topic, "<stream id>-<stream name>/<topic>.json".

    [{"content": "<p>html</p>", "id": 159003154, "sender_full_name": "anna", "timestamp": 1550859565}, ...]
File and folder names write special characters as ".22". There are no user ids.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any

from ingest.attachments import kind_of_file, kind_of_words
from ingest.clock import read_epoch
from ingest.errors import ParseIssue
from ingest.formats import ExportFormat, Record
from ingest.html_blocks import read_fragment
from ingest.json_stream import read_items
from ingest.message import ChatStart, Message
from ingest.source import Source

_SAID = re.compile(r"^(?P<name>.+?) said:?$")


def sniff(head: str, tail: str, name: str) -> float:
    """By the keys of a list."""
    listed = head.lstrip().startswith("[")
    return 0.96 if listed and '"sender_full_name"' in head and '"content"' in head and '"timestamp"' in head else 0.0


def parse(source: Source) -> Iterator[Record]:
    """One topic as one chat."""
    place = PurePosixPath(re.sub(r"[\\!]", "/", source.parts[0].path or source.name))
    stem = re.sub(r"\.json$", "", place.name)
    folder = re.match(r"\d+-(.+)", place.parent.name)
    topic = _unescape(re.sub(r"^\d+-", "", stem))
    yield ChatStart(f"{_unescape(folder[1])} › {topic}" if folder else topic)
    for item in read_items(source, "item"):
        yield item if isinstance(item, ParseIssue) else _message(item)


def _unescape(name: str) -> str:
    """Zulip's ".22" and "%22" as characters, dashes as spaces; a name that does not decode stays."""
    codes = re.sub(r"[.%]([0-9A-Fa-f]{2})", lambda found: chr(int(found[1], 16)), name)
    try:
        return codes.encode("latin-1").decode("utf-8").replace("-", " ")
    except UnicodeError:
        return name.replace("-", " ")


def _message(item: Any) -> Record:
    try:
        sent_at = read_epoch(item["timestamp"])
    except (KeyError, TypeError, ValueError, OverflowError):
        return ParseIssue(0, "bad_time", str(item)[:80])
    name, number = item.get("sender_full_name"), item.get("id")
    message = Message(sent_at, sender_name=name or None, platform_id=None if number is None else str(number))
    _fill(message, str(item.get("content") or ""))
    return message


def _fill(message: Message, html: str) -> None:
    """Text without the quoted part; what stands before a quote names who is quoted."""
    node = read_fragment(html)
    quote = node.find("blockquote")
    if quote is not None:
        message.quoted_text = quote.text()
    lines = node.text(skip=lambda part: part.tag == "blockquote").split("\n")
    said = _SAID.match(lines[0]) if quote is not None else None
    if said:
        message.quoted_name = said["name"].removeprefix("@")
        lines = lines[1:]
    message.text = "\n".join(lines).strip()
    message.mentions = [part.attrs.get("data-user-id", "") for part in node.find_all("user-mention")]
    message.mentions = ["@all" if one == "*" else one for one in message.mentions if one]
    image = node.find("message_inline_image")
    message.kind = kind_of_words(message.text)
    links = [a.attrs.get("href", "") for a in node.find_all("a")]
    message.urls = [link for link in links if "://" in link and link not in message.text]
    if image is not None and not message.text:
        message.kind = kind_of_file(next((link for link in links if link), ".png"))


FORMAT = ExportFormat(
    id="zulip_archive",
    title="Zulip · zulip-archive",
    platform="zulip",
    extensions=(".json",),
    sniff=sniff,
    parse=parse,
    how_to_export="运行 zulip-archive，把生成的 zulip_json 文件夹交进来（一个话题一个文件）。",
)
