"""WeFlow JSON: detailed and arkme, one line or many, cut, with ids that are none."""

from __future__ import annotations

import json

import pytest
from invented_wechat import CHAT, NAMES, ROOM, ROWS, assert_conversation, read, weflow_json

from ingest import Source, read_export
from ingest.formats.weflow_json import FORMAT


def arkme() -> dict:
    """arkme-json: senders in a table of their own, members who never spoke listed too."""
    whole = weflow_json()
    listed = [ROOM, *NAMES]
    for item in whole["messages"]:
        item["senderID"] = listed.index(item.pop("senderUsername")) + 1
        del item["senderDisplayName"]
    senders = [
        {
            "senderID": at + 1,
            "accountId": key,
            "displayName": "x",
            "nickname": NAMES.get(key, key),
            "groupNickname": "卡",
        }
        for at, key in enumerate(listed)
    ]
    members = [{"accountId": "wxid_silent", "nickname": "潜水", "messageCount": 0}]
    return {**whole, "senders": senders, "groupMembers": members, "weflow": {"version": "2", "format": "arkme-json"}}


@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize("ascii_only", [True, False])
def test_the_conversation_is_read_whole(indent, ascii_only):
    data = json.dumps(weflow_json(), indent=indent, ensure_ascii=ascii_only).encode()
    rows = read(data, "群.txt")
    assert_conversation(rows, ids=True)
    assert [row["kind"] for row in rows][8:10] == ["chain", "red_packet"]
    assert rows[5]["reply_to"] == rows[1]["message_id"]


def test_arkme_names_senders_by_number():
    rows = read(json.dumps(arkme()).encode(), "群.json")
    assert_conversation(rows, ids=True)
    assert {row["sender_card"] for row in rows if row["event"] is None} == {"卡"}


def test_a_long_avatar_does_not_hide_the_format():
    whole = weflow_json()
    whole["session"]["avatar"] = "data:image/png;base64," + "A" * 90_000
    source = Source.of_bytes(json.dumps(whole).encode(), "群.json")
    assert FORMAT.sniff(source.head, source.tail, source.name) == 1
    reading = read_export(source)
    assert sum(table.num_rows for table in reading) == len(ROWS)
    assert [receipt.name for receipt in reading.receipts.values()] == [CHAT]


def test_a_cut_file_keeps_its_whole_messages_and_says_so():
    data = json.dumps(weflow_json(), ensure_ascii=False).encode()
    reading = read_export(Source.of_bytes(data[: data.index("浇太多".encode())], "群.json"))
    assert sum(table.num_rows for table in reading) == 2
    (receipt,) = reading.receipts.values()
    assert [issue.reason.split(":")[0] for issue in receipt.skipped] == ["truncated_tail"]


def test_a_type_outweighs_what_a_body_looks_like():
    whole = weflow_json()
    item = whole["messages"][1]
    whole["messages"] = [
        {**item, "content": "[图片]", "platformMessageId": "0"},
        {**item, "content": '"苦瓜" 撤回了一条消息', "platformMessageId": "0"},
        {**item, "content": "路边", "type": "位置消息", "localType": 48, "platformMessageId": "0"},
        {**item, "content": "[转账收款] ￥3.00 (甲 转账给 乙)", "type": "转账消息", "localType": 8589934592049},
        {**item, "content": "media/群/images/a.jpg", "type": "图片消息", "localType": 3, "platformMessageId": "9"},
    ]
    rows = read(json.dumps(whole).encode(), "群.json")
    assert [(row["kind"], row["text"]) for row in rows] == [
        ("text", "[图片]"),
        ("text", '"苦瓜" 撤回了一条消息'),
        ("location", "路边"),
        ("transfer", "￥3.00 (甲 转账给 乙)"),
        ("image", ""),
    ]
