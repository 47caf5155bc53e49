"""Slack exports: one chat a channel, names beside, markup, subtypes, threads."""

from __future__ import annotations

import json
import zipfile
from datetime import UTC, datetime
from pathlib import Path

from ingest.find import find_sources
from ingest.formats.slack import FORMAT
from ingest.message import ChatStart, Message
from ingest.source import Source

USERS = [
    {"id": "U1", "name": "anna", "real_name": "安娜", "is_admin": True, "profile": {"display_name": "小安"}},
    {"id": "U2", "name": "ben", "profile": {"real_name": "Ben: B", "display_name": ""}},
    {"id": "B9", "name": "bot", "is_bot": True, "profile": {}},
]
CHANNELS = [{"id": "C1", "name": "tea", "members": ["U1", "U2"]}]


def said(number: int, text: str = "", user: str | None = "U1", **more) -> dict:
    found = {"type": "message", "ts": f"1709251205.{number:06d}", "text": text, **more}
    return found | ({"user": user} if user else {})


def export(tmp_path: Path, **days: list[dict]) -> list[Source]:
    path = tmp_path / "team export.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("users.json", json.dumps(USERS))
        archive.writestr("channels.json", json.dumps(CHANNELS))
        archive.writestr("dms.json", json.dumps([{"id": "D7", "members": ["U1", "U2"]}]))
        archive.writestr("integration_logs.json", "[]")
        for day, rows in days.items():
            archive.writestr(day.replace("__", "/").replace("_", "-") + ".json", json.dumps(rows))
    return [source for source in find_sources([path]) if isinstance(source, Source)]


def read(tmp_path: Path, *rows: dict) -> list[Message]:
    [source] = export(tmp_path, tea__2024_03_01=list(rows))
    assert FORMAT.sniff(source.head, source.tail, source.name) > 0.9
    records = list(FORMAT.parse(source))
    assert records[0] == ChatStart("tea", "C1")
    return [record for record in records[1:] if isinstance(record, Message)]


def test_a_channel_is_one_chat_over_all_its_days_and_a_direct_message_has_its_members_names(tmp_path: Path) -> None:
    sources = export(
        tmp_path, tea__2024_03_01=[said(1, "a")], tea__2024_03_02=[said(2, "b")], D7__2024_03_01=[said(3, "c", "U2")]
    )
    chats = [list(FORMAT.parse(source)) for source in sources]
    assert sorted(chat[0].name for chat in chats if isinstance(chat[0], ChatStart)) == ["tea", "安娜, Ben: B"]
    assert sorted(len(chat) for chat in chats) == [2, 3]


def test_names_roles_and_time(tmp_path: Path) -> None:
    one, two, bot = read(
        tmp_path, said(123456, "x"), said(2, "y", "U2"), said(3, "z", None, bot_id="B1", username="Deploy")
    )
    assert (one.sender_id, one.sender_name, one.sender_card, one.sender_role) == ("U1", "安娜", "小安", "admin")
    assert one.sent_at == datetime(2024, 3, 1, 0, 0, 5, 123456, tzinfo=UTC)
    assert (two.sender_name, two.sender_card) == ("Ben: B", None)
    assert (bot.sender_id, bot.sender_name, bot.sender_role) == ("B1", "Deploy", "bot")


def test_markup_becomes_what_readers_saw(tmp_path: Path) -> None:
    text = "<@U1> &lt;3 <@U2|bb> <#C1|tea> <!here> <!subteam^S1|@ops> <https://x.example/?a=1&amp;b|这里> <https://y.example>"
    [message] = read(tmp_path, said(1, text))
    assert message.text == "@安娜 <3 @bb #tea @here @ops 这里 https://y.example"
    assert message.mentions == ["U1", "U2", "@all"]
    assert message.urls == ["https://x.example/?a=1&b"]


def test_subtypes_are_events_or_kinds(tmp_path: Path) -> None:
    rows = read(
        tmp_path,
        said(1, "<@U2> has joined", "U2", subtype="channel_join", inviter="U1"),
        said(2, "<@U2> has joined", "U2", subtype="channel_join"),
        said(3, "left", "U2", subtype="channel_leave"),
        said(4, "renamed", subtype="channel_name"),
        said(5, "set topic", subtype="channel_topic"),
        said(6, "added an integration", subtype="bot_add", bot_id="B1"),
        said(7, "waves", subtype="me_message"),
        said(8, "", files=[{"name": "a.png", "mimetype": "image/png"}]),
        said(9, "", None, subtype="bot_message", bot_id="B1", attachments=[{"text": "build ok", "fallback": "b"}]),
        said(10, "note", None, subtype="file_comment", comment={"user": "U2", "comment": "note"}),
        said(11, "#接龙\n1. a"),
    )
    assert [m.event for m in rows] == [
        "invite", "join", "leave", "rename", "topic", "other", None, None, None, None, None,
    ]  # fmt: skip
    assert (rows[0].actor_ids, rows[0].target_ids) == (["U1"], ["U2"])
    assert [m.kind for m in rows[6:]] == ["action", "image", "text", "text", "chain"]
    assert rows[8].text == "build ok"
    assert rows[9].sender_id == "U2"


def test_thread_replies_answer_their_parent(tmp_path: Path) -> None:
    parent, reply = read(
        tmp_path, said(1, "?", thread_ts="1709251205.000001"), said(2, "!", thread_ts="1709251205.000001")
    )
    assert parent.reply_to is None
    assert reply.reply_to == parent.platform_id
