"""WeFlow HTML: a page that draws its messages from an array, `window.WEFLOW_DATA = [{"i","t","s","a","b"}]`.

    {"i": 2, "t": 1709251260, "s": 0, "b": "<div class=\\"sender-name\\">张三</div>…", "p": "7000…", "r": "7000…"}
t -> sent_at, the sender-name in the HTML of b -> sender_name, p -> platform id, r -> reply. Chats of more than 20,000
messages keep their data in `<name>_data/chunk-000000.js` beside the page. Source: hicccc77/WeFlow HtmlFormatter.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from typing import Any
from urllib.parse import unquote

from ingest.clock import read_epoch
from ingest.errors import ParseIssue
from ingest.formats import ExportFormat, Record
from ingest.message import ChatStart, Message
from ingest.script_data import decode_json, read_objects
from ingest.source import Source
from ingest.wechat_rows import WeChatRow, is_room, server_id, to_message

DATA = re.compile(r"window\.WEFLOW_DATA\s*=\s*\[")
CHUNK = re.compile(r"__WEFLOW_CHUNK_LOADED__\(\s*\d+\s*,\s*\[")
_MANIFEST = re.compile(r"window\.WEFLOW_MANIFEST\s*=\s*")
_TITLE = re.compile(r"<title>(.*?)(?: - 聊天记录)?</title>", re.DOTALL)
_PART = r'<div class="{}">(.*?)</div>'
_SENDER, _TEXT, _QUOTED_NAME, _QUOTED = (
    re.compile(_PART.format(name), re.DOTALL)
    for name in ("sender-name", "message-text", "quoted-sender", "quoted-text")
)
_MEDIA = re.compile(r'class="message-media (\w+)')
_KINDS = {"image": "图片消息", "emoji": "动画表情", "audio": "语音消息", "video": "视频消息", "file": "文件消息"}
_CARD = re.compile(r'<a class="message-link-card" href="([^"]*)"')
_FILE = re.compile(r'<a class="message-media file"[^>]*>(.*?)</a>', re.DOTALL)


def sniff(head: str, tail: str, name: str) -> float:
    """1 for a page with WeFlow's data; its styles may push the data beyond the head."""
    return 1.0 if "<" in head[:200] and re.search(r"\bWEFLOW_(?:DATA|MANIFEST)\b", head + tail) else 0.0


def parse(source: Source) -> Iterator[Record]:
    """One chat, named by the page's title."""
    title = _TITLE.search(source.head)
    name = unescape(title[1]).strip() if title else ""
    yield ChatStart(name)
    found = False
    for line, item in read_objects(source, DATA, decode_json):
        found = True
        yield item if isinstance(item, ParseIssue) else _message(line, item, name)
    if not found:
        for chunk in _chunks(source):
            if isinstance(chunk, ParseIssue):
                yield chunk
                continue
            for line, item in read_objects(chunk, CHUNK, decode_json):
                yield item if isinstance(item, ParseIssue) else _message(line, item, name)


def _chunks(source: Source) -> Iterator[Source | ParseIssue]:
    """The data files that the page's manifest names."""
    with source.text() as stream:
        page = stream.read(1 << 24)
    opening = _MANIFEST.search(page)
    manifest = decode_json(page, opening.end()) if opening else None
    listed = manifest[0].get("chunks") if manifest and isinstance(manifest[0], dict) else None
    for entry in listed or []:
        name = unquote(str(entry.get("u") or "")).removeprefix("./")
        beside = source.companion(name) if name else None
        source.current = name or source.name
        yield beside or ParseIssue(0, "missing_part", name)


def _message(line: int, item: Any, chat: str) -> Message | ParseIssue:
    try:
        sent_at = read_epoch(item["t"])
        html = str(item["b"])
    except (KeyError, TypeError, ValueError, OverflowError):
        return ParseIssue(line, "bad_time", str(item)[:80])
    name = _inner(_SENDER, html)
    row = WeChatRow(sent_at, _inner(_TEXT, html) or "", line=line)
    row.sender_name = name if name is not None else "我" if item.get("s") == 1 else chat or None
    row.system = is_room(name)
    row.platform_id, row.reply_to = server_id(item.get("p")), server_id(item.get("r"))
    row.quoted_name, row.quoted_text = _inner(_QUOTED_NAME, html), _inner(_QUOTED, html)
    media, card = _MEDIA.search(html), _CARD.search(html)
    if media:
        row.type_name = _KINDS.get(media[1], "")
        row.body = row.body or (_inner(_FILE, html) or "" if media[1] == "file" else "")
    elif card:
        row.type_name, row.url = "链接消息", unescape(card[1])
    elif row.quoted_text is not None:
        row.type_name = "引用消息"
    return to_message(row)


def _inner(pattern: re.Pattern[str], html: str) -> str | None:
    """The text of the first part, line breaks kept and emoji pictures as their words."""
    found = pattern.search(html)
    if not found:
        return None
    text = re.sub(r'<img\b[^>]*?\balt="([^"]*)"[^>]*>', r"\1", re.sub(r"<br\s*/?>", "\n", found[1]))
    return unescape(re.sub(r"<[^<>]*>", "", text))


FORMAT = ExportFormat(
    id="weflow_html",
    title="微信 · WeFlow HTML",
    platform="wechat",
    extensions=(".html", ".htm"),
    sniff=sniff,
    parse=parse,
    how_to_export="WeFlow：导出 → 选择群聊 → 格式选 HTML → 开始导出；消息很多时连同 _data 文件夹一起导入。",
)
