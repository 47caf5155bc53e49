"""OneBot event logs: segments and CQ strings, notices as events, chats that alternate."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.errors import ParseIssue
from ingest.formats.onebot_jsonl import FORMAT
from ingest.message import ChatStart, Message
from ingest.onebot import read_segments
from ingest.source import Source


def event(kind: str = "message", **more: object) -> dict:
    base = {"time": 1_714_521_600, "self_id": 10000, "post_type": kind, "group_id": 720000009, "user_id": 10001}
    if kind == "message":
        sender = {"user_id": 10001, "nickname": "阿梅", "card": "店长", "role": "owner"}
        base |= {"message_type": "group", "message_id": -5, "message": "早", "sender": sender}
    return base | more


def read(*events: dict, array: bool = False) -> list:
    text = json.dumps(events, ensure_ascii=False) if array else "\n".join(json.dumps(found) for found in events)
    source = Source.of_bytes(text.encode(), "log.jsonl")
    assert FORMAT.sniff(source.head, source.tail, source.name) > 0.9
    return list(FORMAT.parse(source))


def test_a_message_knows_name_card_role_and_ids() -> None:
    start, row = read(event(message="[CQ:reply,id=-4][CQ:at,qq=10002] 好&#44;&#91;图片&#93; &amp;amp;"))
    assert start.platform_chat_id == "720000009"
    assert (row.sender_id, row.sender_name, row.sender_card, row.sender_role) == ("10001", "阿梅", "店长", "owner")
    assert (row.platform_id, row.reply_to, row.mentions) == ("-5", "-4", ["10002"])
    assert row.text == "@10002 好,[图片] &amp;"
    assert row.kind == "text"


@pytest.mark.parametrize(
    ("message", "kind", "text"),
    [
        ([{"type": "image", "data": {"url": "https://a.example"}}], "image", "[图片]"),
        ("[CQ:image,file=a.jpg,url=https://a.example/x?y=1&amp;z=2]", "image", "[图片]"),
        ("看[CQ:image,file=a.jpg]这个", "text", "看[图片]这个"),
        ([{"type": "text", "data": {"text": "[图片]"}}], "text", "[图片]"),
        ([{"type": "json", "data": {"data": '{"prompt": "[QQ小程序]点单"}'}}], "mini_program", "[QQ小程序]点单"),
        ([{"type": "json", "data": {"data": "{broken"}}], "link", "[卡片消息]"),
        ([{"type": "forward", "data": {"id": "x"}}], "forward", "[聊天记录]"),
        ([{"type": "text", "data": {"text": "#接龙\n1. 阿梅"}}], "chain", "#接龙\n1. 阿梅"),
        ([{"type": "wonder", "data": {}}], "unknown", "[wonder]"),
        ("", "unknown", ""),
        ([{"type": "record", "data": {}}], "voice", "[语音]"),
    ],
)
def test_kinds(message: object, kind: str, text: str) -> None:
    found = read_segments(message)
    assert (found.kind, found.text) == (kind, text)


def test_everyone_is_mentioned() -> None:
    assert read_segments([{"type": "at", "data": {"qq": "all"}}]).mentions == ["@all"]


@given(st.text().filter(lambda text: "\r" not in text))
def test_escaped_text_comes_back(text: str) -> None:
    escaped = text.replace("&", "&amp;").replace("[", "&#91;").replace("]", "&#93;")
    assert read_segments(escaped).text == text


@pytest.mark.parametrize(
    ("notice", "expected"),
    [
        ({"notice_type": "group_increase", "sub_type": "approve", "operator_id": 0}, ("join", ["10001"], [])),
        (
            {"notice_type": "group_increase", "sub_type": "invite", "operator_id": 10009},
            ("invite", ["10009"], ["10001"]),
        ),
        ({"notice_type": "group_decrease", "sub_type": "leave", "operator_id": 10001}, ("leave", ["10001"], [])),
        ({"notice_type": "group_decrease", "sub_type": "kick", "operator_id": 10009}, ("kick", ["10009"], ["10001"])),
        ({"notice_type": "group_recall", "operator_id": 10009, "message_id": 7}, ("recall", ["10009"], ["10001"])),
        ({"notice_type": "notify", "sub_type": "poke", "target_id": 10003}, ("nudge", ["10001"], ["10003"])),
        ({"notice_type": "group_admin", "sub_type": "set"}, ("role_change", [], ["10001"])),
        ({"notice_type": "group_ban", "sub_type": "ban", "operator_id": 10009}, ("other", ["10009"], ["10001"])),
        ({"notice_type": "group_card", "card_new": "x"}, ("other", ["10001"], [])),
    ],
)
def test_notices(notice: dict, expected: tuple) -> None:
    _, row = read(event("notice", **notice))
    assert (row.event, row.actor_ids, row.target_ids) == expected


def test_chats_alternate_and_heartbeats_are_no_records() -> None:
    rows = read(
        event(),
        event("meta_event", meta_event_type="heartbeat"),
        event(group_id=720000008, message_id=1),
        event("request", request_type="group"),
        event("message_sent", message_type="private", group_id=None, target_id=10005, message="好", message_id=2),
        array=True,
    )
    assert [type(row) for row in rows] == [ChatStart, Message] * 3
    assert [row.platform_chat_id for row in rows[::2]] == ["720000009", "720000008", "private:10005"]


def test_broken_lines_are_issues() -> None:
    text = json.dumps(event()) + '\n{"time": 17\n' + json.dumps(event(time="gestern"))
    _, _, *issues = FORMAT.parse(Source.of_bytes(text.encode(), "log.jsonl"))
    assert [(issue.line, issue.reason) for issue in issues if isinstance(issue, ParseIssue)] == [
        (2, "bad_json"),
        (3, "bad_time"),
    ]
