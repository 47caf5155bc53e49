"""PyWxDump: pages, users.json, quotes, transcripts, both generations, CSV and JSON."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from invented_wechat import CHAT, NAMES, ROOM, ROWS, assert_conversation, read, table

from ingest import Source, find_sources, read_export

HEADER = ["id", "MsgSvrID", "type_name", "is_sender", "talker", "room_name", "msg", "src", "CreateTime"]
USERS = {key: {"wxid": key, "nickname": name, "remark": "备注"} for key, name in NAMES.items()}
USERS[ROOM] = {"wxid": ROOM, "nickname": CHAT, "remark": "", "roomNickname": {"wxid_kugua00": "一号楼苦瓜"}}  # pyright: ignore
TYPES = {
    (1, 0): "文本",
    (3, 0): "图片",
    (49, 57): "引用回复",
    (49, 53): "接龙",
    (10000, 0): "系统通知",
    (10000, 4): "拍一拍",
}


def cells() -> list[list]:
    found = []
    for at, row in enumerate(ROWS):
        text = "图片" if row.type == 3 else row.text
        if row.quoted:
            text = f"{row.text}\n\n[引用](2023-05-06 07:31:00){row.quoted[0]}:{row.quoted[1]}"
        kind = TYPES.get((row.type, row.sub), "未知")
        found.append(
            [at + 1, 9_000 + at, kind, 0, row.sender or "未知", ROOM, text, "", f"{row.local:%Y-%m-%d %H:%M:%S}"]
        )
    return found


def users() -> dict[str, bytes]:
    return {"users.json": json.dumps(USERS).encode()}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_csv_is_read_whole_with_names(encoding):
    rows = read(table([HEADER, *cells()]).encode(encoding), f"{ROOM}_0_16.csv", users())
    assert_conversation(rows, ids=True)
    assert (rows[1]["sender_name"], rows[1]["sender_card"]) == ("苦瓜", "一号楼苦瓜")


def test_json_is_read_whole_without_names():
    items = [dict(zip(HEADER, row, strict=True)) | {"extra": {}} for row in cells()]
    rows = read(json.dumps(items, indent=4).encode(), f"{ROOM}_0_16.json")
    assert_conversation(rows, ids=True)
    assert {row["sender_name"] for row in rows} == {None}


def test_a_broken_users_file_costs_only_the_names():
    rows = read(table([HEADER, *cells()]).encode(), f"{ROOM}_0_16.csv", {"users.json": b'{"wxid'})
    assert_conversation(rows, ids=True)


def test_pages_of_one_chat_are_one_export_and_other_chats_are_not(tmp_path: Path):
    rows = cells()
    for name, part in ((f"{ROOM}_0_8.csv", rows[:8]), (f"{ROOM}_8_16.csv", rows[8:]), ("wxid_b_0_8.csv", rows[:2])):
        (tmp_path / name).write_text(table([HEADER, *part]), encoding="utf-8", newline="")
    (tmp_path / "users.json").write_bytes(users()["users.json"])
    for root in (tmp_path, tmp_path / f"{ROOM}_0_8.csv"):
        first = next(iter(find_sources([root])))
        assert isinstance(first, Source)
        assert sum(found.num_rows for found in read_export(first)) == len(ROWS)
    assert len(list(find_sources([tmp_path]))) == 2


def test_wording_of_the_tool_is_undone():
    bodies = {
        "语音": "语音时长：2.00秒\n翻译结果：在吗", "位置": "纬度:【1】 经度:【2】\n位置：南门 [位置]\n其他信息：{}",
        "(分享)卡片式链接": '好文\n长\n\n<a href="https://a.example">点击查看详情</a>', "转账": "转账：￥5\n转账说明：定金\n",
        "动画表情": "表情", "(分享)小程序": "(分享)小程序", "合并转发的聊天记录": "群聊\n甲: 早", "群公告": "群公告",
        "语音通话": "语音/视频通话[已取消]", "消息撤回57": '"苦瓜" 撤回了一条消息', "推荐公众号": "推荐公众号",
    }  # fmt: skip
    rows = [
        [at, 9 + at, kind, 0, "wxid_kugua00", ROOM, body, "", "2023-05-06 07:30:00"]
        for at, (kind, body) in enumerate(bodies.items())
    ]
    found = dict(zip(bodies, read(table([HEADER, *rows]).encode(), "a_0_9.csv"), strict=True))
    assert {kind: row["kind"] for kind, row in found.items()} == {
        "语音": "voice", "位置": "location", "(分享)卡片式链接": "link", "转账": "transfer", "动画表情": "sticker",
        "(分享)小程序": "mini_program", "合并转发的聊天记录": "forward", "群公告": "text", "语音通话": "call",
        "消息撤回57": "system", "推荐公众号": "card",
    }  # fmt: skip
    assert [found[kind]["text"] for kind in ("语音", "位置", "(分享)卡片式链接", "动画表情", "(分享)小程序")] == [
        "在吗",
        "南门",
        "好文\n长",
        "",
        "",
    ]
    assert found["(分享)卡片式链接"]["urls"] == ["https://a.example"]
    assert (found["消息撤回57"]["event"], found["消息撤回57"]["actor_ids"]) == ("recall", ["wxid_kugua00"])


def test_the_older_build_has_one_content_column_and_epochs():
    header = ["MsgSvrID", "type_name", "is_sender", "talker", "room_name", "content", "CreateTime"]
    rows = [
        [0, "文本", 1, "我", ROOM, json.dumps({"msg": "在", "src": ""}), 1683329460],
        [0, "文本", 0, "wxid_xiaoyu1", ROOM, "不是 JSON", 1683329461],
    ]
    own, other = read(table([header, *rows]).encode(), "a_0_9.csv")
    assert (own["sender_name"], own["text"], other["text"]) == ("我", "在", "不是 JSON")
    assert f"{own['sent_at']:%H:%M:%S}" == "23:31:00"
