"""WeFlow Excel: both headers, both labels of the id, formulas that stay text."""

from __future__ import annotations

import pytest
from invented_exports import workbook
from invented_wechat import CHAT, ROOM, ROWS, assert_conversation, plain, read, weflow_type

from ingest import Source, read_export


def rows(compact: bool, label: str = "微信ID") -> list[list]:
    head = ["序号", "时间", "发送者身份", "消息类型", "内容"]
    if not compact:
        head[2:2] = ["发送者昵称", f"发送者{label}", "发送者备注", "群昵称"]
    table: list[list] = [
        ["会话信息"],
        [label, ROOM, None, "昵称", CHAT, "备注", None],
        ["导出工具", "WeFlow", "导出版本", "0.0.2", "平台", "wechat"],
        head,
    ]
    for at, row in enumerate(ROWS):
        names = [] if compact else [row.name, row.sender or ROOM, "", "卡" if row.sender else ""]
        table.append([at + 1, f"{row.local:%Y-%m-%d %H:%M:%S}", *names, row.name, weflow_type(row)[0], plain(row, "")])
    return table


@pytest.mark.parametrize("compact", [True, False])
@pytest.mark.parametrize("label", ["微信ID", "账号ID"])
def test_the_conversation_is_read_whole(compact, label):
    data = workbook(rows(compact, label))
    assert_conversation(read(data, "x.xlsx"), ids=not compact)
    reading = read_export(Source.of_bytes(data, "x.xlsx"))
    list(reading)
    assert [receipt.name for receipt in reading.receipts.values()] == [CHAT]


def test_what_looks_like_a_formula_is_what_was_said():
    table = rows(True)[:4]
    table.append([1, "2023-05-06 07:30:00", "苦瓜", "文本消息", "+1"])
    table.append([2, "2023-05-06 07:30:01", "苦瓜", "文本消息", "-@小雨"])
    assert [row["text"] for row in read(workbook(table), "x.xlsx")] == ["+1", "-@小雨"]
