"""Zulip's organization export: channels interleaved, names beside, Markdown."""

from __future__ import annotations

import json

from ingest.formats.zulip_export import FORMAT
from ingest.message import ChatStart, Message
from ingest.source import Source

REALM = {
    "zerver_userprofile": [
        {"id": 7, "full_name": "安娜", "role": 100, "is_bot": False},
        {"id": 8, "full_name": "Ben: B", "role": 400, "is_bot": False},
        {"id": 9, "full_name": "Bot", "role": 400, "is_bot": True},
    ],
    "zerver_stream": [{"id": 3, "name": "茶室"}],
    "zerver_recipient": [{"id": 5, "type": 2, "type_id": 3}, {"id": 6, "type": 1, "type_id": 8}],
}


def row(number: int, content: str, sender: int = 7, recipient: int = 5) -> dict:
    stamp = 1709251260.25 + number
    return {
        "id": number,
        "sender": sender,
        "recipient": recipient,
        "subject": "t",
        "content": content,
        "date_sent": stamp,
    }


def read(*rows: dict, realm: dict | None = REALM) -> list:
    beside = {"realm.json": json.dumps(realm).encode()} if realm else None
    data = json.dumps({"zerver_message": list(rows), "zerver_usermessage": []}).encode()
    source = Source.of_bytes(data, "messages-000001.json", siblings=beside)
    assert FORMAT.sniff(source.head, source.tail, source.name) > 0.9
    return list(FORMAT.parse(source))


def test_channels_and_direct_messages_are_chats_of_their_own() -> None:
    records = read(row(1, "a"), row(2, "b", 8, 6), row(3, "c"))
    assert [r.name for r in records if isinstance(r, ChatStart)] == ["茶室", "Ben: B", "茶室"]
    said = [r for r in records if isinstance(r, Message)]
    assert [(m.sender_id, m.sender_name, m.sender_role) for m in said[:2]] == [
        ("7", "安娜", "owner"),
        ("8", "Ben: B", "member"),
    ]


def test_a_quoted_reply_is_a_quote_and_mentions_have_ids() -> None:
    quote = "@_**Ben: B|8** [said](https://z.example/#narrow/stream/3/near/41):\n```quote\n旧\n两行\n```\n"
    [_, reply, mention, everyone] = read(
        row(1, f"{quote}好"), row(2, "@**安娜** @_**Ben: B|8** @**Ben: B|8** 来"), row(3, "@**all** 开会")
    )
    assert (reply.text, reply.quoted_text, reply.quoted_name, reply.reply_to) == ("好", "旧\n两行", "Ben: B", "41")
    assert (mention.mentions, mention.text) == (["7", "8"], "@安娜 @Ben: B @Ben: B 来")
    assert everyone.mentions == ["@all"]


def test_kinds_and_a_missing_realm() -> None:
    rows = read(
        row(1, "/me waves"),
        row(2, "/poll 几点?\n八点"),
        row(3, "[a.png](/user_uploads/1/x/a.png)"),
        row(4, "[名单.xlsx](/user_uploads/1/x/l.xlsx)"),
        realm=None,
    )
    assert isinstance(rows[0], ChatStart)
    assert rows[0].platform_chat_id == "5"
    assert [m.kind for m in rows[1:]] == ["action", "poll", "image", "file"]
    assert [m.text for m in rows[1:]] == ["waves", "/poll 几点?\n八点", "", "名单.xlsx"]
    assert rows[1].sender_id == "7"
