"""WeChatMsg (留痕, MemoTrace) HTML: a page with `const chatMessages = [{ type:1, text: '…',is_send:0,…},…]`.

    { type:1, text: '早上好',is_send:0,avatar_path:'…',timestamp:1709251260,is_chatroom:1,displayname:'张三'},
A JavaScript literal: bare keys, single quotes, texts escaped for HTML and then for JavaScript, names not escaped at
all. type 0 is a system line, or a time that the page shows every five minutes (no record). 49 has sub_type 57 with
refer_text, 5 with title and url, 6 with file_name. No sender ids. Source: LC044/WeChatMsg HtmlExporter.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape

from ingest.clock import read_epoch
from ingest.errors import ParseIssue
from ingest.formats import ExportFormat, Record
from ingest.message import ChatStart, Message
from ingest.script_data import read_objects
from ingest.source import Source
from ingest.wechat_rows import WeChatRow, to_message

DATA = re.compile(r"chatMessages\s*=\s*\[")
# A name may hold a bare quote: a string ends at the quote that a comma or a brace follows.
_STRING = r"'(?:\\.|[^\\']|'(?!\s*[,}]))*'"
_PAIR = re.compile(
    rf"\s*(?:,\s*)?(?P<key>\w+)\s*:\s*(?:(?P<text>{_STRING})|(?P<number>-?[\d.]+|null|true|false))", re.DOTALL
)
_END = re.compile(r"\s*(?:,\s*)?\}")
_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|.)", re.DOTALL)
_LETTERS = {"n": "\n", "r": "\r", "t": "\t"}
_DIVIDER = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d")


def sniff(head: str, tail: str, name: str) -> float:
    """1 for a page whose script fills chatMessages; the template may push it beyond the head."""
    if "<" not in head[:200]:
        return 0.0
    if DATA.search(head):
        return 1.0
    keys = ("displayname:", "is_send:", "timestamp:")
    return 0.9 if re.search(r"\bchatMessages\b", tail) or all(key in tail for key in keys) else 0.0


def parse(source: Source) -> Iterator[Record]:
    """One chat, named by the file; one Message an object, dividers left out."""
    yield ChatStart("")
    for line, item in read_objects(source, DATA, _decode):
        if isinstance(item, ParseIssue):
            yield item
        elif not (item.get("type") == "0" and _DIVIDER.fullmatch(item.get("text", ""))):
            yield _message(line, item)


def _decode(text: str, place: int) -> tuple[dict[str, str], int] | None:
    """One JavaScript object literal of plain values, as texts."""
    found: dict[str, str] = {}
    place += 1
    while pair := _PAIR.match(text, place):
        value = pair["text"]
        found[pair["key"]] = _unescaped(value[1:-1]) if value is not None else pair["number"]
        place = pair.end()
    end = _END.match(text, place)
    return (found, end.end()) if end and found else None


def _unescaped(text: str) -> str:
    def letter(found: re.Match[str]) -> str:
        code = found[1]
        return chr(int(code[1:], 16)) if len(code) == 5 else _LETTERS.get(code, code)

    return _ESCAPE.sub(letter, text) if "\\" in text else text


def _message(line: int, item: dict[str, str]) -> Message | ParseIssue:
    try:
        sent_at = read_epoch(item["timestamp"])
        number, subtype = int(item["type"]), int(item.get("sub_type") or 0)
    except (KeyError, ValueError, OverflowError):
        return ParseIssue(line, "bad_row", str(item)[:80])
    text, name = unescape(item.get("text", "")), item.get("displayname") or None
    row = WeChatRow(sent_at, text, number=number, subtype=subtype, sender_name=name, system=number == 0, line=line)
    if number == 3 and (text.startswith("http") or "/emoji/" in text):
        row.number = 47
    elif number == 34:
        row.body = unescape(item.get("voice_to_text", ""))
    elif number == 49:
        _unpack(row, item)
    if row.number in (3, 43, 47):
        row.body = ""
    if not name and not row.system:
        row.sender_name = "我" if item.get("is_send") == "1" else None
    return to_message(row)


def _unpack(row: WeChatRow, item: dict[str, str]) -> None:
    """Titles, addresses and quotes of shared things."""
    refer = unescape(item.get("refer_text", ""))
    if refer:
        who, colon, text = refer.partition("：")
        row.quoted_name, row.quoted_text = (who, text) if colon else (None, refer)
    if row.subtype == 6:
        row.body = item.get("file_name", "")
    elif row.subtype in (3, 4, 5):
        parts = (item.get(key, "") for key in ("title", "description", "artist"))
        row.body = "\n".join(unescape(part) for part in parts if part)
        row.url = item.get("url") or item.get("link_url") or ""


FORMAT = ExportFormat(
    id="wechatmsg_html",
    title="微信 · WeChatMsg（留痕）HTML",
    platform="wechat",
    extensions=(".html", ".htm"),
    sniff=sniff,
    parse=parse,
    how_to_export="留痕（WeChatMsg）：聊天 → 导出聊天数据 → 选择 HTML。",
)
