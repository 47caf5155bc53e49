"""The ChatLab interchange format, as one document and line by line."""

from __future__ import annotations

import json

import pytest

from ingest import ParseIssue, Source, read_export
from ingest.formats import chatlab_json, chatlab_jsonl
from ingest.message import Message

META = {"name": "茶友", "platform": "wechat", "groupId": "9@chatroom", "ownerId": "w1"}
MEMBERS = [
    {"platformId": "w1", "accountName": "阿竹", "groupNickname": "群主-阿竹"},
    {"platformId": "w2", "accountName": "小棠", "roles": [{"id": "admin"}]},
]
SAID = [
    {
        "sender": "w1",
        "accountName": "阿竹",
        "timestamp": 1709251200,
        "type": 0,
        "content": "早",
        "platformMessageId": "a",
    },
    {"sender": "w2", "timestamp": 1709251201, "type": 25, "content": "早", "replyToMessageId": "a"},
    {"sender": "w2", "timestamp": 1709251202, "type": 20, "content": None},
    {"sender": "system", "timestamp": 1709251203, "type": 80, "content": '"小棠"邀请"柚子"加入了群聊'},
    {"sender": "w2", "timestamp": 1709251204, "type": 81, "content": '"小棠" 撤回了一条消息'},
]


def document() -> bytes:
    return json.dumps({"chatlab": {"version": "0.0.2"}, "meta": META, "members": MEMBERS, "messages": SAID}).encode()


def lines(*extra: str) -> bytes:
    items = [{"_type": "header", "chatlab": {}, "meta": META}, *({"_type": "member", **m} for m in MEMBERS)]
    items += [{"_type": "message", **said} for said in SAID]
    return "\n".join(["# note", "", *map(json.dumps, items), *extra]).encode()


@pytest.mark.parametrize(
    ("fmt", "data", "name"),
    [(chatlab_json.FORMAT, document(), "x.json"), (chatlab_jsonl.FORMAT, lines(), "x.jsonl")],
    ids=["json", "jsonl"],
)
def test_members_kinds_replies_and_events(fmt, data, name):
    source = Source.of_bytes(data, name)
    assert fmt.sniff(source.head, source.tail, name) > 0.9
    start, *rows = fmt.parse(source)
    assert (start.name, start.platform, start.platform_chat_id) == ("茶友", "wechat", "9@chatroom")
    assert [row.kind for row in rows] == ["text", "text", "red_packet", "system", "system"]
    assert [row.event for row in rows] == [None, None, None, "invite", "recall"]
    assert (rows[0].sender_card, rows[0].sender_role, rows[1].sender_name, rows[1].sender_role) == (
        "群主-阿竹", "owner", "小棠", "admin",
    )  # fmt: skip
    assert rows[1].reply_to == "a"
    assert (rows[3].actor_ids, rows[3].target_ids) == (["小棠"], ["柚子"])


def test_a_broken_line_is_reported_and_the_rest_read():
    records = list(chatlab_jsonl.FORMAT.parse(Source.of_bytes(lines('{"_type": "message", "sen', ""), "x.jsonl")))
    assert [r.reason for r in records if isinstance(r, ParseIssue)] == ["bad_json"]
    assert len([r for r in records if isinstance(r, Message)]) == len(SAID)


def test_both_shapes_are_one_chat_with_the_same_replies():
    tables = []
    for data, name in ((document(), "x.json"), (lines(), "x.jsonl")):
        reading = read_export(Source.of_bytes(data, name))
        tables += list(reading)
    assert tables[0]["message_id"].to_pylist() == tables[1]["message_id"].to_pylist()
    assert tables[0]["reply_to"][1].as_py() == tables[0]["message_id"][0].as_py()
