"""The JSON of the WeFlow family: a `session` and its `messages`, written alike by WeFlow, CipherTalk and echotrace.

    {"weflow": {...}, "session": {"wxid": "1@chatroom", "displayName": "团购群"}, "senders": [...], "messages":
     [{"createTime": 1709251260, "type": "文本消息", "localType": 1, "content": "早", "senderUsername": "wxid_a"}]}
In: a `Source`. Out: records for the parsers. Example: `yield from read_session(source)`.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from ingest.clock import read_datetime, read_epoch
from ingest.errors import ParseIssue
from ingest.formats import Record
from ingest.json_stream import read_before, read_items
from ingest.message import ChatStart, Message
from ingest.source import Source
from ingest.wechat_rows import WeChatRow, is_room, server_id, to_message
from ingest.wechat_types import NUDGE, REPLY, split_type
from ingest.wechat_xml import is_xml, read_at_list

_RAW_TELLS_MORE = frozenset({REPLY, NUDGE, 53})
"""App messages whose XML holds more than the exporter's one-line body: quotes, nudges, whole lists."""


def read_session(source: Source) -> Iterator[Record]:
    """One chat; messages may name their sender inline or by a number into `senders`."""
    before = read_before(source, "messages")
    session = before.get("session")
    session = session if isinstance(session, dict) else {}
    chat_id = _first(session, "wxid", "accountId", "username", "groupId") or None
    yield ChatStart(_first(session, "displayName", "nickname", "remark"), chat_id)
    senders = _senders(before.get("senders"))
    looked = bool(senders)
    for number, item in enumerate(read_items(source, "messages.item"), 1):
        if isinstance(item, ParseIssue):
            yield item
        elif not isinstance(item, dict):
            yield ParseIssue(number, "bad_json", str(item)[:80])
        else:
            if "senderID" in item and not looked:
                # The table may stand after the messages: one more pass over the file finds it.
                senders, looked = _senders(list(read_items(source, "senders.item"))), True
            yield _message(number, item, senders, session, chat_id)


def _senders(listed: Any) -> dict[Any, dict[str, Any]]:
    """The sender table of arkme-json by number."""
    rows = listed if isinstance(listed, list) else []
    return {row.get("senderID"): row for row in rows if isinstance(row, dict)}


def _message(
    line: int, item: dict[str, Any], senders: dict[Any, dict[str, Any]], session: dict[str, Any], chat_id: str | None
) -> Message | ParseIssue:
    sent_at = _time(item)
    if sent_at is None:
        return ParseIssue(line, "bad_time", str(item.get("createTime"))[:80])
    number = _integer(item.get("localType"))
    body = _body(item, number)
    row = WeChatRow(
        sent_at,
        body,
        number=number,
        subtype=_integer(item.get("appMsgType")) if number == 49 else 0,
        type_name=str(item.get("type") or ""),
        platform_id=server_id(item.get("platformMessageId")),
        reply_to=server_id(item.get("replyToMessageId")),
        quoted_text=_first(item, "quotedContent") or None,
        quoted_name=_first(item, "quotedSender") or None,
        mentions=read_at_list(str(item.get("source") or "")),
        url=_first(item, "linkUrl", "finderUrl", "musicUrl"),
        line=line,
    )
    _name_sender(row, item, senders.get(item.get("senderID"), item), session, chat_id)
    return to_message(row)


def _name_sender(
    row: WeChatRow, item: dict[str, Any], who: dict[str, Any], session: dict[str, Any], chat_id: str | None
) -> None:
    """Fill in who sent it; without any name a private chat has only two people."""
    row.sender_id = _first(who, "senderUsername", "wxid", "accountId", "senderWxid") or None
    row.sender_name = _first(who, "senderNickname", "nickname", "senderDisplayName", "displayName") or None
    row.sender_card = _first(who, "groupNickname", "senderGroupNickname") or None
    if row.sender_id or row.sender_name:
        return
    if item.get("isSend") in (1, True):
        row.sender_name = "我"
    elif not is_room(chat_id):
        row.sender_id, row.sender_name = chat_id, _first(session, "displayName", "nickname") or None


def _body(item: dict[str, Any], number: int) -> str:
    content, raw = item.get("content"), item.get("rawContent")
    if isinstance(raw, str) and split_type(number)[1] in _RAW_TELLS_MORE and is_xml(raw):
        return raw
    return content if isinstance(content, str) else "" if content is None else str(content)


def _time(item: dict[str, Any]) -> datetime | None:
    try:
        return read_epoch(item["createTime"])
    except (KeyError, TypeError, ValueError, OverflowError):
        return read_datetime(str(item.get("formattedTime") or ""))


def _integer(value: Any) -> int:
    try:
        return int(value)
    except (TypeError, ValueError, OverflowError):
        return 0


def _first(values: dict[str, Any], *keys: str) -> str:
    """The first non-empty text under any of the keys."""
    return next((str(values[key]) for key in keys if values.get(key) not in (None, "")), "")
