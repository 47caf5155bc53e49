"""EchoTrace JSON: WeFlow's ancestor, without a key of its own and without names."""

from __future__ import annotations

import json

from invented_wechat import CHAT, ROOM, assert_conversation, read, weflow_json

from ingest import Source, detect_format


def echotrace() -> dict:
    whole = weflow_json()
    keys = (
        "localId",
        "createTime",
        "formattedTime",
        "type",
        "localType",
        "content",
        "isSend",
        "senderUsername",
        "source",
    )
    return {
        "session": {"username": ROOM, "displayName": CHAT, "type": "群聊"},
        "messages": [{key: item[key] for key in keys} for item in whole["messages"]],
        "exportTime": "2023-05-08T10:00:00",
    }


def test_the_conversation_is_read_whole():
    data = json.dumps(echotrace()).encode()
    assert detect_format(Source.of_bytes(data, "x.json")).ranked[0][0].id == "echotrace_json"
    assert_conversation(read(data, "x.json"), ids=True)


def test_in_a_private_chat_a_missing_sender_is_one_of_the_two():
    whole = echotrace()
    whole["session"] = {"username": "wxid_peer", "displayName": "小林", "type": "私聊"}
    item = {**whole["messages"][1], "senderUsername": None}
    whole["messages"] = [{**item, "isSend": 1}, {**item, "isSend": 0}]
    own, other = read(json.dumps(whole).encode(), "x.json")
    assert (own["sender_name"], other["sender_id"], other["sender_name"]) == ("我", "wxid_peer", "小林")
