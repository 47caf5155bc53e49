"""Zulip organization export: messages-000001.json, ... with realm.json beside them (in a tar.gz).

    {"zerver_message": [{"id", "sender", "recipient", "subject", "content", "date_sent": 1709251260.25}], ..}
    realm.json: zerver_userprofile (id, full_name, role, is_bot), zerver_recipient (id, type, type_id), zerver_stream
A channel (stream) is one chat, its topics are not split; direct messages are one chat a recipient. Markdown of a reply,
@_**Anna|7** [said](https://..near/4): with a ```quote block, becomes the quote; @**Anna** is a mention.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from ingest.attachments import kind_of_file, kind_of_words
from ingest.clock import read_epoch
from ingest.errors import ParseIssue
from ingest.formats import ExportFormat, Record
from ingest.json_stream import read_items, read_tagged
from ingest.message import ChatStart, Message
from ingest.source import Source

STREAM = 2
"""Recipient type of a channel; 1 is one person, 3 a group of them."""
ROLES = {100: "owner", 200: "admin", 300: "admin", 400: "member", 600: "member"}
PROFILES = ("zerver_userprofile", "zerver_userprofile_crossrealm", "zerver_userprofile_mirrordummy")
QUOTE = re.compile(
    r"@_?\*\*(?P<name>[^*|]+)(?:\|\d+)?\*\* \[[^\]]+\]\([^)]*?(?:near/(?P<id>\d+))?[^)\d]*\):?\n"
    r"(?P<fence>`{3,})quote\n(?P<quote>.*?)\n(?P=fence)\n*",
    re.DOTALL,
)
_MENTION = re.compile(r"@(?P<silent>_?)\*\*(?P<name>[^*|]+)(?:\|(?P<id>\d+))?\*\*")
_UPLOAD = re.compile(r"\s*\[(?P<name>[^\]]*)\]\((?P<path>/user_uploads/[^)]+)\)\s*")
_EVERYONE = ("all", "everyone", "channel", "stream", "topic")


def sniff(head: str, tail: str, name: str) -> float:
    """By the table of messages."""
    return 0.98 if '"zerver_message"' in head and head.lstrip().startswith("{") else 0.0


@dataclass
class Realm:
    """Who and where: users, channel names and recipients by id."""

    users: dict[int, dict[str, Any]] = field(default_factory=dict)
    streams: dict[int, str] = field(default_factory=dict)
    recipients: dict[int, tuple[int, int]] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)  # full name -> id, for mentions without a number

    def chat(self, recipient: int) -> ChatStart:
        """The chat behind a recipient; without realm.json it is known by its number."""
        kind, number = self.recipients.get(recipient, (0, recipient))
        name = self.streams.get(number) if kind == STREAM else self.users.get(number, {}).get("full_name")
        return ChatStart(str(name or f"Zulip {recipient}"), str(recipient))


def parse(source: Source) -> Iterator[Record]:
    """All message files, channels interleaved as they were written."""
    realm, current = _realm(source), None
    for page in source.pages():
        for item in read_items(page, "zerver_message.item"):
            if isinstance(item, ParseIssue) or not isinstance(item, dict):
                yield item if isinstance(item, ParseIssue) else ParseIssue(0, "bad_json", str(item)[:80])
                continue
            if item.get("recipient") != current:
                current = item.get("recipient")
                yield realm.chat(current or 0)
            yield _message(item, realm)


def _realm(source: Source) -> Realm:
    realm = Realm()
    beside = source.companion("realm.json", "../realm.json")
    tables = (*PROFILES, "zerver_stream", "zerver_recipient")
    for prefix, row in read_tagged(beside, *(f"{table}.item" for table in tables)) if beside else ():
        if not isinstance(row, dict):
            continue
        table = prefix.removesuffix(".item")
        if table in PROFILES:
            realm.users[row["id"]] = row
            realm.names[str(row.get("full_name"))] = str(row["id"])
        elif table == "zerver_stream":
            realm.streams[row["id"]] = str(row.get("name"))
        else:
            realm.recipients[row["id"]] = (row.get("type", 0), row.get("type_id", 0))
    return realm


def _message(item: dict[str, Any], realm: Realm) -> Record:
    try:
        sent_at = read_epoch(item["date_sent"])
    except (KeyError, TypeError, ValueError, OverflowError):
        return ParseIssue(0, "bad_time", str(item)[:80])
    user = realm.users.get(item.get("sender", 0), {})
    message = Message(
        sent_at,
        sender_id=str(item["sender"]) if item.get("sender") is not None else None,
        sender_name=user.get("full_name"),
        sender_role="bot" if user.get("is_bot") else ROLES.get(user.get("role", 0)),
        platform_id=str(item["id"]) if item.get("id") is not None else None,
    )
    _fill(message, str(item.get("content") or ""), realm.names)
    return message


def _fill(message: Message, content: str, names: dict[str, str]) -> None:
    """Words, quote, mentions and kind from Zulip's Markdown."""
    quote = QUOTE.match(content)
    if quote:
        message.quoted_name, message.quoted_text, message.reply_to = quote["name"], quote["quote"], quote["id"]
        content = content[quote.end() :]
    for found in _MENTION.finditer(content):
        if not found["silent"]:
            everyone = found["name"].lower() in _EVERYONE
            message.mentions.append("@all" if everyone else found["id"] or names.get(found["name"], found["name"]))
    upload = _UPLOAD.fullmatch(content)
    message.kind = "poll" if content.startswith("/poll") else kind_of_words(content)
    if content.startswith("/me "):
        message.kind, content = "action", content[4:]
    elif upload:
        message.kind = kind_of_file(upload["path"])
        content = upload["name"] if message.kind == "file" else ""
    message.text = _MENTION.sub(r"@\g<name>", content)


FORMAT = ExportFormat(
    id="zulip_export",
    title="Zulip · 组织导出",
    platform="zulip",
    extensions=(".json", ".tar.gz"),
    sniff=sniff,
    parse=parse,
    how_to_export="Zulip 管理员：组织设置 → 数据导出（或 manage.py export）；整个导出一起交进来，名字在 realm.json。",
    companions=("realm.json", "attachment.json", "analytics.json", "*/records.json"),
    pages=r"(?P<stem>messages)-(?P<page>\d+)\.json",
)
