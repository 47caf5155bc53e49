"""DiscordChatExporter JSON, one file a channel, also partitioned (".. [part 2].json").

    {"guild": {"name": ..}, "channel": {"id": .., "name": ..}, "messages": [{"id", "type", "timestamp", "content",
     "author": {"id", "name", "nickname", "isBot", "roles"}, "attachments", "stickers", "mentions", "reference"}]}
author.id -> sender_id, name -> sender_name, nickname -> sender_card; `type` is a word or a number. Builds before
2023 lack roles, stickers and nickname.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from ingest.clock import read_datetime
from ingest.discord import add_attachments, full_name, read_notification
from ingest.errors import ParseIssue
from ingest.formats import ExportFormat, Record
from ingest.json_stream import read_before, read_items
from ingest.message import ChatStart, Message
from ingest.source import Source

SAID = set("Default Reply ChatInputCommand ContextMenuCommand ThreadStarterMessage 0 19 20 21 23".split())
EVENTS = {
    "RecipientAdd": "invite", "RecipientRemove": "kick", "Call": "call", "ChannelNameChange": "rename",
    "ChannelIconChange": "other", "ChannelPinnedMessage": "pin", "GuildMemberJoin": "join", "ThreadCreated": "topic",
    "1": "invite", "2": "kick", "3": "call", "4": "rename", "5": "other", "6": "pin", "7": "join", "18": "topic",
}  # fmt: skip
_ROLES = (("owner", ("owner", "群主")), ("admin", ("admin", "moderator", "mod", "管理员", "管理")))


def sniff(head: str, tail: str, name: str) -> float:
    """By the channel's id and type before the messages."""
    if not head.lstrip().startswith("{"):
        return 0.0
    if re.search(r'"guild"\s*:\s*\{', head) and re.search(r'"channel"\s*:\s*\{', head):
        return 0.98 if '"messages"' in head or '"exportedAt"' in head else 0.6
    return 0.0


def parse(source: Source) -> Iterator[Record]:
    """All partitions as one chat."""
    about = read_before(source, "messages")
    channel = about.get("channel") or {}
    yield ChatStart(str(channel.get("name") or ""), str(channel["id"]) if channel.get("id") else None)
    for page in source.pages():
        for item in read_items(page, "messages.item"):
            yield item if isinstance(item, ParseIssue) else _message(item)


def _message(item: Any) -> Record:
    stamp = item.get("timestamp") if isinstance(item, dict) else None
    sent_at = read_datetime(stamp) if isinstance(stamp, str) else None
    if sent_at is None:
        return ParseIssue(0, "bad_time", str(item)[:80])
    author = item.get("author") or {}
    message = Message(
        sent_at,
        item.get("content") or "",
        sender_id=str(author["id"]) if author.get("id") else None,
        sender_name=full_name(author),
        sender_card=author.get("nickname"),
        sender_role=_role(author),
        platform_id=str(item["id"]) if item.get("id") else None,
        reply_to=(item.get("reference") or {}).get("messageId"),
        mentions=_mentions(item),
    )
    kind = str(item.get("type", "Default"))
    if kind in SAID:
        _add_content(message, item)
    else:
        _make_event(message, kind, item)
    return message


def _role(author: dict[str, Any]) -> str | None:
    if author.get("isBot"):
        return "bot"
    names = {str(role.get("name", "")).lower() for role in author.get("roles") or []}
    return next((role for role, words in _ROLES if names & set(words)), None)


def _mentions(item: dict[str, Any]) -> list[str]:
    named = [str(user["id"]) for user in item.get("mentions") or [] if user.get("id")]
    everyone = re.search(r"(?<!\w)@(?:everyone|here)\b", item.get("content") or "")
    return [*named, "@all"] if everyone else named


def _add_content(message: Message, item: dict[str, Any]) -> None:
    """Attachments, stickers, embeds and forwarded messages; each has its kind, and words only where it has some."""
    forwarded = item.get("forwardedMessage")
    if forwarded and not message.text:
        message.text, message.kind = forwarded.get("content") or "", "forward"
        message.urls = [str(file.get("url", "")) for file in forwarded.get("attachments") or []]
        return
    add_attachments(message, [str(file.get("url") or file.get("fileName")) for file in item.get("attachments") or []])
    if item.get("attachments") or message.text:
        return
    if item.get("stickers"):
        message.kind, message.text = "sticker", " ".join(str(one.get("name", "")) for one in item["stickers"])
    elif item.get("embeds"):
        message.kind = "link"
        message.text = "\n".join(
            str(embed[key]) for embed in item["embeds"] for key in ("title", "description") if embed.get(key)
        )
        message.urls = [str(embed["url"]) for embed in item["embeds"] if embed.get("url")]


def _make_event(message: Message, kind: str, item: dict[str, Any]) -> None:
    told = read_notification(message.text)
    message.event = EVENTS.get(kind) or (told.event if told else "other")
    message.actor_ids = [message.sender_id] if message.sender_id else []
    if message.event in ("invite", "kick"):
        message.target_ids = [target for target in message.mentions if target != "@all"]
        if message.event == "kick" and message.target_ids == message.actor_ids:
            message.event, message.target_ids = "leave", []
    message.mentions = []


FORMAT = ExportFormat(
    id="discord_json",
    title="Discord · DiscordChatExporter JSON",
    platform="discord",
    extensions=(".json",),
    sniff=sniff,
    parse=parse,
    how_to_export="DiscordChatExporter：选频道 → Format 选 JSON → Export（分段导出的 [part 2] 等文件放在同一文件夹）。",
    pages=r"(?P<stem>.+?)(?: \[part (?P<page>\d+)\])?\.json",
)
