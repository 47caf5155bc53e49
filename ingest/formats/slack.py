"""Slack workspace export: a zip (or folder) with users.json, channels.json, and a folder of day files a channel.

    tuangou/2024-03-01.json: [{"type": "message", "user": "U1", "ts": "1709251205.000200", "text": "<@U2> hi &lt;3",
                               "subtype"?: "channel_join", "thread_ts"?, "files"?, "user_profile"?, "bot_id"?}]
One channel is one chat. ts is time and id in one; users.json holds the names. Markup <@U1>, <#C1|n>, <!channel>,
<url|label> becomes what readers saw. A broadcast reply repeats the id of the reply and counts once.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from pathlib import PurePosixPath
from typing import Any

from ingest.attachments import kind_of_file, kind_of_words
from ingest.clock import read_epoch
from ingest.errors import ParseIssue
from ingest.formats import ExportFormat, Record
from ingest.json_stream import read_items
from ingest.message import ChatStart, Message
from ingest.source import Source

SAID = set(
    "bot_message me_message thread_broadcast reply_broadcast file_share file_comment file_mention slackbot_response"
    " assistant_app_thread ekm_access_denied".split()
)
EVENTS = {
    "channel_join": "join", "group_join": "join", "channel_leave": "leave", "group_leave": "leave",
    "channel_name": "rename", "group_name": "rename", "channel_topic": "topic", "group_topic": "topic",
    "channel_purpose": "topic", "group_purpose": "topic", "pinned_item": "pin", "tombstone": "recall",
    "message_deleted": "recall", "huddle_thread": "call", "sh_room_created": "call",
}  # fmt: skip
CHANNEL_LISTS = ("channels.json", "groups.json", "mpims.json", "dms.json")
_MARK = re.compile(r"<([^<>\s][^<>]*)>")


def sniff(head: str, tail: str, name: str) -> float:
    """By a list of messages whose ts has six decimals."""
    if not head.lstrip().startswith("["):
        return 0.0
    stamped = re.search(r'"ts"\s*:\s*"\d{9,10}\.\d{6}"', head)
    return 0.96 if stamped and re.search(r'"type"\s*:\s*"message"', head) else 0.0


def parse(source: Source) -> Iterator[Record]:
    """The day files of one channel."""
    people = _people(source)
    folder = PurePosixPath(re.sub(r"[\\!]", "/", source.parts[0].path)).parent.name
    name, number = _channel(source, folder, people)
    yield ChatStart(name, number)
    for page in source.pages():
        for item in read_items(page, "item"):
            yield item if isinstance(item, ParseIssue) else _record(item, people)


def _people(source: Source) -> dict[str, dict[str, Any]]:
    """Members by id; an empty dict where the day file lies alone."""
    users = source.companion("../users.json", "../org_users.json", "users.json")
    found = read_items(users, "item") if users else iter(())
    return {str(user["id"]): user for user in found if isinstance(user, dict) and user.get("id")}


def _channel(source: Source, folder: str, people: dict[str, dict[str, Any]]) -> tuple[str, str | None]:
    """(name, id) of the channel whose folder this is; a direct message is named after its members."""
    for listed in CHANNEL_LISTS:
        part = source.companion(f"../{listed}")
        for entry in read_items(part, "item") if part else ():
            if isinstance(entry, dict) and folder in (entry.get("name"), entry.get("id")):
                members = ", ".join(_names(people.get(one, {}))[0] or one for one in entry.get("members") or [])
                return str(entry.get("name") or members or folder), str(entry.get("id") or "") or None
    return folder, None


def _names(user: dict[str, Any]) -> tuple[str | None, str | None]:
    """(real name, display name) of a member or of a message's user_profile."""
    profile = user.get("profile") or user
    real = user.get("real_name") or profile.get("real_name") or user.get("name")
    return real or None, profile.get("display_name") or None


def _record(item: Any, people: dict[str, dict[str, Any]]) -> Record:
    if isinstance(item, dict) and item.get("subtype") == "message_changed" and isinstance(item.get("message"), dict):
        item = item["message"]
    try:
        sent_at = read_epoch(item["ts"])
    except (KeyError, TypeError, ValueError, OverflowError):
        return ParseIssue(0, "bad_time", str(item)[:80])
    sender = item.get("user") or (item.get("comment") or {}).get("user") or (item.get("file") or {}).get("user")
    user = people.get(sender or "", {})
    name, card = _names(user) if user else _names(item.get("user_profile") or {})
    thread = item.get("thread_ts")
    message = Message(
        sent_at,
        sender_id=sender or item.get("bot_id") or item.get("username"),
        sender_name=name or item.get("username") or (item.get("bot_profile") or {}).get("name"),
        sender_card=card,
        sender_role=_role(item, user),
        platform_id=str(item["ts"]),
        reply_to=str(thread) if thread and thread != item["ts"] else None,
    )
    _add_text(message, item, people)
    subtype = item.get("subtype")
    if subtype and subtype not in SAID:
        _make_event(message, subtype, item)
    elif subtype == "me_message":
        message.kind = "action"
    else:
        _add_files(message, item)
    return message


def _role(item: dict[str, Any], user: dict[str, Any]) -> str | None:
    if user.get("is_bot") or item.get("bot_id") and not item.get("user"):
        return "bot"
    if user.get("is_primary_owner") or user.get("is_owner"):
        return "owner"
    return "admin" if user.get("is_admin") else None


def _make_event(message: Message, subtype: str, item: dict[str, Any]) -> None:
    who = [message.sender_id] if message.sender_id else []
    message.event, message.actor_ids, message.mentions = EVENTS.get(subtype, "other"), who, []
    if message.event == "join" and item.get("inviter"):
        message.event, message.actor_ids, message.target_ids = "invite", [item["inviter"]], who


def _add_text(message: Message, item: dict[str, Any], people: dict[str, dict[str, Any]]) -> None:
    """Text as readers saw it, with mentions and links apart; bots often write into attachments only."""
    raw = item.get("text") or (item.get("comment") or {}).get("comment") or ""
    if not raw:
        attached = [one for one in item.get("attachments") or [] if isinstance(one, dict)]
        keys = ("pretext", "title", "text", "fallback")
        lines = [[str(one[key]) for key in keys if one.get(key)] for one in attached]
        raw = "\n".join("\n".join(words[:-1] or words) for words in lines if words)

    def shown(found: re.Match[str]) -> str:
        target, _, label = found[1].partition("|")
        if target[0] == "@":
            message.mentions.append(target[1:])
            return "@" + (label or _names(people.get(target[1:], {}))[0] or target[1:])
        if target[0] == "#":
            return f"#{label or target[1:]}"
        if target[0] == "!":
            if target[1:] in ("channel", "here", "everyone"):
                message.mentions.append("@all")
            return label or f"@{target[1:]}"
        if label and label != target:
            message.urls.append(unescape(target))
        return label or target

    message.text = unescape(_MARK.sub(shown, raw))


def _add_files(message: Message, item: dict[str, Any]) -> None:
    files = [file for file in [*(item.get("files") or []), item.get("file")] if isinstance(file, dict)]
    message.kind = kind_of_words(message.text)
    if not files:
        return
    name = str(files[0].get("name") or files[0].get("title") or "")
    message.kind = kind_of_file(name, str(files[0].get("mimetype") or ""))
    if not message.text and message.kind == "file":
        message.text = name


FORMAT = ExportFormat(
    id="slack",
    title="Slack · 工作区导出",
    platform="slack",
    extensions=(".json", ".zip"),
    sniff=sniff,
    parse=parse,
    how_to_export="Slack 管理员：设置与管理 → 工作区设置 → 导入/导出数据 → 导出；zip 不用解压。",
    companions=(
        "users.json", "org_users.json", *CHANNEL_LISTS, "integration_logs.json", "canvases.json",
        "huddle_transcripts.json", "file_conversations.json", "lists.json",
    ),
    pages=r"(?P<stem>)(?P<day>\d{4}-\d\d-\d\d)\.json",
)  # fmt: skip
