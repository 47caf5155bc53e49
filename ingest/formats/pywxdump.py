"""PyWxDump CSV and JSON: pages `<chat>_<from>_<to>.csv` of one chat, with a users.json beside them.

    id,MsgSvrID,type_name,is_sender,talker,room_name,msg,src,CreateTime
    2,7000000000000000001,文本,0,wxid_a,1@chatroom,早上好,,2024-03-01 08:01:00
talker is the sender's id, 我 for the exporting account, 未知 or 系统 for nobody; CreateTime is wall clock. Older builds
have epochs and one column `content` {"msg", "src"}. users.json gives nicknames, remarks and the room's cards; the
JSON export is an array of the same keys. Source: xaoyaoo/PyWxDump dbMSG, exportCSV, exportJSON.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from ingest.clock import read_datetime
from ingest.errors import ParseIssue
from ingest.formats import ExportFormat, Record
from ingest.json_stream import read_items
from ingest.message import ChatStart, Message
from ingest.source import Source
from ingest.tables import read_csv
from ingest.wechat_rows import WeChatRow, is_nobody, server_id, to_message

KEYS = ("MsgSvrID", "type_name", "is_sender", "talker", "room_name", "CreateTime")
OWN = "我"
_QUOTE = re.compile(r"(?P<text>.*)\n\n\[引用\]\((?P<time>[^()\n]*)\)(?P<name>[^\n]*?):(?P<quoted>.*)", re.DOTALL)
_VOICE = re.compile(r"语音时长：[^\n]*(?:\n翻译结果：(?P<text>.*))?", re.DOTALL)
_PLACE = re.compile(r"纬度:.*\n位置：(?P<text>.*)\n其他信息：", re.DOTALL)
_LINK = re.compile(r"\n\n<a href=\"(?P<url>[^\"]*)\"[^>]*>点击查看详情</a>\s*$")
Users = dict[str, dict[str, Any]]


def sniff(head: str, tail: str, name: str) -> float:
    """1 where the header or the first object has PyWxDump's columns."""
    text = head.lstrip("\ufeff \r\n")
    if text.startswith("["):
        return 1.0 if all(f'"{key}"' in head for key in KEYS) else 0.0
    header = {cell.strip(' "\r') for cell in text.split("\n", 1)[0].split(",")}
    return 1.0 if header.issuperset(KEYS) else 0.0


def parse(source: Source) -> Iterator[Record]:
    """One chat a room_name; the pages of a chat follow each other."""
    users = _users(source)
    room = None
    for page in source.pages():
        rows = _json_rows(page) if page.head.lstrip().startswith("[") else _csv_rows(page)
        for line, row in rows:
            if isinstance(row, ParseIssue):
                yield row
                continue
            if room is None or row.get("room_name") != room:
                room = str(row.get("room_name") or "")
                about = users.get(room, {})
                yield ChatStart(str(about.get("remark") or about.get("nickname") or room), room or None)
            yield _message(line, row, users, room)


def _users(source: Source) -> Users:
    beside = source.companion("users.json", "../users.json")
    if beside is None:
        return {}
    try:
        with beside.stream() as stream:
            found = json.load(stream)
    except ValueError:
        return {}  # a broken list of names costs only the names
    return {key: value for key, value in found.items() if isinstance(value, dict)} if isinstance(found, dict) else {}


def _csv_rows(page: Source) -> Iterator[tuple[int, dict[str, Any] | ParseIssue]]:
    rows = read_csv(page, ",")
    header = [name.strip() for name in next(rows, (0, []))[1]]
    for line, cells in rows:
        row = dict(zip(header, cells, strict=False))
        yield line, row if len(cells) >= len(header) else ParseIssue(line, "bad_row", ",".join(cells)[:80])


def _json_rows(page: Source) -> Iterator[tuple[int, dict[str, Any] | ParseIssue]]:
    for number, item in enumerate(read_items(page, "item"), 1):
        good = isinstance(item, dict | ParseIssue)
        yield number, item if good else ParseIssue(number, "bad_json", str(item)[:80])


def _message(line: int, row: dict[str, Any], users: Users, room: str) -> Message | ParseIssue:
    sent_at = read_datetime(str(row.get("CreateTime") or ""))
    if sent_at is None:
        return ParseIssue(line, "bad_time", str(row.get("CreateTime"))[:80])
    body, url = _body(row)
    found = WeChatRow(sent_at, body, type_name=str(row.get("type_name") or ""), url=url, line=line)
    found.platform_id = server_id(row.get("MsgSvrID"))
    talker = str(row.get("talker") or "")
    _name_sender(found, talker, str(row.get("is_sender")) == "1", users, room)
    _unpack(found)
    return to_message(found)


def _body(row: dict[str, Any]) -> tuple[str, str]:
    """Text and address of a row, of either generation."""
    message, src = row.get("msg"), row.get("src")
    content = row.get("content")
    if message is None and content is not None:
        if isinstance(content, str) and content.startswith("{"):
            try:
                content = json.loads(content)
            except ValueError:
                content = {"msg": content}
        message, src = (content.get("msg"), content.get("src")) if isinstance(content, dict) else (content, None)
    address = src if isinstance(src, str) and src.startswith(("http://", "https://")) else ""
    return str(message) if message is not None else "", address


def _name_sender(found: WeChatRow, talker: str, own: bool, users: Users, room: str) -> None:
    if is_nobody(talker) and not own:
        if found.type_name in ("系统通知", "拍一拍", "邀请加群") or "撤回" in found.type_name or talker == "系统":
            found.sender_id = talker
        return
    if own and talker in ("", OWN):
        found.sender_name = OWN
        return
    about = users.get(talker, {})
    cards = users.get(room, {}).get("roomNickname")
    found.sender_id = talker or None
    found.sender_name = str(about.get("nickname") or about.get("remark") or "") or None
    card = cards.get(talker) if isinstance(cards, dict) else about.get("roomNickname")
    found.sender_card = card if isinstance(card, str) and card else None


def _unpack(found: WeChatRow) -> None:
    """Undo the wording that PyWxDump adds to quotes, transcripts, places and links."""
    if found.type_name == "引用回复" and (quote := _QUOTE.fullmatch(found.body)):
        found.body, found.quoted_name, found.quoted_text = quote["text"], quote["name"] or None, quote["quoted"] or None
    elif found.type_name == "语音" and (voice := _VOICE.fullmatch(found.body)):
        found.body = (voice["text"] or "").strip()
    elif found.type_name == "位置" and (place := _PLACE.match(found.body)):
        found.body = place["text"].removesuffix("[位置]").strip()
    elif link := _LINK.search(found.body):
        found.body, found.url = found.body[: link.start()], link["url"]
    if found.type_name == "动画表情":
        found.url = ""
        found.body = "" if found.body == "表情" else found.body


FORMAT = ExportFormat(
    id="pywxdump",
    title="微信 · PyWxDump CSV / JSON",
    platform="wechat",
    extensions=(".csv", ".json"),
    sniff=sniff,
    parse=parse,
    how_to_export="PyWxDump：聊天记录 → 导出备份 → 选择群聊 → CSV 或 JSON，把整个文件夹（含 users.json）一起导入。",
    companions=("users.json",),
    pages=r"(?P<stem>.+)_(?P<page>\d+)_\d+\.csv",
)
