"""wechat-cli lines: minutes, names with a colon, appended batches, raw XML behind labels."""

from __future__ import annotations

import pytest
from invented_wechat import ROWS, assert_conversation, read, wechat_cli

from ingest import Source, detect_format, read_export

TITLE = (
    "聊天记录: 种菜: 三群\n类型: 群聊\n时间范围: 最早 ~ 最新\n导出时间: 2023-05-08 10:00\n消息数量: 15\n"
    + "=" * 60
    + "\n"
)
MD_TITLE = "# 聊天记录: 种菜: 三群\n\n**时间范围:** 最早 ~ 最新\n\n**类型:** 群聊\n\n---\n"


@pytest.mark.parametrize("text", [wechat_cli(), MD_TITLE + wechat_cli(), TITLE + wechat_cli("")])
def test_the_conversation_is_read_whole(text):
    # The colon name is learned: two of its three lines hold no further colon.
    rows = read(text.encode(), "种菜聊天记录.md")
    assert_conversation(rows, ids=False, minutes=True)
    assert {row["time_resolution"] for row in rows} == {"min"}


def test_the_name_comes_from_the_title_or_the_file():
    for text, name in ((MD_TITLE + wechat_cli(), "种菜: 三群"), (wechat_cli(), "种菜")):
        reading = read_export(Source.of_bytes(text.encode(), "种菜聊天记录.md"))
        assert sum(table.num_rows for table in reading) == len(ROWS)
        (receipt,) = reading.receipts.values()
        assert (receipt.name, receipt.skipped) == (name, [])


def test_appended_batches_do_not_run_into_each_other():
    text = MD_TITLE + "- [2023-05-06 07:30] 苦瓜: 早\n" + MD_TITLE + "- [2023-05-07 07:30] 苦瓜: 晚\n"
    assert [row["text"] for row in read(text.encode(), "x.md")] == ["早", "晚"]


def test_labels_with_raw_xml_paths_and_quotes():
    lines = [
        '苦瓜: [语音] <msg><voicemsg voicelength="2000" /></msg>', "苦瓜: [图片] (local_id=12)",
        "苦瓜: [图片] C:\\wx\\a.jpg (文件不存在)", "苦瓜: 好的\n  ↳ 回复 小雨: 浇水了吗", "苦瓜: [链接/文件] 清单",
        '[系统] "小雨: 一"邀请"苦瓜"加入了群聊', "苦瓜: [通话] 已取消", "苦瓜: [今天] 天气好",
    ]  # fmt: skip
    rows = read("".join(f"- [2023-05-06 07:30] {line}\n" for line in lines).encode(), "x.md")
    assert [(row["kind"], row["text"]) for row in rows] == [
        ("voice", ""), ("image", ""), ("image", ""), ("text", "好的"), ("link", "清单"),
        ("system", '"小雨: 一"邀请"苦瓜"加入了群聊'), ("call", "已取消"), ("text", "[今天] 天气好"),
    ]  # fmt: skip
    assert (rows[3]["quoted_name"], rows[3]["quoted_text"]) == ("小雨", "浇水了吗")
    assert rows[5]["event"] == "invite"


def test_a_task_list_is_no_chat():
    text = "# 待办\n- [x] 买土\n- [ ] 换盆\n- [2023] 年计划: 扩种\n"
    assert all(fmt.id != "wechat_cli" for fmt, _ in detect_format(Source.of_bytes(text.encode(), "待办.md")).ranked)
