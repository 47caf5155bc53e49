"""飞书 / Lark, answers of the messages API (im/v1/messages), one page, several pages a line, or the bare items.

    {"code":0,"data":{"items":[{"message_id":"om_…","create_time":"ms","chat_id":"oc_…","msg_type":"text",
      "sender":{"id":"ou_…","sender_type":"user"},"body":{"content":"{\\"text\\":\\"…\\"}"},"mentions":[…]}]}}
Names are not in it, except those of people who are mentioned: they are remembered for their later messages.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from ingest.clock import read_epoch
from ingest.errors import ParseIssue
from ingest.formats import ExportFormat, Record
from ingest.json_stream import read_json_lines, read_tagged
from ingest.lark import read_body, read_event
from ingest.message import ChatStart, Message
from ingest.source import Source

_SINGLE_LINE = re.compile(r"\{[^\n]*\}\s*\n\s*\{")


def sniff(head: str, tail: str, name: str) -> float:
    """Sure with messages whose body is JSON in a string."""
    start = head[:20_000]
    keys = sum(f'"{key}"' in start for key in ("message_id", "msg_type", "create_time", "chat_id", "body", "sender"))
    return 0.97 if start.lstrip("\ufeff \n\r\t")[:1] in "{[" and keys == 6 else 0.0


def parse(source: Source) -> Iterator[Record]:
    """Yield the messages; a `ChatStart` wherever another chat speaks."""
    current: str | None = None
    names: dict[str, str] = {}
    for line, item in _items(source):
        if isinstance(item, ParseIssue):
            yield item
            continue
        if not isinstance(item, Mapping) or "message_id" not in item:
            yield ParseIssue(line, "bad_json: no message", str(item)[:80])
            continue
        chat = str(item.get("chat_id") or "")
        if chat != current:
            yield ChatStart(chat, chat or None)
            current = chat
        yield _message(item, names, line)


def _items(source: Source) -> Iterator[tuple[int, Any]]:
    """(line or position, message) whatever the messages are wrapped in."""
    if _SINGLE_LINE.match(source.head.lstrip("\ufeff \n\r\t")):
        for line, value in read_json_lines(source):
            inner = _inside(value)
            yield from ((line, item) for item in inner) if inner is not None else [(line, value)]
        return
    pages = re.match(r"\s*\[\s*\{\s*\"(?:code|msg|data)\"", source.head.lstrip("\ufeff"))
    prefixes = ("item.data.items.item", "item.items.item") if pages else ("item", "items.item", "data.items.item")
    for position, (_, item) in enumerate(read_tagged(source, *prefixes), 1):
        yield position, item


def _inside(page: Any) -> list[Any] | None:
    """The items of an API answer; None when it is a message itself."""
    if not isinstance(page, Mapping) or "message_id" in page:
        return None
    data = page.get("data")
    items = data.get("items") if isinstance(data, Mapping) else page.get("items")
    return items if isinstance(items, list) else None


def _message(item: Mapping[str, Any], names: dict[str, str], line: int) -> Message | ParseIssue:
    try:
        sent_at = read_epoch(str(item["create_time"]))
    except (KeyError, TypeError, ValueError, OverflowError):
        return ParseIssue(line, "bad_time", str(item.get("create_time"))[:80])
    sender = item.get("sender") or {}
    who = str(sender.get("id") or "")
    platform_id = str(item["message_id"])
    content = _content(item)
    if item.get("msg_type") == "system":
        event = read_event(content)
        return Message(
            sent_at, event.text, platform_id=platform_id, event=event.event, actor_ids=event.actors,
            target_ids=event.targets, line=line,
        )  # fmt: skip
    mentions: list[str] = []
    for found in item.get("mentions") or ():
        if isinstance(found, Mapping):
            names.setdefault(str(found.get("id")), str(found.get("name") or ""))
            mentions.append(str(found.get("id") or found.get("name")))
    body = read_body(str(item.get("msg_type") or ""), content, item.get("mentions") or [])
    if item.get("deleted"):
        body.text, body.kind = "", "unknown"
    return Message(
        sent_at,
        body.text,
        body.kind,
        who or None,
        names.get(who) or None,
        sender_role="bot" if sender.get("sender_type") == "app" else None,
        platform_id=platform_id,
        reply_to=str(item.get("parent_id") or "") or None,
        mentions=list(dict.fromkeys(mentions + body.mentions)),
        urls=body.urls,
        line=line,
    )


def _content(item: Mapping[str, Any]) -> Any:
    """`body.content`, which is JSON in a string; words where it is not."""
    raw = (item.get("body") or {}).get("content") if isinstance(item.get("body"), Mapping) else None
    try:
        return json.loads(raw) if isinstance(raw, str) else raw or {}
    except ValueError:
        return {"text": raw}


FORMAT = ExportFormat(
    id="feishu_json",
    title="飞书 / Lark · 消息接口 JSON",
    platform="feishu",
    extensions=(".json", ".jsonl"),
    sniff=sniff,
    parse=parse,
    how_to_export="飞书开放平台：用机器人或自建应用调用 im/v1/messages 拉取群消息，把返回的 JSON 存成文件。",
)
