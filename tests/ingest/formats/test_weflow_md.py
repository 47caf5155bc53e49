"""WeFlow Markdown: escapes undone, quotes and links apart from what members typed."""

from __future__ import annotations

from invented_wechat import CHAT, assert_conversation, read, weflow_md

from ingest import Source, read_export

HEADING = "## 2023\\-05\\-06 07:30:00 苦瓜\n\n"


def test_the_conversation_is_read_whole():
    assert_conversation(read(weflow_md().encode(), "x.md"), ids=False)


def test_name_and_id_stand_above_the_first_heading():
    reading = read_export(Source.of_bytes(weflow_md().encode(), "x.md"))
    list(reading)
    assert [receipt.name for receipt in reading.receipts.values()] == [CHAT]


def test_bare_links_are_the_exporters_and_escaped_ones_the_members():
    bodies = [
        "![图片消息](<media/a b.jpg>)", "[语音文件](media/v.wav)", "[好文 \\[精\\]](https://a.example/x?y=1)",
        "\\[好文\\]\\(https://a\\.example\\)", "\\## 2023\\-05\\-06 07:30:00 假标题", "\\> 不是引用",
    ]  # fmt: skip
    text = "- 导出工具: WeFlow\n\n" + "".join(f"{HEADING}{body}\n\n" for body in bodies)
    rows = read(text.encode(), "x.md")
    assert [row["kind"] for row in rows] == ["image", "voice", "link", "text", "text", "text"]
    assert [row["text"] for row in rows][2:] == [
        "好文 [精]", "[好文](https://a.example)", "## 2023-05-06 07:30:00 假标题", "> 不是引用",
    ]  # fmt: skip
    assert rows[2]["urls"] == ["https://a.example/x?y=1"]
