"""WeFlow text: quoted names in headers, pasted headers of other tools in bodies."""

from __future__ import annotations

import pytest
from invented_wechat import assert_conversation, read, weflow_txt


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_the_conversation_is_read_whole(encoding, newline):
    text = weflow_txt().replace("\n", newline)
    assert_conversation(read(text.encode(encoding), "群.txt"), ids=False)


def test_a_pasted_record_of_the_same_tool_stays_text():
    pasted = "看看旧的：\n\n2023-01-01 08:00:00 '别群的人'\n旧消息\n\n2023-01-01 08:00:09 '另一个'\n也是旧的"
    text = f"2023-05-06 07:30:00 '苦瓜'\n{pasted}\n\n2023-05-06 07:31:00 '小雨'\n好\n\n"
    rows = read(text.encode(), "群.txt")
    assert [(row["sender_name"], row["text"]) for row in rows] == [("苦瓜", pasted), ("小雨", "好")]


def test_an_older_export_appended_to_a_newer_one_is_no_pasted_text():
    newer = "".join(f"2023-05-06 07:{at:02}:00 '苦瓜'\n新{at}\n\n" for at in range(3))
    older = "".join(f"2022-05-06 07:{at:02}:00 '人{at}'\n旧{at}\n\n" for at in range(30))
    assert len(read((newer + older).encode(), "群.txt")) == 33


def test_placeholders_tell_the_kind():
    bodies = {
        "[语音消息]": "voice", "[表情包：鼓掌]": "sticker", "[文件]名单.xlsx": "file", "[小程序]菜市场": "mini_program",
        "[链接]好文": "link", "[转账]￥5.00 (甲 转账给 乙)": "transfer", "[名片]": "card", "[视频通话] 已取消": "call",
        "[转发的聊天记录]群聊的聊天记录\n甲: 早": "forward", "[位置] 南门 (1,2)": "location", "[红包][红包]": "text",
        "[群公告]停水": "text", "media/images/b.png": "image",
    }  # fmt: skip
    text = "".join(f"2023-05-06 07:{at:02}:00 '苦瓜'\n{body}\n\n" for at, body in enumerate(bodies))
    rows = read(text.encode(), "群.txt")
    assert {body: row["kind"] for body, row in zip(bodies, rows, strict=True)} == bodies
    assert [row["text"] for row in rows][1:3] == ["鼓掌", "名单.xlsx"]
    assert rows[-2]["mentions"] == ["@all"]
