"""A merged forward copied out of WeChat's window on a computer."""

from __future__ import annotations

from invented_wechat import read

from ingest import Source, detect_format

TEXT = "群聊的聊天记录\n苦瓜 2023/5/6 7:31:00\n浇水了吗？\n\n两遍\n小雨 2023/5/6 7:32:05\n[动画表情]\n老周: 收 2023/5/6 13:00:00\n好\n"


def test_names_times_and_kinds():
    rows = read(TEXT.encode(), "转发.txt")
    assert [(row["sender_name"], row["kind"], row["text"]) for row in rows] == [
        ("苦瓜", "text", "浇水了吗？\n\n两遍"),
        ("小雨", "sticker", ""),
        ("老周: 收", "text", "好"),
    ]
    assert [f"{row['sent_at']:%H:%M:%S}" for row in rows] == ["23:31:00", "23:32:05", "05:00:00"]


def test_without_the_title_the_qq_window_is_as_likely():
    ranked = detect_format(Source.of_bytes(TEXT.partition("\n")[2].encode(), "记录.txt")).ranked
    assert ranked[0][0].id != "wechat_forward" or ranked[0][1] < 0.6
