"""钉钉 (DingTalk) robot callbacks, logged one a line or as one array; DingTalk has no export for members.

    {"conversationId":…,"conversationTitle":…,"conversationType":"2","senderNick":…,"senderStaffId":…,"msgId":…,
     "createAt":ms,"msgtype":"text","text":{"content":" 早"},"atUsers":[{"dingtalkId":…,"staffId":…}]}
A robot hears only what its group lets it hear, and no joins or leaves.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ingest.clock import read_epoch
from ingest.errors import ParseIssue
from ingest.formats import ExportFormat, Record
from ingest.json_stream import read_rows
from ingest.message import ChatStart, Message
from ingest.source import Source

KINDS = {
    "picture": "image", "audio": "voice", "video": "video", "file": "file", "unknownMsgType": "unknown",
    "interactiveCard": "link", "link": "link", "chatRecord": "forward",
}  # fmt: skip


def sniff(head: str, tail: str, name: str) -> float:
    """Sure when the first object has the keys of a callback."""
    start = head.lstrip("\ufeff[ \n\r\t")[:4000]
    keys = sum(f'"{key}"' in start for key in ("conversationId", "senderNick", "msgtype", "createAt", "msgId"))
    return 0.97 if start.startswith("{") and keys == 5 else 0.0


def parse(source: Source) -> Iterator[Record]:
    """Yield the messages; a `ChatStart` wherever another conversation speaks."""
    current: str | None = None
    for line, item in read_rows(source):
        if isinstance(item, ParseIssue):
            yield item
            continue
        if not isinstance(item, Mapping) or "msgtype" not in item:
            yield ParseIssue(line, "bad_json: no message", str(item)[:80])
            continue
        chat = str(item.get("conversationId") or "")
        if chat != current:
            yield ChatStart(str(item.get("conversationTitle") or item.get("senderNick") or ""), chat or None)
            current = chat
        yield _message(item, line)


def _message(item: Mapping[str, Any], line: int) -> Message | ParseIssue:
    try:
        sent_at = read_epoch(item["createAt"])
    except (KeyError, TypeError, ValueError, OverflowError):
        return ParseIssue(line, "bad_time", str(item.get("createAt"))[:80])
    msgtype = str(item["msgtype"])
    body = item.get("text" if msgtype == "text" else "content")
    body = body if isinstance(body, Mapping) else {"content": body or ""}
    text = _words(msgtype, body)
    quoted = body.get("repliedMsg") if isinstance(body.get("repliedMsg"), Mapping) else {}
    return Message(
        sent_at,
        text,
        _kind(msgtype, text),
        str(item.get("senderStaffId") or item.get("senderId") or "") or None,
        str(item.get("senderNick") or "") or None,
        sender_role="admin" if item.get("isAdmin") is True else None,
        platform_id=str(item.get("msgId") or "") or None,
        reply_to=str(quoted.get("msgId") or item.get("originalMsgId") or "") or None if quoted is not None else None,
        quoted_text=_quoted(quoted),
        mentions=_mentions(item),
        line=line,
    )


def _words(msgtype: str, body: Mapping[str, Any]) -> str:
    """The words of a body; the blank that DingTalk puts where a robot was mentioned is dropped."""
    if msgtype == "text":
        return str(body.get("content") or "").removeprefix(" ")
    if msgtype == "richText":
        parts = [part for part in body.get("richText") or () if isinstance(part, Mapping)]
        return "".join(str(part.get("text") or ("[图片]" if part.get("downloadCode") else "")) for part in parts)
    return str(body.get("fileName") or body.get("recognition") or body.get("summary") or body.get("title") or "")


def _kind(msgtype: str, text: str) -> str:
    if msgtype not in ("text", "richText"):
        return KINDS.get(msgtype, "unknown")
    if msgtype == "richText" and text and not text.replace("[图片]", "").strip():
        return "image"
    return "chain" if text.startswith(("#接龙", "#接龍")) else "text" if text.strip() else "unknown"


def _quoted(quoted: Any) -> str | None:
    content = quoted.get("content") if isinstance(quoted, Mapping) else None
    text = content.get("text") if isinstance(content, Mapping) else content
    return str(text) if text else None


def _mentions(item: Mapping[str, Any]) -> list[str]:
    """Who is mentioned, without the robot that heard it."""
    robot = item.get("chatbotUserId")
    found = [one for one in item.get("atUsers") or () if isinstance(one, Mapping) and one.get("dingtalkId") != robot]
    names = [str(one.get("staffId") or one.get("dingtalkId")) for one in found]
    return ["@all", *names] if item.get("isAtAll") is True else names


FORMAT = ExportFormat(
    id="dingtalk_robot",
    title="钉钉 · 机器人回调日志",
    platform="dingtalk",
    extensions=(".jsonl", ".json", ".log"),
    sniff=sniff,
    parse=parse,
    how_to_export="钉钉开放平台：群机器人的消息回调逐行存成 .jsonl；专属钉钉的审计表格请按普通表格导入。",
)
