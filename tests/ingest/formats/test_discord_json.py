"""DiscordChatExporter JSON: old and new builds, notifications, partitions."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from ingest.errors import ParseIssue
from ingest.formats.discord_json import FORMAT
from ingest.message import ChatStart, Message
from ingest.source import Source, bytes_part


def row(number: int, content: str = "", kind: str | int = "Default", **more) -> dict:
    author = {"id": "77", "name": "anna", "discriminator": "0000", "nickname": "安娜", "isBot": False, "roles": []}
    return {
        "id": str(number),
        "type": kind,
        "timestamp": "2024-03-01T08:00:05.123+08:00",
        "content": content,
        "author": author,
        "attachments": [],
        "embeds": [],
        "mentions": [],
        **more,
    }


def page(rows: list[dict]) -> bytes:
    channel = {"id": "900", "type": "GuildTextChat", "name": "闲聊"}
    return json.dumps({"guild": {"id": "1", "name": "g"}, "channel": channel, "messages": rows}).encode()


def read(*rows: dict) -> list[Message]:
    records = list(FORMAT.parse(Source.of_bytes(page(list(rows)), "g - c - 闲聊 [900].json")))
    assert records[0] == ChatStart("闲聊", "900")
    return [record for record in records[1:] if isinstance(record, Message)]


def test_sender_keeps_id_account_and_nickname() -> None:
    [message] = read(row(1, "[2024/3/1 08:00:00] 王: 早\n第二行"))
    assert (message.sender_id, message.sender_name, message.sender_card) == ("77", "anna", "安娜")
    assert message.sent_at == datetime(2024, 3, 1, 0, 0, 5, 123000, tzinfo=UTC)
    assert message.text.endswith("\n第二行")


def test_old_files_lack_roles_stickers_and_nickname() -> None:
    old = row(1, "hi", author={"id": "5", "name": "bob", "discriminator": "1234", "isBot": True})
    [message] = read(old)
    assert (message.sender_name, message.sender_card, message.sender_role) == ("bob#1234", None, "bot")


def test_notifications_are_events_by_word_or_number() -> None:
    other = [{"id": "88", "name": "ben"}]
    events = read(
        row(1, "Joined the server.", "GuildMemberJoin"),
        row(2, "Added ben to the group.", "RecipientAdd", mentions=other),
        row(3, "Removed ben from the group.", "RecipientRemove", mentions=other),
        row(4, "Left the group.", 2, mentions=[{"id": "77", "name": "anna"}]),
        row(5, "Started a call that lasted 3 minutes.", "Call"),
        row(6, "Pinned a message.", 6, reference={"messageId": "1"}),
        row(7, "", 8),
        row(8, "hello", 20),
    )
    assert [m.event for m in events] == ["join", "invite", "kick", "leave", "call", "pin", "other", None]
    assert events[1].target_ids == ["88"]
    assert events[3].target_ids == []


def test_replies_media_stickers_embeds_and_forwards_keep_their_kind() -> None:
    messages = read(
        row(1, "好", "Reply", reference={"messageId": "9"}),
        row(2, attachments=[{"url": "https://x.example/a/photo.PNG?ex=1", "fileName": "photo.PNG"}]),
        row(3, attachments=[{"url": "https://x.example/a/名单.xlsx", "fileName": "名单.xlsx"}]),
        row(4, stickers=[{"name": "点赞"}]),
        row(5, embeds=[{"title": "新闻", "url": "https://n.example", "description": "全文"}]),
        row(6, forwardedMessage={"content": "旧消息", "attachments": []}),
        row(7, "@everyone [图片]"),
        row(8, "#接龙\n1. 甲"),
    )
    assert [m.kind for m in messages] == ["text", "image", "file", "sticker", "link", "forward", "text", "chain"]
    assert messages[0].reply_to == "9"
    assert messages[2].text == "名单.xlsx"
    assert messages[4].text == "新闻\n全文"
    assert messages[6].mentions == ["@all"]


def test_partitions_are_one_chat_and_a_cut_file_is_read_to_its_last_whole_message() -> None:
    whole, cut = page([row(1), row(2)]), page([row(3), row(4, "x" * 50)])[:-30]
    parts = (bytes_part(whole, "a [9].json"), bytes_part(cut, "a [9] [part 2].json"))
    records = list(FORMAT.parse(Source(parts)))
    assert [r.platform_id for r in records if isinstance(r, Message)] == ["1", "2", "3"]
    assert isinstance(records[-1], ParseIssue)
    assert records[-1].reason.startswith("truncated_tail")
