"""WeChatMsg (留痕, MemoTrace) text: no file header, one record a time line, records parted by an empty line.

    2024-03-01 08:01:00 张店长          time and display name; sender ids are not exported
    早上好                              body, [图片] [语音] [表情包] [文件] [视频] [音乐分享], or a reply with
    引用:小王:几点开团                  the quoted message on its last line
    2024-03-01 09:16:40 你将"小陈"移出了群聊      a system line has no body line at all
Red packets, transfers, 接龙, places and announcements are dropped by the exporter. Source: LC044/WeChatMsg TxtExporter.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime

from ingest.clock import read_datetime
from ingest.errors import ParseIssue
from ingest.formats import ExportFormat, Record
from ingest.message import ChatStart, Message
from ingest.pasted import without_pasted
from ingest.source import Source
from ingest.text_lines import TextRecord, split_records
from ingest.wechat_rows import WeChatRow, to_message
from ingest.wechat_sentences import is_system_sentence

HEADER = re.compile(r"(?P<time>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d) (?P<rest>.*)$", re.DOTALL)
_LINK, _LINK_PART = "[链接]:title:", re.compile(r"\n[ \t]*(description|url|name):")
_FOREIGN = ("消息记录（此消息记录为文本格式", "消息对象:", "消息分组:", "[QQChatExporter")


def sniff(head: str, tail: str, name: str) -> float:
    """By headers after empty lines whose name is neither quoted (WeFlow) nor numbered (QQ)."""
    if any(mark in head for mark in _FOREIGN):
        return 0.0
    blocks = [line for line in re.findall(r"(?:\A|\n\n)([^\n]+)", head.replace("\r\n", "\n"))]
    found = [match["rest"] for line in blocks if (match := HEADER.match(line))]
    if not found or not HEADER.match(head.lstrip("\n")):
        return 0.0
    foreign = sum(bool(re.search(r"^'.*'$|\(\d{4,12}\)$|<[^<>/\s][^<>\s]*>$", rest)) for rest in found)
    if foreign > 0.3 * len(found):
        return 0.0
    return 0.85 if len(found) >= 0.6 * len(blocks) else 0.6


def parse(source: Source) -> Iterator[Record]:
    """One chat, named by the file; two passes, the first one learns names."""
    yield ChatStart("")
    records = without_pasted(lambda: split_records(source.lines(), HEADER, after_blank=True), _when, _who)
    for record in records:
        if record.header is None:
            yield ParseIssue(record.line, "not_a_record", record.body[:80])
        else:
            yield _message(record, record.header)


def _when(record: TextRecord) -> datetime | None:
    return read_datetime(record.header["time"]) if record.header else None


def _who(record: TextRecord) -> str:
    return record.header["rest"] if record.header else ""


def _message(record: TextRecord, header: re.Match[str]) -> Message | ParseIssue:
    sent_at = read_datetime(header["time"])
    if sent_at is None:
        return ParseIssue(record.line, "bad_time", header["time"])
    rest, lines = header["rest"], record.lines
    if lines in ([], [""]) or is_system_sentence(rest):
        body = "\n".join([rest, *lines]).rstrip("\n")
        return to_message(WeChatRow(sent_at, body, system=True, line=record.line))
    body = "\n".join(lines[:-1] if lines[-1] == "" else lines)
    row = WeChatRow(sent_at, body, sender_name=rest.strip() or None, line=record.line)
    link = _link(body)
    if link:
        row.body = "[链接] " + "\n".join(part for part in (link["title"], link["description"].strip()) if part)
        row.url = link["url"].strip()
    elif "\n引用:" in body:
        row.body, _, quote = body.rpartition("\n引用:")
        row.quoted_name, _, row.quoted_text = quote.partition(":") if ":" in quote else (None, "", None)
        row.type_name = "引用消息"
    return to_message(row)


def _link(body: str) -> dict[str, str] | None:
    """title, description, url and name of a link card, which has one of them a line; None for another body."""
    text = body.lstrip()
    if not text.startswith(_LINK):
        return None
    title, *rest = _LINK_PART.split(text.removeprefix(_LINK))
    found = {"title": title}
    for name, value in zip(rest[::2], rest[1::2], strict=True):
        found.setdefault(name, value)
    return found if len(found) == 4 else None


FORMAT = ExportFormat(
    id="wechatmsg_txt",
    title="微信 · WeChatMsg（留痕）文本",
    platform="wechat",
    extensions=(".txt",),
    sniff=sniff,
    parse=parse,
    how_to_export="留痕（WeChatMsg）：聊天 → 导出聊天数据 → 选择 TXT（不要选“AI 对话专用 txt”）。",
)
