"""Element's JSON: events, names that pass by, edits, replies, redactions."""

from __future__ import annotations

import json
from typing import Any

from ingest.formats.matrix_json import FORMAT
from ingest.message import ChatStart, Message
from ingest.source import Source

ANNA, BEN = "@anna:example.org", "@ben:example.org"


def event(number: int, content: dict, sender: str = ANNA, kind: str = "m.room.message", **more) -> dict:
    return {
        "type": kind,
        "sender": sender,
        "origin_server_ts": 1709251205000 + number,
        "event_id": f"${number}",
        "room_id": "!r:example.org",
        "content": content,
        **more,
    }


def said(number: int, body: str, msgtype: str = "m.text", more: dict[str, Any] | None = None) -> dict:
    return event(number, {"msgtype": msgtype, "body": body, **(more or {})})


def read(*events: dict) -> list[Message]:
    body = {"room_name": "茶室", "room_creator": ANNA, "exported_by": BEN, "messages": list(events)}
    source = Source.of_bytes(json.dumps(body).encode(), "export.json")
    assert FORMAT.sniff(source.head, source.tail, source.name) > 0.9
    records = list(FORMAT.parse(source))
    assert records[0] == ChatStart("茶室", "!r:example.org")
    return [record for record in records[1:] if isinstance(record, Message)]


def test_members_come_and_go_and_their_names_are_learned() -> None:
    def member(
        number: int, who: str, membership: str, sender: str | None = None, name: str = "", before: str = ""
    ) -> dict:
        content = {"membership": membership, **({"displayname": name} if name else {})}
        unsigned = {"prev_content": {"membership": before, "displayname": "旧"}} if before else {}
        return event(number, content, sender or who, "m.room.member", state_key=who, unsigned=unsigned)

    rows = read(
        member(1, ANNA, "join", name="安娜"),
        member(2, BEN, "invite", ANNA, "Ben"),
        member(3, BEN, "join", name="Ben", before="invite"),
        member(4, BEN, "join", name="Ben2", before="join"),
        member(5, BEN, "leave", ANNA),
        member(6, ANNA, "leave"),
        member(7, BEN, "ban", ANNA),
        said(8, "x"),
    )
    assert [m.event for m in rows] == ["join", "invite", "join", "rename", "kick", "leave", "kick", None]
    assert rows[1].target_ids == [BEN]
    assert rows[3].target_ids == ["Ben2"]
    assert rows[7].sender_name == "安娜"


def test_an_edit_changes_its_message_and_reactions_are_no_records() -> None:
    edit = {"rel_type": "m.replace", "event_id": "$1"}
    rows = read(
        said(1, "tpyo"),
        said(2, "* typo", more={"m.relates_to": edit, "m.new_content": {"msgtype": "m.text", "body": "typo"}}),
        event(3, {"m.relates_to": {"rel_type": "m.annotation", "event_id": "$1", "key": "👍"}}, kind="m.reaction"),
    )
    assert [m.text for m in rows] == ["typo"]


def test_replies_lose_their_fallback_and_keep_the_quote() -> None:
    body = "> <@ben:example.org> 第一行\n> 第二行\n\n答: > 不是引用"
    reply, threaded = read(
        said(2, body, more={"m.relates_to": {"m.in_reply_to": {"event_id": "$1"}}}),
        said(
            3,
            "t",
            more={"m.relates_to": {"rel_type": "m.thread", "event_id": "$9", "m.in_reply_to": {"event_id": "$2"}}},
        ),
    )
    assert (reply.text, reply.reply_to) == ("答: > 不是引用", "$1")
    assert (reply.quoted_name, reply.quoted_text) == (BEN, "第一行\n第二行")
    assert threaded.reply_to == "$9"


def test_kinds_redactions_and_state() -> None:
    poll = {"question": {"body": "几点"}, "answers": [{"org.matrix.msc1767.text": "八点"}]}
    rows = read(
        said(1, "a.jpg", "m.image"),
        said(2, "名单.xlsx", "m.file"),
        said(3, "waves", "m.emote"),
        event(4, {}, unsigned={"redacted_because": {}}),
        event(5, {"msgtype": "m.bad.encrypted", "body": "** Unable to decrypt **"}),
        event(6, {"m.poll.start": poll}, kind="m.poll.start"),
        event(7, {"name": "新名"}, kind="m.room.name"),
        event(8, {"pinned": ["$1"]}, kind="m.room.pinned_events"),
        said(9, "hi", "m.notice", more={"m.mentions": {"user_ids": [BEN], "room": True}}),
    )
    assert [m.kind for m in rows[:6]] == ["image", "file", "action", "unknown", "unknown", "poll"]
    assert [m.text for m in rows[:6]] == ["", "名单.xlsx", "waves", "", "", "几点\n八点"]
    assert [m.event for m in rows[6:]] == ["rename", "pin", None]
    assert (rows[8].sender_role, rows[8].mentions) == ("bot", [BEN, "@all"])
