"""One small invented export a format, for the contract that all formats share: format id -> (file name, bytes, records)."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from typing import Any

import invented_wechat
from invented_china import CHINA
from invented_worldwide import WORLDWIDE

QQ = """消息记录（此消息记录为文本格式，不支持重新导入）

================================================================
消息分组:我的QQ群
================================================================
消息对象:花店夜读
================================================================

2023-11-04 9:05:00 【群主】阿竹(20010001)
今晚读第三章

2023-11-04 9:06:10 小棠(20010002)
好的

2023-11-04 21:40:00 系统消息(1000000)
"柚子"加入本群。
"""

WECHATMSG = (
    "localId,TalkerId,Type,SubType,IsSender,CreateTime,Status,StrContent,StrTime,Remark,NickName,Sender\r\n"
    "1,9,1,0,0,1699059900,,今晚读第三章,2023-11-04 09:05:00,,阿竹,wxid_zhu\r\n"
    '2,9,3,0,0,1699059970,,"<msg><img length=""9"" /></msg>",2023-11-04 09:06:10,,小棠,wxid_tang\r\n'
    '3,9,10000,0,0,1699105200,,"""柚子""通过扫描""阿竹""分享的二维码加入群聊",2023-11-04 21:40:00,,,1@chatroom\r\n'
)

TELEGRAM = json.dumps(
    {
        "name": "花店夜读",
        "type": "private_supergroup",
        "id": 77,
        "messages": [
            {
                "id": 1, "type": "service", "date": "2023-11-04T09:00:00", "date_unixtime": "1699059600",
                "actor": "阿竹", "actor_id": "user1", "action": "create_group", "title": "花店夜读", "text": "",
            },
            {
                "id": 2, "type": "message", "date": "2023-11-04T09:05:00", "date_unixtime": "1699059900",
                "from": "阿竹", "from_id": "user1", "text": ["读 ", {"type": "bold", "text": "第三章"}],
            },
            {
                "id": 3, "type": "message", "date": "2023-11-04T09:06:10", "date_unixtime": "1699059970",
                "from": "小棠", "from_id": "user2", "text": "好", "reply_to_message_id": 2,
            },
        ],
    },
    ensure_ascii=False,
)  # fmt: skip

WHATSAPP = """2023/11/4 09:00 - 消息和通话已进行端到端加密。
2023/11/4 09:05 - 阿竹: 今晚读第三章
带上笔记
2023/11/4 09:06 - 小棠: 好的
"""

IRSSI = """--- Log opened Sat Nov 04 09:00:00 2023
09:00 -!- azhu [~z@host.example] has joined #yedu
09:05 <@azhu> 今晚读第三章
09:06  * xiaotang 点头
--- Log closed Sat Nov 04 22:00:00 2023
"""

_META = {"name": "花店夜读", "platform": "qq", "type": "group", "groupId": "20010000"}
_MEMBERS = [{"platformId": "20010001", "accountName": "阿竹", "roles": [{"id": "owner"}]}]
_SAID = [
    {"sender": "20010001", "accountName": "阿竹", "timestamp": 1699059900, "type": 0, "content": "今晚读第三章"},
    {"sender": "20010002", "accountName": "小棠", "timestamp": 1699059970, "type": 1, "content": None},
    {"sender": "system", "accountName": "system", "timestamp": 1699105200, "type": 80, "content": '"柚子"加入了群聊'},
]
CHATLAB = json.dumps(
    {"chatlab": {"version": "0.0.2"}, "meta": _META, "members": _MEMBERS, "messages": _SAID}, ensure_ascii=False
)
CHATLAB_LINES = "\n".join(
    json.dumps(item, ensure_ascii=False)
    for item in (
        {"_type": "header", "chatlab": {"version": "0.0.2"}, "meta": _META},
        *({"_type": "member", **member} for member in _MEMBERS),
        *({"_type": "message", **said} for said in _SAID),
    )
)

TABLE = '时间,发送人,发送人ID,内容\n2023/11/4 9:05:00,阿竹,1,今晚读第三章\n2023/11/4 9:06:10,小棠,2,"好，\n明白"\n'


def workbook(rows: Sequence[Sequence[Any]]) -> bytes:
    """An XLSX with one sheet of these rows."""
    from openpyxl import Workbook

    book, stream = Workbook(), io.BytesIO()
    for row in rows:
        book.worksheets[0].append(list(row))
    book.save(stream)
    return stream.getvalue()


PASTED = "".join(f"【2024/3/1 9:{n:02}】{'阿竹' if n % 2 else '小棠'}：读到第{n}章\n" for n in range(1, 5))

EXPORTS: list[tuple[str, str, bytes, int]] = [
    ("qq_txt", "花店夜读.txt", QQ.encode("utf-8-sig"), 3),
    ("qq_txt", "花店夜读.txt", QQ.replace("\n", "\r\n").encode("gb18030"), 3),
    ("qq_txt", "花店夜读.txt", QQ.encode("utf-16"), 3),
    ("wechatmsg_csv", "花店夜读_utf8.csv", WECHATMSG.encode("utf-8-sig"), 3),
    ("telegram_json", "result.json", TELEGRAM.encode(), 3),
    ("whatsapp_txt", "与花店夜读的 WhatsApp 聊天.txt", WHATSAPP.encode(), 3),
    ("irssi", "#yedu.txt", IRSSI.encode(), 3),
    ("chatlab_json", "花店夜读.json", CHATLAB.encode(), 3),
    ("chatlab_jsonl", "花店夜读.jsonl", CHATLAB_LINES.encode(), 3),
    ("generic_table", "花店夜读.csv", TABLE.encode("gb18030"), 2),
    ("generic_table", "花店夜读.txt", TABLE.replace(",", "\t").encode("utf-16"), 2),
    ("generic_table", "花店夜读.xlsx", workbook([["花店夜读"], [], *[r.split(",") for r in TABLE.split("\n")[:2]]]), 1),
    ("generic_text", "花店夜读.txt", PASTED.encode(), 4),
    *invented_wechat.EXPORTS,
    *WORLDWIDE,
    *CHINA,
]
