"""CipherTalk Excel: epochs, type codes, a sheet named after the chat."""

from __future__ import annotations

import io

from invented_exports import workbook
from invented_wechat import CHAT, ROOM, ROWS, assert_conversation, plain, read, weflow_type
from openpyxl import load_workbook

from ingest import Source, read_export

HEADER = ["序号", "时间", "日期", "时刻", "星期", "发送者", "微信ID", "消息类型", "消息内容", "原始类型代码", "时间戳"]


def book(details: bool = False) -> bytes:
    table: list[list] = [[*HEADER, "聊天记录详情"] if details else HEADER]
    for at, row in enumerate(ROWS):
        kind, number = weflow_type(row)
        moment = f"{row.local:%Y/%m/%d %H:%M:%S}"
        table.append([at + 1, moment, "", "", "六", row.name, row.sender or ROOM, kind, plain(row), number, row.epoch])
    if details:
        forward = [
            "x",
            "",
            "",
            "",
            "六",
            "苦瓜",
            "wxid_kugua00",
            "聊天记录",
            "[聊天记录] 群聊",
            (19 << 32) | 49,
            1683500000,
        ]
        table.append([*forward, "1. [甲] 05-05 文本: 早"])
    found = load_workbook(io.BytesIO(workbook(table)))
    found.worksheets[0].title = CHAT
    stream = io.BytesIO()
    found.save(stream)
    return stream.getvalue()


def test_the_conversation_is_read_whole():
    assert_conversation(read(book(), "x.xlsx"), ids=True)
    reading = read_export(Source.of_bytes(book(), "x.xlsx"))
    list(reading)
    assert [receipt.name for receipt in reading.receipts.values()] == [CHAT]


def test_details_belong_to_the_forward():
    last = read(book(details=True), "x.xlsx")[-1]
    assert (last["kind"], last["text"]) == ("forward", "群聊\n1. [甲] 05-05 文本: 早")
