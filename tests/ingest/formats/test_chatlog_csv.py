"""chatlog CSV: cells over several lines, bare carriage returns, several talkers."""

from __future__ import annotations

import pytest
from invented_wechat import assert_conversation, chatlog_csv, read, table

from ingest import Source, read_export

HEADER = ["Time", "SenderName", "Sender", "TalkerName", "Talker", "Content"]


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_the_conversation_is_read_whole(newline):
    rows = read(chatlog_csv().replace("\n", newline).encode("utf-8-sig"), "a.csv")
    if newline == "\n":
        assert_conversation(rows, ids=True)
    else:
        assert [row["text"].replace("\r", "") for row in rows] == [
            row["text"] for row in read(chatlog_csv().encode(), "a.csv")
        ]


def test_each_talker_is_a_chat_and_short_rows_are_reported():
    data = table(
        [
            HEADER,
            ["2023-05-06 08:00:00", "甲", "wxid_aaaaa", "群一", "1@chatroom", "早"],
            ["2023-05-06 08:00:01", "", "我", "群二", "2@chatroom", "在"],
            ["2023-05-06 08:00:02", "甲"],
            ["昨天", "甲", "wxid_aaaaa", "群一", "1@chatroom", "?"],
        ]
    )
    reading = read_export(Source.of_bytes(data.encode(), "a.csv"))
    rows = [row for found in reading for row in found.to_pylist()]
    receipts = reading.receipts.values()
    assert sorted((receipt.name, receipt.records) for receipt in receipts) == [("群一", 1), ("群二", 1)]
    assert {row["sender_name"] for row in rows} == {"甲", "我"}
    assert sorted(issue.reason for receipt in receipts for issue in receipt.skipped) == ["bad_row", "bad_time"]


def test_media_links_tell_the_kind():
    bodies = {
        "![视频](http://h/video/1)": ("video", ""), "[语音](http://h/voice/1)": ("voice", ""), "[动画表情]": ("sticker", ""),
        "[文件|单(1).pdf](http://h/file/2)": ("file", "单(1).pdf"), "[链接|好[文]](https://a.example/?q=(1))": ("link", "好[文]\nhttps://a.example/?q=(1)"),
        "[位置|南门|1.0|2.0]": ("location", "南门"), "[转账|发送 ￥5](定金)": ("transfer", "发送 ￥5\n定金"),
        "[合并转发|群聊]\n  甲 05-05 08:00\n  早": ("forward", "群聊\n甲 05-05 08:00\n  早"), "[分享]": ("unknown", ""),
        "[图片] 是我打的": ("image", "是我打的"), "[今天](好)": ("text", "[今天](好)"),
    }  # fmt: skip
    rows = [
        [f"2023-05-06 08:00:{at:02}", "甲", "wxid_aaaaa", "群", "1@chatroom", body] for at, body in enumerate(bodies)
    ]
    found = read(table([HEADER, *rows]).encode(), "a.csv")
    assert {body: (row["kind"], row["text"]) for body, row in zip(bodies, found, strict=True)} == bodies
