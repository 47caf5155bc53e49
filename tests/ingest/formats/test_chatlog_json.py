"""chatlog JSON: types with sub types, contents, quotes, nudges by id."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from invented_wechat import CHAT, ROOM, ROWS, read

from ingest import Source, read_export


def item(type_: int, sub: int = 0, content: str = "", sender: str = "wxid_kugua00", **more) -> dict:
    return {
        "seq": 1683329400000, "time": "2023-05-06T07:30:00+08:00", "talker": ROOM, "talkerName": CHAT, "isChatRoom": True,
        "sender": sender, "senderName": "苦瓜", "isSelf": False, "type": type_, "subType": sub, "content": content, **more,
    }  # fmt: skip


def test_every_element_is_a_record_even_where_seq_repeats():
    rows = read(json.dumps([item(1, 0, row.text) for row in ROWS]).encode(), "x.json")
    assert [row["text"] for row in rows] == [row.text for row in ROWS]
    assert {row["sent_at"] for row in rows} == {datetime(2023, 5, 5, 23, 30, tzinfo=UTC)}


def test_contents_tell_what_an_empty_content_leaves_out():
    refer = {"type": 3, "subType": 0, "sender": "wxid_xiaoyu1", "senderName": "小雨", "content": ""}
    record = {
        "Title": "群聊",
        "DataList": {"DataItems": [{"SourceName": "甲", "SourceTime": "05-05", "DataDesc": "早"}]},
    }
    items = [
        item(49, 57, "是这个", contents={"refer": refer}),
        item(49, 5, contents={"title": "好文", "desc": "很长", "url": "https://a.example"}),
        item(49, 6, contents={"title": "单.pdf", "md5": "0a"}),
        item(49, 19, contents={"recordInfo": record}),
        item(49, 53),
        item(3, contents={"md5": "0a"}),
        item(49, 2000, "[转账|发送 ￥5](定金)"),
        item(50),
    ]
    rows = read(json.dumps(items).encode(), "x.json")
    assert [(row["kind"], row["text"]) for row in rows] == [
        ("text", "是这个"), ("link", "好文\n很长"), ("file", "单.pdf"), ("forward", "群聊\n甲 05-05: 早"), ("chain", ""),
        ("image", ""), ("transfer", "发送 ￥5\n定金"), ("call", ""),
    ]  # fmt: skip
    assert (rows[0]["quoted_name"], rows[0]["quoted_text"]) == ("小雨", "[图片]")
    assert rows[1]["urls"] == ["https://a.example"]


def test_system_rows_and_nudges_are_events():
    items = [
        item(
            10000, 0, '"小雨(wxid_xiaoyu1)"通过扫描"苦瓜(wxid_kugua00)"分享的二维码加入群聊', "系统消息", senderName=""
        ),
        item(49, 62, '"${wxid_kugua00}" 拍了拍 "${wxid_xiaoyu1}"'),
    ]
    joined, nudged = read(json.dumps(items).encode(), "x.json")
    assert (joined["event"], joined["actor_ids"], joined["target_ids"]) == (
        "scan_qr",
        ["wxid_xiaoyu1"],
        ["wxid_kugua00"],
    )
    assert (nudged["event"], nudged["actor_ids"], nudged["target_ids"]) == ("nudge", ["wxid_kugua00"], ["wxid_xiaoyu1"])
    assert nudged["text"] == '"wxid_kugua00" 拍了拍 "wxid_xiaoyu1"'


def test_a_cut_array_keeps_its_whole_elements():
    data = json.dumps([item(1, 0, f"第{at}条") for at in range(9)], ensure_ascii=False)
    reading = read_export(Source.of_bytes(data[: data.index("第7条")].encode(), "x.json"))
    assert sum(table.num_rows for table in reading) == 7
