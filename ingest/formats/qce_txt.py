"""qq-chat-exporter (QCE) text, V4 and V5.

    [QQChatExporter V5 / …]      banner, then 聊天名称: 读书会 and other facts
                                 two empty lines before every record
    张三:
    时间: 2024-03-01 08:05:47
    内容: 正文, any number of lines
    资源: 1 个文件               with "  - image: a.jpg" below; 提及: and 回复: may follow
No ids, so equal names are one person. A block that is pasted into a body has no two empty lines before it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from ingest.clock import read_datetime
from ingest.errors import ParseIssue
from ingest.formats import ExportFormat, Record
from ingest.message import ChatStart, Message
from ingest.qce import BRAND, chat_number, is_grey_tip, read_words, system_row
from ingest.source import Source

_TIME = re.compile(r"时间: (?P<time>\d{4}-\d{2}-\d{2}.*)")
_RULE = re.compile(r"={20,}")
_REPLY = re.compile(r"回复: (?:\d\d-\d\d \d\d:\d\d )?(?P<name>.*?) - (?P<text>.*)")
_RESOURCES = re.compile(r"资源: (\d+) 个文件")
_RESOURCE = re.compile(r"  - (?P<type>\w+): (?P<file>.*)")
_NUMBERED = re.compile(r"\[\d+\]")


@dataclass(slots=True)
class _Block:
    line: int
    name: str
    time: str
    lines: list[str] = field(default_factory=list)


def sniff(head: str, tail: str, name: str) -> float:
    """Sure with QCE's banner and a first record."""
    if not head.lstrip("\ufeff\n ").startswith(f"[{BRAND}"):
        return 0.0
    return 0.98 if re.search(r"^时间: \d{4}", head, re.MULTILINE) else 0.6


def parse(source: Source) -> Iterator[Record]:
    """Yield the records; a file without QCE's last lines was cut."""
    name = re.search(r"^聊天名称: (.*)$", source.head, re.MULTILINE)
    yield ChatStart(name[1].strip() if name else "", chat_number(source))
    count = 0
    for block in _blocks(source.lines()):
        yield _message(block)
        count += 1
    if "导出完成" not in source.tail[-2000:]:
        yield ParseIssue(0, f"truncated_tail: after record {count}")


def _blocks(lines: Iterable[tuple[int, str]]) -> Iterator[_Block]:
    """Cut at a name and a time below it, after two empty lines."""
    block: _Block | None = None
    held: list[tuple[int, str]] = []
    blanks = 0
    for number, line in lines:
        found = _TIME.fullmatch(line)
        if found and held and _is_name(held):
            if block:
                yield block
            block = _Block(held[0][0], held[-1][1].removesuffix(":"), found["time"])
            held, blanks = [], 0
            continue
        if held and not (len(held) == 1 and _NUMBERED.fullmatch(held[0][1])):
            _give(block, held)
            held = []
        if line.strip() and (blanks >= 2 or held):
            held.append((number, line))
        elif block:
            block.lines.append(line)
        blanks = 0 if line.strip() else blanks + 1
    _give(block, held)
    if block:
        yield block


def _is_name(held: list[tuple[int, str]]) -> bool:
    return held[-1][1].endswith(":") and not _RULE.fullmatch(held[-1][1])


def _give(block: _Block | None, held: list[tuple[int, str]]) -> None:
    if block:
        block.lines += [line for _, line in held]


def _message(block: _Block) -> Message | ParseIssue:
    sent_at = read_datetime(block.time)
    if sent_at is None:
        return ParseIssue(block.line, "bad_time", block.time[:80])
    lines = _without_footer(block.lines)
    if lines and lines[0].startswith("类型: "):
        lines = lines[1:]
    quote = _cut_reply(lines)
    mentions = _cut_mentions(lines)
    media = _cut_resources(lines)
    text = "\n".join(lines).removeprefix("内容: ").removeprefix("内容:").strip("\n")
    if is_grey_tip(block.name, text):
        actor = None if block.name == "系统消息" else block.name
        return system_row(sent_at, text, actor, platform_id=None, line=block.line)
    words = read_words(text, media)
    return Message(
        sent_at, words.text, words.kind, sender_name=block.name or None, mentions=mentions, line=block.line,
        quoted_name=words.quoted_name or (quote["name"] if quote else None),
        quoted_text=words.quoted_text or (quote["text"] if quote else None),
    )  # fmt: skip


def _without_footer(lines: list[str]) -> list[str]:
    """Body lines up to the row of = above 导出完成, trailing empty lines removed."""
    for index in range(len(lines) - 1, max(-1, len(lines) - 8), -1):
        if lines[index].strip() == "导出完成" and index and _RULE.fullmatch(lines[index - 1]):
            lines = lines[: index - 1]
            break
    while lines and not lines[-1].strip():
        lines.pop()
    return lines


def _cut_reply(lines: list[str]) -> re.Match[str] | None:
    """Take the line about the quoted message, and what its text runs on to, off a body that shows a quotation."""
    quoting = bool(lines) and lines[0].startswith("内容: [回复 ")
    for index in range(len(lines) - 1, 0, -1):
        found = _REPLY.match(lines[index])
        if found:
            del lines[index:]
            return found
        if not quoting:
            return None
    return None


def _cut_mentions(lines: list[str]) -> list[str]:
    """Take `提及:` off the end where the body does mention these names."""
    if len(lines) < 2 or not lines[-1].startswith("提及: "):
        return []
    names = lines[-1].removeprefix("提及: ").split(", ")
    body = "\n".join(lines[:-1])
    if not all(f"@{name}" in body for name in names):
        return []
    lines.pop()
    return ["@all" if name in ("全体成员", "所有人") else name for name in names]


def _cut_resources(lines: list[str]) -> str | None:
    """Take the list of attachments off the end and return the type of the first."""
    count = 0
    while count < len(lines) and _RESOURCE.fullmatch(lines[-1 - count]):
        count += 1
    stated = _RESOURCES.fullmatch(lines[-1 - count]) if count and count < len(lines) else None
    if not stated or int(stated[1]) != count:
        return None
    first = _RESOURCE.fullmatch(lines[-count])
    del lines[-1 - count :]
    return first["type"] if first else None


FORMAT = ExportFormat(
    id="qce_txt",
    title="QQ · qq-chat-exporter 文本",
    platform="qq",
    extensions=(".txt",),
    sniff=sniff,
    parse=parse,
    how_to_export="qq-chat-exporter（QCE）：导出格式选 TXT（没有 QQ 号，能选 JSON 时请选 JSON）。",
)
