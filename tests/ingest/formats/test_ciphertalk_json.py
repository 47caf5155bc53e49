"""CipherTalk JSON: raw XML beside the readable body, nested forwards."""

from __future__ import annotations

import json

from invented_wechat import ROOM, assert_conversation, read, weflow_json


def ciphertalk() -> dict:
    whole = weflow_json()
    session = {**whole["session"], "groupId": ROOM, "ownerId": "wxid_kugua00", "platform": "wechat", "isGroup": True}
    return {
        "exportInfo": {"version": "0.0.2", "generator": "CipherTalk", "format": "detailed-json"},
        "session": session,
        "messages": [{**item, "rawContent": item["content"], "chatLabType": 0} for item in whole["messages"]],
    }


def test_the_conversation_is_read_whole():
    assert_conversation(read(json.dumps(ciphertalk()).encode(), "群.json"), ids=True)


def test_nested_records_are_no_messages_and_cards_are_kept():
    whole = ciphertalk()
    item = whole["messages"][1]
    nested = {"sender": "甲", "formattedTime": "2023-05-05 08:00:00", "content": "早"}
    whole["messages"] = [
        {**item, "type": "聊天记录", "localType": (19 << 32) | 49, "content": "[转发的聊天记录]群聊的聊天记录\n甲: 早",
         "chatRecords": [nested, nested], "groupNickname": "楼长"},
    ]  # fmt: skip
    (row,) = read(json.dumps(whole).encode(), "群.json")
    assert (row["kind"], row["text"], row["sender_card"]) == ("forward", "群聊的聊天记录\n甲: 早", "楼长")


def test_a_list_is_taken_from_the_xml_where_the_body_has_only_its_first_line():
    whole = ciphertalk()
    xml = "<msg><appmsg><title>#接龙\n1. 甲 两份</title><type>53</type></appmsg></msg>"
    item = {**whole["messages"][1], "type": "其他消息", "localType": (53 << 32) | 49}
    whole["messages"] = [{**item, "content": "[接龙] #接龙", "rawContent": xml}]
    (row,) = read(json.dumps(whole).encode(), "群.json")
    assert (row["kind"], row["text"]) == ("chain", "#接龙\n1. 甲 两份")
