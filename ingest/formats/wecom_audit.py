"""企业微信 会话内容存档 (WeCom message archive), decrypted: one message a line, or one array of them.

    {"msgid":…,"action":"send","from":"zhangsan","tolist":[…],"roomid":"wr…","msgtime":ms,"msgtype":"text","text":{…}}
`from` is a user id of the company, wm…/wo… of outsiders or wb… of robots; names need the contact API. Quotations
stand in the text (「名：原文」 above a row of dashes). Rooms alternate line by line. `switch` rows (a member changed
company) belong to no chat and are passed over. A `recall` is an archived message of its own that points at the
recalled one, so it is kept as one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from ingest.clock import read_epoch
from ingest.errors import ParseIssue
from ingest.formats import ExportFormat, Record
from ingest.json_stream import read_rows
from ingest.message import ChatStart, Message
from ingest.placeholders import kind_of
from ingest.source import Source

KINDS = {
    "image": "image", "voice": "voice", "video": "video", "emotion": "sticker", "file": "file", "qydiskfile": "file",
    "link": "link", "weapp": "mini_program", "card": "card", "location": "location", "chatrecord": "forward",
    "redpacket": "red_packet", "external_redpacket": "red_packet", "vote": "poll", "meeting": "call",
    "meeting_voice_call": "call", "voip_doc_share": "call", "voiptext": "call", "todo": "card", "collect": "card",
    "docmsg": "link", "news": "link", "calendar": "card", "sphfeed": "link", "revoke": "unknown", "agree": "unknown",
    "disagree": "unknown",
}  # fmt: skip
_QUOTE = re.compile(r"「(?P<name>[^「」\n：:]*)[：:](?P<text>.*?)」\n(?:- ){3,}-?\s*\n?", re.DOTALL)
_WORDS = ("title", "filename", "content", "wish", "address", "linktitle", "description", "desc", "main_title", "userid")


def sniff(head: str, tail: str, name: str) -> float:
    """Sure when the first objects have the archive's own keys."""
    start = head.lstrip("\ufeff[ \n\r\t")[:4000]
    keys = sum(f'"{key}"' in start for key in ("msgid", "msgtype", "msgtime", "tolist", "roomid", "action"))
    return 0.97 if start.startswith("{") and keys >= 5 else 0.0


def parse(source: Source) -> Iterator[Record]:
    """Yield the messages; a `ChatStart` wherever another room speaks."""
    current = ""
    for line, item in read_rows(source):
        if isinstance(item, ParseIssue):
            yield item
            continue
        if not isinstance(item, Mapping):
            yield ParseIssue(line, "bad_json: no message", str(item)[:80])
            continue
        if item.get("action") == "switch":
            continue
        record = _message(item, line)
        chat = _chat(item)
        if isinstance(record, Message) and chat != current:
            yield ChatStart(chat, chat)
            current = chat
        yield record


def _chat(item: Mapping[str, Any]) -> str:
    """The room, or both people of a private chat."""
    if item.get("roomid"):
        return str(item["roomid"])
    people = [item.get("from"), *(item.get("tolist") or [])]
    return "-".join(sorted(str(one) for one in people if one)) or "private"


def _message(item: Mapping[str, Any], line: int) -> Message | ParseIssue:
    try:
        sent_at = read_epoch(item["msgtime"])
    except (KeyError, TypeError, ValueError, OverflowError):
        return ParseIssue(line, "bad_time", str(item.get("msgtime"))[:80])
    msgtype = str(item.get("msgtype") or "")
    content = item.get(msgtype)
    content = content if isinstance(content, Mapping) else {}
    text, kind = _content(msgtype, content)
    quote = _QUOTE.match(text) if msgtype == "text" and text.startswith("「") else None
    who = str(item.get("from") or "")
    return Message(
        sent_at,
        text[quote.end() :] if quote else text,
        kind,
        who or None,
        sender_role="bot" if who.startswith("wb") else None,
        platform_id=str(item.get("msgid") or "") or None,
        reply_to=str(content["pre_msgid"]) if content.get("pre_msgid") else None,
        quoted_name=quote["name"] if quote else None,
        quoted_text=quote["text"] if quote else None,
        urls=[str(content[key]) for key in ("link_url", "doc_url", "url") if content.get(key)],
        line=line,
    )


def _content(msgtype: str, content: Mapping[str, Any]) -> tuple[str, str]:
    """Words and kind of a message body."""
    if msgtype in ("text", "markdown"):
        text = str(content.get("content") or "")
        return text, "chain" if text.startswith(("#接龙", "#接龍")) else "text" if text.strip() else "unknown"
    if msgtype in ("mixed", "chatrecord"):
        parts = [_part(part) for part in content.get("item") or () if isinstance(part, Mapping)]
        title = [str(content["title"])] if content.get("title") else []
        words = [part for part in title + parts if part]
        kind = (
            "forward" if msgtype == "chatrecord" else "text" if any(kind_of(word) == "text" for word in words) else ""
        )
        return "\n".join(words), kind or kind_of(words[0] if words else "")
    words = next((str(content[key]) for key in _WORDS if content.get(key)), "")
    return words, KINDS.get(msgtype, "unknown")


def _part(part: Mapping[str, Any]) -> str:
    """One piece of a mixed or forwarded message; its content is JSON in a string."""
    inner = part.get("content")
    try:
        inner = json.loads(inner) if isinstance(inner, str) else inner
    except ValueError:
        inner = {"content": inner}
    words = next((str(inner[key]) for key in _WORDS if inner.get(key)), "") if isinstance(inner, Mapping) else ""
    return words or f"[{str(part.get('type') or '').removeprefix('ChatRecord') or '?'}]"


FORMAT = ExportFormat(
    id="wecom_audit",
    title="企业微信 · 会话内容存档",
    platform="wecom",
    extensions=(".jsonl", ".json"),
    sniff=sniff,
    parse=parse,
    how_to_export="企业微信管理后台开通“会话内容存档”，用官方 SDK 拉取并解密，逐行存成 .jsonl。",
)
