"""WeFlow Markdown: a heading a message, everything a member wrote backslash-escaped.

    # 团购群                                      then bullets: 会话ID, 会话类型, 消息数量, 导出时间, 导出工具: WeFlow
    ## 2024\\-03\\-01 08:01:00 群主\\-张店长
    > 小王: 几点开团                              a quote, then the reply; media as ![图片消息](path), links as [t](url)
An empty message reads [文本消息]. System rows stand under the id of the room.
Source: hicccc77/WeFlow MarkdownFormatter.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ingest.clock import read_datetime
from ingest.errors import ParseIssue
from ingest.formats import ExportFormat, Record
from ingest.message import ChatStart, Message
from ingest.source import Source
from ingest.text_lines import TextRecord, split_records
from ingest.wechat_rows import WeChatRow, is_room, to_message
from ingest.wechat_types import name_kind

HEADER = re.compile(r"## (?P<time>\d{4}\\?-\d\d\\?-\d\d \d\d:\d\d:\d\d)(?: (?P<name>.*))?$", re.DOTALL)
_ESCAPED = re.compile(r"\\([\\`*_{}\[\]()#+\-.!|<>~])")
_LINK = re.compile(r"!?\[(?P<label>(?:\\.|[^\]\\])*)\]\((?P<url>[^\n]*)\)$")


def sniff(head: str, tail: str, name: str) -> float:
    """1 where the bullets name WeFlow; else by its escaped headings."""
    headings = len(re.findall(r"(?m)^## \d{4}\\?-\d\d\\?-\d\d \d\d:\d\d:\d\d ", head))
    if headings and re.search(r"(?m)^- 导出工具: WeFlow", head):
        return 1.0
    return 0.8 if headings and re.search(r"(?m)^## \d{4}\\-\d\d\\-", head) else 0.0


def parse(source: Source) -> Iterator[Record]:
    """One chat; its name and id stand above the first heading."""
    for record in split_records(source.lines(), HEADER):
        if record.header is None:
            yield _chat(record)
            continue
        if record.line == 1:
            yield ChatStart("")
        yield _message(record, record.header)


def _chat(preamble: TextRecord) -> ChatStart:
    title, chat_id = "", None
    for line in preamble.lines:
        if line.startswith("# ") and not title:
            title = _plain(line.removeprefix("# ")).strip()
        elif line.startswith("- 会话ID:"):
            chat_id = line.partition(":")[2].strip(" `") or None
    return ChatStart(title, chat_id)


def _message(record: TextRecord, header: re.Match[str]) -> Message | ParseIssue:
    sent_at = read_datetime(_plain(header["time"]))
    if sent_at is None:
        return ParseIssue(record.line, "bad_time", header["time"])
    name = _plain(header["name"] or "").strip()
    lines = _trimmed(record.lines)
    quote: list[str] = []
    while lines and lines[0].startswith(">"):
        quote.append(lines.pop(0).removeprefix(">").removeprefix(" "))
    row = WeChatRow(sent_at, "", sender_name=name or None, system=is_room(name), line=record.line)
    if quote:
        who, colon, text = "\n".join(quote).partition(": ")
        row.quoted_name, row.quoted_text = (who, text) if colon else (None, who)
    _read_body(row, _trimmed(lines))
    return to_message(row)


def _read_body(row: WeChatRow, lines: list[str]) -> None:
    """Brackets that a member wrote are escaped, so a bare link is the exporter's: media or a shared page."""
    link = _LINK.match(lines[0]) if lines else None
    if not link:
        row.body = _plain("\n".join(lines))
        return
    label, rest = _plain(link["label"]), _plain("\n".join(_trimmed(lines[1:])))
    if name_kind(label):
        row.type_name, row.body = label, rest
    elif re.match(r"https?://", link["url"].strip("<>")):
        row.type_name, row.body, row.url = "链接消息", label, link["url"].strip("<>")
    else:
        row.type_name, row.body = "文件消息", label


def _trimmed(lines: list[str]) -> list[str]:
    """Without the empty lines at both ends."""
    start, end = 0, len(lines)
    while start < end and not lines[start]:
        start += 1
    while end > start and not lines[end - 1]:
        end -= 1
    return lines[start:end]


def _plain(text: str) -> str:
    return _ESCAPED.sub(r"\1", text) if "\\" in text else text


FORMAT = ExportFormat(
    id="weflow_md",
    title="微信 · WeFlow Markdown",
    platform="wechat",
    extensions=(".md",),
    sniff=sniff,
    parse=parse,
    how_to_export="WeFlow：导出 → 选择群聊 → 格式选 Markdown → 开始导出。",
)
