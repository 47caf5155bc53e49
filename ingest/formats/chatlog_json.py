"""chatlog JSON: a saved response of its HTTP API with format=json, one array, often on one line.

    [{"seq": 1709251260001, "time": "2024-03-01T08:01:00+08:00", "talker": "1@chatroom", "talkerName": "团购群",
      "sender": "wxid_a", "senderName": "张店长", "isSelf": false, "type": 1, "subType": 0, "content": "早上好"}]
(type, subType) -> kind; contents holds title, url, the quoted message (refer) and merged forwards (recordInfo).
System rows have sender 系统消息. Source: sjzar/chatlog model.Message.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ingest.clock import read_datetime
from ingest.errors import ParseIssue
from ingest.formats import ExportFormat, Record
from ingest.json_stream import read_items
from ingest.message import ChatStart, Message
from ingest.source import Source
from ingest.wechat_rows import WeChatRow, to_message
from ingest.wechat_types import type_kind
from ingest.wechat_xml import LABELS, resolve_members

KEYS = ('"talker"', '"isSelf"', '"isChatRoom"', '"subType"')


def sniff(head: str, tail: str, name: str) -> float:
    """1 where the elements have chatlog's keys."""
    return 1.0 if head.lstrip()[:1] in ("[", "{") and all(key in head for key in KEYS) else 0.0


def parse(source: Source) -> Iterator[Record]:
    """One chat a talker, one Message an element."""
    talker = None
    prefix = "items.item" if source.head.lstrip().startswith("{") else "item"
    for number, item in enumerate(read_items(source, prefix), 1):
        if isinstance(item, ParseIssue):
            yield item
            continue
        sent_at = read_datetime(str(item.get("time") or "")) if isinstance(item, dict) else None
        if sent_at is None:
            yield ParseIssue(number, "bad_time", str(item)[:80])
            continue
        if talker is None or item.get("talker") != talker:
            talker = item.get("talker")
            yield ChatStart(str(item.get("talkerName") or talker or ""), str(talker) if talker else None)
        yield _message(number, item, WeChatRow(sent_at, _text(item), line=number))


def _message(number: int, item: dict[str, Any], row: WeChatRow) -> Message:
    contents = _table(item, "contents")
    row.number, row.subtype = _integer(item.get("type")), _integer(item.get("subType"))
    row.sender_id = str(item.get("sender") or "") or None
    row.sender_name = str(item.get("senderName") or "") or (None if row.sender_id else "我")
    row.url = str(contents.get("url") or "")
    refer = contents.get("refer")
    if isinstance(refer, dict):
        row.quoted_name = str(refer.get("senderName") or refer.get("sender") or "") or None
        kind = type_kind(_integer(refer.get("type")), _integer(refer.get("subType"))) or ""
        row.quoted_text = _text(refer) or LABELS.get(kind)
    if row.number == 49 and not row.body and not row.subtype:
        row.type_name = "其他消息"
    return to_message(row)


def _text(item: dict[str, Any]) -> str:
    """The content; for shared things their title and description, for a merged forward its lines."""
    content, contents = str(item.get("content") or ""), _table(item, "contents")
    if content or not contents:
        return resolve_members(content) if item.get("type") != 1 else content
    record = contents.get("recordInfo")
    if isinstance(record, dict):
        return "\n".join([str(contents.get("title") or record.get("Title") or ""), *_forwarded(record)]).strip("\n")
    return "\n".join(str(contents[key]) for key in ("title", "desc", "label", "poiname") if contents.get(key))


def _forwarded(record: dict[str, Any]) -> Iterator[str]:
    for item in _table(record, "DataList").get("DataItems") or []:
        if isinstance(item, dict):
            what = item.get("DataDesc") or item.get("DataTitle") or "[...]"
            yield f"{item.get('SourceName', '')} {item.get('SourceTime', '')}: {what}"


def _table(item: dict[str, Any], key: str) -> dict[str, Any]:
    value = item.get(key)
    return value if isinstance(value, dict) else {}


def _integer(value: Any) -> int:
    return value if isinstance(value, int) else 0


FORMAT = ExportFormat(
    id="chatlog_json",
    title="微信 · chatlog JSON",
    platform="wechat",
    extensions=(".json",),
    sniff=sniff,
    parse=parse,
    how_to_export="chatlog：开启 HTTP 服务 → 网页上选群和日期 → 格式选 json → 保存。",
)
