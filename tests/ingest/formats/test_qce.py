"""qq-chat-exporter in all its shapes: JSON V5 and V4, chunks, text, both web pages, workbook."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime

import pytest
from openpyxl import Workbook

from ingest.detect import detect_format
from ingest.errors import BrokenExport, ParseIssue
from ingest.formats import formats
from ingest.message import ChatStart, Message
from ingest.source import Source

BRAND = {"name": "QQChatExporter V5 / https://github.com/shuakami/qq-chat-exporter", "version": "5.9"}
DAY = datetime(2024, 5, 1, tzinfo=UTC)


def item(number: int, text: str, **more: object) -> dict:
    content = {"text": text, "elements": [{"type": "text", "data": {"text": text}}], "resources": [], "mentions": []}
    content |= more.pop("content", {})  # type: ignore[arg-type]
    sender = {"uid": "u_mei", "uin": "10001", "name": "店长梅", "nickname": "阿梅", "groupCard": "店长梅"}
    return {
        "id": str(7_000 + number), "timestamp": 1_714_521_600_000 + 1000 * number, "time": "x",
        "sender": sender, "type": "type_9", "content": content, "recalled": False, "system": False,
    } | more  # fmt: skip


ITEMS = [
    item(0, "早"),
    item(
        1,
        "[回复 阿]梅: 早\n上]\n在的",
        sender={"uid": "u_zhou", "uin": "10002", "name": "老周"},
        content={"elements": [
            {"type": "text", "data": {"text": "在的"}},
            {"type": "reply", "data": {"referencedMessageId": "7000", "senderName": "阿]梅", "content": "早\n上"}},
        ]},
    ),
    item(2, "@店长梅 @全体成员 来", content={"mentions": [{"uid": "u_mei", "name": "店长梅", "type": "user"}, {"uid": "all"}]}),
    item(3, "[图片: a.jpg]", content={"elements": [{"type": "image", "data": {"filename": "a.jpg"}}]}),
    item(4, "[图片]"),
    item(5, "[卡片消息: [QQ小程序]点单]", content={"elements": [{"type": "json", "data": {}}]}),
    item(6, "[1]", system=True, sender={"uid": "u_sys", "uin": "10000", "name": "系统消息"}),
    item(7, "老周邀请小李加入了群聊", system=True),
    item(8, "[无文本内容]", sender={"uid": "u_new", "uin": "0", "name": "新人"}),
]  # fmt: skip


def v5(items: list[dict], **more: object) -> str:
    info = {"name": "花店", "type": "group"}
    return json.dumps({"metadata": BRAND, "chatInfo": info, "messages": items} | more, ensure_ascii=False, indent=1)


def read(data: str | bytes, name: str, format_id: str, siblings: dict[str, bytes] | None = None) -> list:
    raw = data.encode() if isinstance(data, str) else data
    source = Source.of_bytes(raw, name, siblings=siblings)
    best = detect_format(source).best
    assert best is not None
    assert best.id == format_id
    return list(best.parse(source))


def check_items(rows: list) -> None:
    assert all(isinstance(row, Message) for row in rows)
    assert [row.event for row in rows] == [None] * 6 + ["other", "invite", None]
    assert [row.kind for row in rows[:6]] == ["text", "text", "text", "image", "image", "mini_program"]
    assert (rows[0].sender_id, rows[0].sender_name, rows[0].sender_card) == ("10001", "阿梅", "店长梅")
    assert (rows[0].platform_id, rows[0].sent_at) == ("7000", DAY)
    assert (rows[1].text, rows[1].quoted_text, rows[1].reply_to) == ("在的", "早\n上", "7000")
    assert rows[2].mentions == ["10001", "@all"]
    assert rows[6].actor_ids == []
    assert (rows[7].actor_ids, rows[7].target_ids) == (["老周"], ["小李"])
    assert (rows[8].sender_id, rows[8].text, rows[8].kind) == ("u_new", "", "unknown")


def test_v5_json() -> None:
    start, *rows = read(v5(ITEMS), "group_720000009_20240501_100000.json", "qce_json")
    assert (start.name, start.platform_chat_id) == ("花店", "720000009")
    check_items(rows)


def test_a_cut_json_gives_its_whole_messages() -> None:
    whole = v5(ITEMS)
    *rows, issue = read(whole[: whole.index("[QQ小程序]")], "a.json", "qce_json")
    assert sum(isinstance(row, Message) for row in rows) == 5
    assert isinstance(issue, ParseIssue)
    assert issue.reason.startswith("truncated_tail")


def test_v4_json_with_iso_times_and_raw_messages() -> None:
    old = {
        "messageId": "9", "timestamp": "2024-05-01T00:00:00.000Z", "messageType": 2, "isSystemMessage": False,
        "sender": {"uid": "u_1", "uin": "10001", "name": "阿梅"},
        "content": {"text": "早", "mentions": [], "resources": [{"type": "image"}], "reply": {"messageId": "8"}},
        "rawMessage": {"sendMemberName": "店长", "sendNickName": "梅"},
    }  # fmt: skip
    tip = old | {"messageId": "10", "isSystemMessage": True, "content": {"text": "小李退出了群聊"}}
    start, row, event = read(v5([old, tip]).replace("V5", "V4"), "a.json", "qce_json")
    assert isinstance(start, ChatStart)
    assert (row.sent_at, row.sender_name, row.sender_card, row.reply_to) == (DAY, "梅", "店长", "8")
    assert row.kind == "text"
    assert (event.event, event.actor_ids) == ("leave", ["小李"])


def test_v4_chunks_inside_one_file() -> None:
    chunks = [{"metadata": BRAND, "messages": [ITEMS[0]]}, {"metadata": BRAND, "messages": ITEMS[1:3]}]
    whole = {"metadata": BRAND, "chatInfo": {"name": "花店"}, "chunkInfo": {"totalChunks": 2}, "chunks": chunks}
    _, *rows = read(json.dumps(whole, ensure_ascii=False), "a.json", "qce_json")
    assert [row.platform_id for row in rows] == ["7000", "7001", "7002"]


def lines(items: list[dict]) -> bytes:
    return "\n".join(json.dumps(found, ensure_ascii=False) for found in items).encode()


@pytest.mark.parametrize(
    ("chunk", "place"),
    [
        ({"fileName": "c000001.jsonl", "relativePath": "chunks/c000001.jsonl", "count": 5}, "chunks/c000001.jsonl"),
        ({"file": "chunk_0001.jsonl", "messages": 5}, "chunks/chunk_0001.jsonl"),
        ({"file": "chunk_0001.jsonl", "messages": 5}, "chunk_0001.jsonl"),
    ],
)
def test_chunks_beside_a_manifest(chunk: dict, place: str) -> None:
    second = {"relativePath": "chunks/c000002.jsonl"}
    manifest = v5([], chunked={"format": "jsonl", "chunksDir": "chunks", "chunks": [chunk, second]})
    manifest = manifest.replace('"messages": []', '"statistics": {}')
    files = {place: lines(ITEMS[:5]), "chunks/c000002.jsonl": lines(ITEMS[5:])}
    start, *rows = read(manifest, "manifest.json", "qce_chunked", files)
    assert start.name == "花店"
    check_items(rows)


def test_a_missing_chunk_and_a_path_outside_are_issues() -> None:
    chunks = [{"relativePath": "../../secret.jsonl"}, {"relativePath": "chunks/gone.jsonl"}]
    manifest = v5([], chunked={"chunks": chunks}).replace('"messages": []', '"statistics": {}')
    _, *issues = read(manifest, "manifest.json", "qce_chunked", {"../../secret.jsonl": lines(ITEMS)})
    assert all(isinstance(issue, ParseIssue) and issue.reason.startswith("skipped_member") for issue in issues)
    assert len(issues) == 2


def test_a_broken_manifest_says_what_to_do() -> None:
    manifest = v5([], chunked={"chunks": [{"relativePath": "chunks/c000001.jsonl"}]}).replace(
        '"messages": []', '"a": 1'
    )
    with pytest.raises(BrokenExport, match="manifest"):
        read(manifest[:-5], "manifest.json", "qce_chunked")


def test_a_chunk_alone() -> None:
    _, *rows = read(lines(ITEMS) + b"\n{oops", "c000001.jsonl", "qce_chunked")
    check_items(rows[:-1])
    assert (rows[-1].line, rows[-1].reason) == (10, "bad_json")


TXT = """[QQChatExporter V5 / https://github.com/shuakami/qq-chat-exporter]

===============================================
           QQ聊天记录导出文件
===============================================

聊天名称: 花店: 新的
聊天类型: 群聊
消息总数: 7
时间范围: 2024-05-01 08:00:00 - 2024-05-01 08:06:00


系统消息:
时间: 2024-05-01 08:00:00
内容: [17]


阿梅: 店长:
时间: 2024-05-01 08:01:00
内容: 早

老周:
时间: 2024-05-01 09:00:00
内容: 这段是贴的


老周:
时间: 2024-05-01 08:02:00
内容: [回复 阿梅: 早
上好]
在的
提及: 什么
回复: 05-01 08:01 阿梅 - 早
上好


老周:
时间: 2024-05-01 08:03:00
内容: [图片: a.jpg]
资源: 1 个文件
  - image: a.jpg


老周:
时间: 2024-05-01 08:04:00
内容: @阿梅 看
提及: 阿梅


阿梅:
时间: 2024-05-01 08:05:00
内容: [1]


老周:
时间: 2024-05-01 08:06:00
内容: [无文本内容]

===============================================
              导出完成
===============================================
总计导出 7 条消息
导出时间: 2024-05-02 09:00:00
"""


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "utf-16"])
def test_text(encoding: str) -> None:
    start, *rows = read(TXT.encode(encoding), "a.txt", "qce_txt")
    assert start.name == "花店: 新的"
    assert [row.event for row in rows] == ["other", None, None, None, None, "other", None]
    assert rows[1].sender_name == "阿梅: 店长"
    assert rows[1].text == "早\n\n老周:\n时间: 2024-05-01 09:00:00\n内容: 这段是贴的"
    assert (rows[2].text, rows[2].quoted_name, rows[2].quoted_text) == ("在的\n提及: 什么", "阿梅", "早\n上好")
    assert (rows[3].text, rows[3].kind) == ("[图片: a.jpg]", "image")
    assert (rows[4].text, rows[4].mentions) == ("@阿梅 看", ["阿梅"])
    assert (rows[6].text, rows[6].kind) == ("", "unknown")


def test_text_without_its_end_is_reported() -> None:
    *rows, issue = read(TXT[: TXT.index("总计") - 80], "a.txt", "qce_txt")
    assert len(rows) == 8
    assert issue.reason == "truncated_tail: after record 7"


SIMPLE = """<!DOCTYPE html><html><head><meta name="generator" content="QQ聊天记录导出工具"><title>花店 - 聊天记录</title></head>
<body><h1 class="chat-title">花店</h1><div class="chat-info"><div>群聊</div>
<div>时间范围: 2024-05-01 08:00:00 至 2024-05-01 08:09:00</div></div><div class="messages-container">
<div class="message system" data-message-id="1"><div class="message-content">
  老周邀请小李加入了群聊
</div></div>
<div class="message" data-message-id="2"><div class="message-header"><div class="message-avatar">阿</div>
<span class="message-sender-title">花王</span><span class="message-sender">阿梅 &lt;b&gt;</span>
<span class="message-time">2024-05-01 08:01:00</span></div><div class="message-content">
  <div class="reply-content"><strong>老周:</strong> 在吗</div>
  [回复 老周: 在吗]<br>在的<br>&lt;div class="message"&gt;
</div></div>
<div class="message" data-message-id="3"><span class="message-sender">老周</span>
<span class="message-time">2024-05-01 08:02:00</span><div class="message-content">[图片: a.jpg]
<img src="a.jpg" alt="a.jpg" class="message-image"></div></div>
<div class="message" data-message-id="4"><span class="message-sender">老周</span>
<span class="message-time">2024-05-01 08:03:00</span><div class="message-content">[语音 7秒]
<span class="resource-placeholder">[语音: v.silk]</span></div></div>
<div class="message system" data-message-id="5"><div class="message-content">[1]</div></div>
</div></body></html>"""


def test_simple_page_gives_times_to_system_lines() -> None:
    start, *rows = read(SIMPLE, "a.html", "qce_html")
    assert start.name == "花店"
    assert [row.sent_at.minute for row in rows] == [0, 1, 2, 3, 9]
    assert (rows[0].event, rows[0].target_ids) == ("invite", ["小李"])
    assert (rows[1].sender_name, rows[1].sender_id) == ("阿梅 <b>", None)
    assert (rows[1].text, rows[1].quoted_name, rows[1].quoted_text) == ('在的\n<div class="message">', "老周", "在吗")
    assert [row.kind for row in rows[1:4]] == ["text", "image", "voice"]
    assert [row.platform_id for row in rows] == ["1", "2", "3", "4", "5"]


def modern(number: int, uid: str, content: str, picture: str = "") -> str:
    return (
        f'<div class="message-block"><div class="message other" data-sender-uid="{uid}" id="msg-{number}">'
        f'<div class="avatar"><img src="http://q.qlogo.cn/g?b=qq&{picture}s=100" alt="x"></div>'
        '<div class="message-wrapper"><div class="message-header"><span class="sender">小王</span>'
        f'<span class="time">2024/05/01 08:0{number}:00</span></div><div class="message-bubble">'
        f'<div class="content">{content}</div></div></div></div></div>\n'
    )


def test_modern_page_tells_equal_names_apart() -> None:
    page = (
        '<!DOCTYPE html><!-- QCE_METADATA: {"messageCount":5} --><title>聊天记录 - 花店</title>'
        '<h1 class="hero-title">花店</h1><div class="system-message-container"><div class="system-message">小李退出了群聊</div>'
        '<div class="system-message-time">2024/05/01 08:00:00</div></div>'
        + modern(1, "u_a", '<span class="text-content">第一行\n第二行</span>', "nk=10001&")
        + modern(2, "u_b", '<div class="reply-content" data-reply-to="msg-1"><strong>小王</strong>'
                 '<div class="reply-content-text">第一行</div></div><span class="text-content">嗯</span>')
        + modern(3, "u_b", '<div class="image-content"><img src="a.jpg" alt="a.jpg"></div>')
        + modern(4, "u_b", '<a class="message-file file-bubble" download="名单.xlsx"><span>名单</span></a>')
    )  # fmt: skip
    start, *rows = read(page, "a.html", "qce_html")
    assert start.name == "花店"
    assert (rows[0].event, rows[0].actor_ids) == ("leave", ["小李"])
    assert [row.sender_id for row in rows[1:]] == ["10001", "u_b", "u_b", "u_b"]
    assert rows[1].text == "第一行\n第二行"
    assert (rows[2].text, rows[2].reply_to, rows[2].quoted_text) == ("嗯", "1", "第一行")
    assert [(row.kind, row.text) for row in rows[3:]] == [("image", ""), ("file", "名单.xlsx")]


def test_workbook() -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "聊天记录"
    sheet.append(["序号", "时间", "发送者", "发送者QQ号", "群头衔", "消息类型", "消息内容", "是否撤回", "资源数量"])
    sheet.append([1, "2024-05-01 08:00:00", "系统消息", "10000", "", "系统消息", "[4]", "否", 0])
    sheet.append([2, "2024-05-01 08:01:00", "=小王", "10001", "花王", "文本", "=1+1\n第二行", "否", 0])
    sheet["C3"].data_type = sheet["G3"].data_type = "s"
    sheet.append([3, "2024-05-01 08:02:00", "小王", "10002", "", "type_2", "[图片: a.jpg] [image: a.jpg]", "否", 1])
    sheet.append([4, "昨天", "小王", "10002", "", "type_2", "早", "否", 0])
    book.create_sheet("统计信息").append(["统计项目", "数值"])
    data = io.BytesIO()
    book.save(data)
    _, tip, words, picture, issue = read(data.getvalue(), "group_花店_720000009_20240501_100000.xlsx", "qce_xlsx")
    assert tip.event == "other"
    assert (words.sender_id, words.sender_name, words.text) == ("10001", "=小王", "=1+1\n第二行")
    assert (picture.kind, picture.text) == ("image", "[图片: a.jpg]")
    assert issue.reason == "bad_time"


def test_every_shape_tells_how_it_is_made() -> None:
    assert all("QCE" in fmt.how_to_export for key, fmt in formats().items() if key.startswith("qce_"))
