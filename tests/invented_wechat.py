"""One invented WeChat group as every exporter would write it: the traps lie in its names and bodies."""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from html import escape

from ingest.reading import read_export
from ingest.source import Source

ROOM, CHAT = "55000000001@chatroom", "阳台种菜群"
ZONE = timezone(timedelta(hours=8))
NAMES = {
    "wxid_kugua00": "苦瓜", "wxid_xiaoyu1": "小雨", "wxid_xiaoyu2": "小雨", "wxid_colon00": "老周: 收菜",
    "wxid_dated00": "2023-05-01 番茄", "wxid_quote00": "It's 豆(豆)",
}  # fmt: skip
PASTED = "2023-05-01 06:00:00 隔壁群主(99887766)\n种子到货了\n\n2023-05-01 06:01:00 路人\n求购"
START = int(datetime(2023, 5, 6, 7, 30, 0, tzinfo=ZONE).timestamp())


@dataclass(frozen=True)
class Row:
    """What WeChat's database holds: seconds after START, who (None = system), Type, SubType, text."""

    after: int
    sender: str | None
    type: int
    sub: int
    text: str
    quoted: tuple[str, str] | None = None

    @property
    def epoch(self) -> int:
        return START + self.after

    @property
    def local(self) -> datetime:
        return datetime.fromtimestamp(self.epoch, ZONE)

    @property
    def name(self) -> str:
        return NAMES[self.sender] if self.sender else ROOM

    @property
    def is_system(self) -> bool:
        return self.sender is None or self.type == 10000 or (self.type, self.sub) == (49, 62)


ROWS = [
    Row(0, None, 10000, 0, '"苦瓜"邀请"小雨"、"老周: 收菜"加入了群聊'),
    Row(60, "wxid_kugua00", 1, 0, "今天浇水了吗？\n我浇了两遍\n\n够不够"),
    Row(61, "wxid_xiaoyu1", 1, 0, "够了，\"别浇太多\"，根会烂; 对吧 it's ok\\n"),
    Row(61, "wxid_xiaoyu2", 1, 0, "+1"),
    Row(300, "wxid_colon00", 1, 0, PASTED),
    Row(320, "wxid_dated00", 49, 57, "收到，谢谢", ("苦瓜", "今天浇水了吗？")),
    Row(330, "wxid_xiaoyu1", 3, 0, ""),
    Row(340, "wxid_quote00", 1, 0, "图在哪里"),
    Row(400, "wxid_colon00", 49, 53, "#接龙\n1. 苦瓜 两盆\n2. 小雨 一盆"),
    Row(500, "wxid_kugua00", 49, 2001, "种菜大吉"),
    Row(600, "wxid_xiaoyu1", 10000, 4, '"小雨" 拍了拍 "苦瓜"'),
    Row(700, "wxid_xiaoyu1", 10000, 0, '"小雨" 撤回了一条消息'),
    Row(800, "wxid_xiaoyu2", 1, 0, ""),
    Row(90_000, None, 10000, 0, '"2023-05-01 番茄"退出了群聊'),
    Row(90_060, "wxid_colon00", 1, 0, "@所有人 周末换土"),
]  # fmt: skip
RECORDS, MESSAGES = len(ROWS), sum(not row.is_system for row in ROWS)
LABELS = {3: "[图片]", (49, 53): "[接龙]", (49, 2001): "[红包]"}
TYPE_NAMES = {1: "文本消息", 3: "图片消息", 10000: "系统消息", (49, 57): "引用消息"}


def read(data: bytes, name: str, siblings: dict[str, bytes] | None = None) -> list[dict]:
    """All rows of all chats, in file order."""
    return [row for table in read_export(Source.of_bytes(data, name, siblings=siblings)) for row in table.to_pylist()]


def plain(row: Row, gap: str = " ") -> str:
    """The body as WeFlow shows it."""
    label = LABELS.get(row.type) or LABELS.get((row.type, row.sub))
    if row.quoted:
        return f"{row.text}[引用 {row.quoted[0]}：{row.quoted[1]}]"
    return f"{label}{gap if row.text else ''}{row.text}" if label else row.text


def weflow_type(row: Row) -> tuple[str, int]:
    """(type name, v4 local_type) of WeFlow: nudges are app messages there."""
    number, sub = (49, 62) if (row.type, row.sub) == (10000, 4) else (row.type, row.sub)
    name = TYPE_NAMES.get(number) or TYPE_NAMES.get((number, sub)) or "其他消息"
    return name, (sub << 32) | number


def weflow_json() -> dict:
    """WeFlow's detailed JSON."""
    messages = []
    for at, row in enumerate(ROWS):
        name, number = weflow_type(row)
        item = {
            "localId": at + 1, "createTime": row.epoch, "formattedTime": f"{row.local:%Y-%m-%d %H:%M:%S}", "type": name,
            "localType": number, "content": plain(row), "isSend": 0, "senderUsername": row.sender or ROOM,
            "senderDisplayName": row.name, "source": "", "platformMessageId": str(8_100_000_000 + at),
        }  # fmt: skip
        if row.quoted:
            item |= {"quotedSender": row.quoted[0], "quotedContent": row.quoted[1], "replyToMessageId": "8100000001"}
        messages.append(item)
    session = {"wxid": ROOM, "nickname": CHAT, "displayName": CHAT, "type": "群聊", "messageCount": len(ROWS)}
    return {"weflow": {"version": "1.0.3", "generator": "WeFlow"}, "session": session, "messages": messages}


def weflow_txt() -> str:
    return "".join(f"{row.local:%Y-%m-%d %H:%M:%S} '{row.name}'\n{plain(row, '')}\n\n" for row in ROWS)


def weflow_md() -> str:
    def escaped(text: str) -> str:
        return re.sub(r"([\\`*_{}\[\]()#+\-.!|>~])", r"\\\1", text)

    head = f"# {CHAT}\n\n- 会话ID: `{ROOM}`\n- 会话类型: 群聊\n- 消息数量: {len(ROWS)}\n- 导出工具: WeFlow\n\n---\n\n"
    parts = []
    for row in ROWS:
        body = escaped(plain(row, "") or "[文本消息]")
        if row.quoted:
            body = f"> {row.quoted[0]}: {row.quoted[1]}\n\n{escaped(row.text)}"
        parts.append(f"## {escaped(f'{row.local:%Y-%m-%d %H:%M:%S}')} {escaped(row.name)}\n\n{body}\n\n")
    return head + "".join(parts)


def weflow_sql() -> str:
    def literal(text: str) -> str:
        return "'" + text.replace("'", "''") + "'"

    columns = (
        "session_id, local_id, message_id, create_time, sender, is_send, local_type, media_type, content, media_path"
    )
    lines = ["BEGIN;", "CREATE TABLE IF NOT EXISTS weflow_messages (", "  session_id TEXT NOT NULL", ");"]
    for at, row in enumerate(ROWS):
        values = (
            f"{literal(ROOM)}, '{at + 1}', '{8_100_000_000 + at}', {row.epoch}, {literal(row.sender or ROOM)}, FALSE, "
            f"{weflow_type(row)[1]}, NULL, {literal(plain(row, ''))}, NULL"
        )
        lines.append(f"INSERT INTO weflow_messages ({columns}) VALUES ({values});")
    return "\n".join([*lines, "COMMIT;", ""])


def weflow_html() -> str:
    items = []
    for at, row in enumerate(ROWS):
        text = f'<div class="message-text">{escape(row.text if row.quoted else plain(row, "")).replace(chr(10), "<br />")}</div>'
        if row.quoted:
            quote = (
                '<div class="quoted-message"><div class="quoted-sender">{}</div><div class="quoted-text">{}</div></div>'
            )
            text = quote.format(*map(escape, row.quoted)) + text
        body = f'<div class="message-time">x</div><div class="sender-name">{escape(row.name)}</div><div class="message-content">{text}</div>'
        items.append(
            json.dumps({"i": at + 1, "t": row.epoch, "s": 0, "a": "<span>x</span>", "b": body, "p": str(81 + at)})
        )
    data = ",\n".join(items).replace("<", "\\u003c")
    return (
        f"<!DOCTYPE html><html><head><title>{CHAT} - 聊天记录</title><style>p{{}}</style></head><body><script>\n"
        f"window.WEFLOW_MANIFEST = {{}};\nwindow.WEFLOW_DATA = [\n{data}\n];\n</script></body></html>"
    )


def table(rows: list[list], newline: str = "\r\n") -> str:
    stream = io.StringIO()
    csv.writer(stream, lineterminator=newline).writerows(rows)
    return stream.getvalue()


def weclone_csv() -> str:
    rows: list[list] = [["id", "MsgSvrID", "type_name", "is_sender", "talker", "msg", "src", "CreateTime"]]
    for at, row in enumerate(ROWS):
        moment = datetime.fromtimestamp(row.epoch, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
        rows.append([at + 1, 81 + at, "image" if row.type == 3 else "text", 0, row.name, plain(row), "", moment])
    return "\ufeff" + table(rows)


def chatlog_txt(layout: str, rows: list[Row] | None = None) -> str:
    parts = []
    for row in rows or ROWS:
        who = f"{row.name}({row.sender})" if row.sender and not (row.type, row.sub) == (10000, 0) else "系统消息"
        parts.append(f"{who} {row.local:{layout}}\n{_chatlog_body(row)}\n\n")
    return "".join(parts)


def _chatlog_body(row: Row) -> str:
    if row.quoted:
        return f"> {row.quoted[0]}(wxid_kugua00) 05-06 07:31:00\n> {row.quoted[1]}\n{row.text}"
    return {3: "![图片](http://127.0.0.1:5030/image/0a)"}.get(row.type) or (
        {53: "[分享]", 2001: "[红包]"}.get(row.sub, row.text) if row.type == 49 else row.text
    )


def chatlog_csv() -> str:
    rows: list[list] = [["Time", "SenderName", "Sender", "TalkerName", "Talker", "Content"]]
    for row in ROWS:
        nobody = row.sender is None or (row.type, row.sub) == (10000, 0)
        who = ["", "系统消息"] if nobody else [row.name, row.sender]
        rows.append([f"{row.local:%Y-%m-%d %H:%M:%S}", *who, CHAT, ROOM, _chatlog_body(row)])
    return table(rows, "\n")


def wechat_cli(mark: str = "- ") -> str:
    lines = []
    for row in ROWS:
        name = "" if row.sender is None else f"{row.name}: "
        lines.append(f"{mark}[{row.local:%Y-%m-%d %H:%M}] {name}{plain(row)}")
    return "\n".join(lines) + "\n"


def wechat_email() -> str:
    parts, day = [f'微信群"{CHAT}"的聊天记录如下:\n\n\n'], None
    for row in ROWS:
        if row.is_system:
            continue
        if row.local.date() != day:
            day = row.local.date()
            parts.append(f"—————  {day}  —————\n\n\n")
        parts.append(f"{row.name}  {row.local:%H:%M}\n\n{plain(row)}\n\n\n")
    return "".join(parts)


def wechatmsg_txt() -> str:
    parts = []
    for row in ROWS:
        moment = f"{row.local:%Y-%m-%d %H:%M:%S}"
        if row.is_system:
            parts.append(f"{moment} {row.text}\n\n")
        elif row.quoted:
            parts.append(f"{moment} {row.name}\n{row.text}\n引用:{row.quoted[0]}:{row.quoted[1]}\n\n")
        elif row.type in (1, 3):
            parts.append(f"{moment} {row.name}\n{plain(row)}\n\n")
    return "".join(parts)


def wechatmsg_html() -> str:
    def script(text: str) -> str:
        for old, new in (("\\", "\\\\"), ("'", "\\'"), ('"', '\\"'), ("\n", "\\n")):
            text = text.replace(old, new)
        return escape(text, quote=False)

    parts = []
    for row in ROWS:
        end = (
            f"avatar_path:'x',timestamp:{row.epoch},is_chatroom:1,displayname:'{'' if row.is_system else row.name}'}},"
        )
        if row.is_system:
            parts.append(f"{{ type:0, text: '{script(row.text)}',is_send:0,{end}")
        elif row.quoted:
            refer = script("：".join(row.quoted))
            parts.append(f"{{ type:49, text: '{script(row.text)}',is_send:0,sub_type:57,refer_text: '{refer}',{end}")
        elif row.type in (1, 3):
            text = script(row.text) if row.type == 1 else "./image/7.jpg"
            parts.append(f"{{ type:{row.type}, text: '{text}',is_send:0,{end}")
    divider = f"{{ type:0, text: '2023-05-06 07:30:00',is_send:0,avatar_path:'',timestamp:{START}}},"
    return (
        f"<html><title>{CHAT}</title><script>\nconst chatMessages = [\n{divider}{''.join(parts)}\n]\n</script></html>"
    )


def assert_conversation(rows: list[dict], *, ids: bool, minutes: bool = False, kept: list[Row] | None = None) -> None:
    """The rows are the whole conversation: order, times, senders, events, kinds and words."""
    kept = ROWS if kept is None else kept
    assert len(rows) == len(kept)
    for got, row in zip(rows, kept, strict=True):
        moment = datetime.fromtimestamp(row.epoch - row.epoch % 60 if minutes else row.epoch, UTC)
        assert got["sent_at"] == moment
        assert (got["event"] is not None) == row.is_system
        if row.is_system:
            assert got["kind"] == "system"
            assert got["text"] == row.text
            continue
        assert got["sender_id"] == (row.sender if ids else row.name)
        if row.type == 1:
            assert (got["kind"], got["text"]) == ("text", row.text)
        if row.quoted:
            assert (got["text"], got["quoted_name"], got["quoted_text"]) == (row.text, *row.quoted)
        if row.type == 3:
            assert (got["kind"], got["text"]) == ("image", "")
    events = [got["event"] for got in rows if got["event"]]
    wanted = {0: "invite", 600: "nudge", 700: "recall", 90_000: "leave"}
    assert events == [wanted[row.after] for row in kept if row.is_system]


_PLAIN = [row for row in ROWS if row.is_system or row.quoted or row.type in (1, 3)]
EXPORTS: list[tuple[str, str, bytes, int]] = [
    ("weflow_json", "阳台种菜群.json", json.dumps(weflow_json(), ensure_ascii=False).encode(), RECORDS),
    ("weflow_txt", "阳台种菜群.txt", weflow_txt().encode(), RECORDS),
    ("weflow_txt", "阳台种菜群.txt", weflow_txt().replace("\n", "\r\n").encode("gb18030"), RECORDS),
    ("weflow_md", "阳台种菜群.md", weflow_md().encode(), RECORDS),
    ("weflow_sql", "阳台种菜群.sql", weflow_sql().encode(), RECORDS),
    ("weflow_html", "阳台种菜群.html", weflow_html().encode(), RECORDS),
    ("weclone_csv", "阳台种菜群.csv", weclone_csv().encode(), RECORDS),
    ("chatlog_csv", "阳台种菜群.csv", chatlog_csv().encode(), RECORDS),
    ("chatlog_txt", "x_2023-05-06_2023-05-07.txt", chatlog_txt("%Y-%m-%d %H:%M:%S").encode(), RECORDS),
    ("chatlog_txt", "x_2023-05-06_2023-05-07.txt", chatlog_txt("%m-%d %H:%M:%S").encode(), RECORDS),
    ("wechat_cli", "阳台种菜群聊天记录.md", wechat_cli().encode(), RECORDS),
    ("wechat_email", "阳台种菜群.txt", wechat_email().encode(), MESSAGES),
    ("wechatmsg_txt", "阳台种菜群.txt", wechatmsg_txt().encode("utf-16"), len(_PLAIN)),
    ("wechatmsg_html", "阳台种菜群.html", wechatmsg_html().encode(), len(_PLAIN)),
]
"""For the contract that all formats share: format id, file name, bytes, records."""
