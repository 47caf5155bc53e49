"""wechat-cli export, Markdown or text: one line a message, minutes only, further lines of a body bare.

    - [2024-12-01 10:30] 张三: 早上好              text export: the same without "- "
    - [2024-12-01 10:31] "李四"加入了群聊           a system line has no name
Several batches may be appended, each under "# 聊天记录: 群名" and a few ** lines. A name may hold ": "; such names are
learned from all lines. Source: the wechat-cli family, commands/export.py.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from ingest.clock import read_datetime
from ingest.errors import ParseIssue
from ingest.formats import ExportFormat, Record
from ingest.message import ChatStart, Message
from ingest.source import Source
from ingest.text_lines import TextRecord, split_records
from ingest.wechat_rows import WeChatRow, to_message
from ingest.wechat_sentences import is_system_sentence
from ingest.wechat_types import name_kind
from ingest.wechat_xml import is_xml

LINE = r"\[(?P<time>\d{4}-\d\d-\d\d \d\d:\d\d(?::\d\d)?)\] (?P<rest>.*)$"
MARKDOWN, TEXT = re.compile(rf"- {LINE}", re.DOTALL), re.compile(LINE, re.DOTALL)
TITLE = re.compile(r"(?:# )?聊天记录: (?P<name>.+)")
_ABOUT = re.compile(
    r"\*\*(?:时间范围|导出时间|消息数量|类型):\*\*.*|(?:类型|时间范围|导出时间|消息数量): .*|-{3,}|={20,}"
)
_SYSTEM = re.compile(r"\[(?:系统|撤回)\] ?")
_LABELLED = re.compile(r"\[(?P<label>[^\[\]\n]{1,6})\] ?(?P<rest>.*)", re.DOTALL)
_NOT_SAID = re.compile(r"\(local_id=\d+\)|(?:[A-Za-z]:)?[\\/].*", re.DOTALL)
_QUOTE = re.compile(r"(?P<text>.*)\n  ↳ 回复(?: (?P<name>[^\n]*?))?: (?P<quoted>[^\n]*)", re.DOTALL)


def sniff(head: str, tail: str, name: str) -> float:
    """Sure with the title, less by lines alone; "[time] name: text" without a dash is shared by others."""
    dashed = len(re.findall(r"(?m)^- \[\d{4}-\d\d-\d\d \d\d:\d\d\] \S", head))
    bare = len(re.findall(r"(?m)^\[\d{4}-\d\d-\d\d \d\d:\d\d\] \S", head))
    titled = TITLE.match(head.lstrip()) is not None
    if titled and (dashed or bare):
        return 1.0
    return 0.95 if dashed > 1 or (dashed and dashed == len(head.strip().split("\n"))) else 0.0


def parse(source: Source) -> Iterator[Record]:
    """One chat; two passes, the first one learns names that hold a colon."""
    header = MARKDOWN if re.search(r"(?m)^- \[\d{4}-", source.head) else TEXT
    colons = _names_with_colon(source, header)
    started = False
    for record in _records(source, header):
        if record.header is None:
            title = next((found["name"] for line in record.lines if (found := TITLE.match(line))), "")
            if not started:
                yield ChatStart(title.strip() or _file_name(source), resolution="min")
                started = True
            yield from _strange(record)
            continue
        if not started:
            yield ChatStart(_file_name(source), resolution="min")
            started = True
        yield _message(record, record.header, colons)


def _records(source: Source, header: re.Pattern[str]) -> Iterator[TextRecord]:
    """Records; the head of an appended batch is cut off the body before it."""
    for record in split_records(source.lines(), header):
        cut = next((at for at, line in enumerate(record.lines) if TITLE.match(line)), None)
        if record.header is None or cut is None:
            yield record
            continue
        below = TextRecord(record.line + cut + 1, None, record.lines[cut:])
        record.lines = record.lines[:cut]
        yield record
        yield below


def _file_name(source: Source) -> str:
    return source.chat_name.removesuffix("聊天记录")


def _strange(record: TextRecord) -> Iterator[ParseIssue]:
    for offset, line in enumerate(record.lines):
        if line.strip() and not TITLE.match(line) and not _ABOUT.fullmatch(line.strip()):
            yield ParseIssue(record.line + offset, "not_a_record", line[:80])


def _names_with_colon(source: Source, header: re.Pattern[str]) -> dict[str, str]:
    """What stands before the first ": " -> the longer name it is always part of."""
    first: Counter[str] = Counter()
    longer: Counter[tuple[str, str]] = Counter()
    for _, line in source.lines():
        found = header.match(line)
        parts = found["rest"].split(": ", 2) if found else []
        if len(parts) < 2 or not found or is_system_sentence(found["rest"]):
            continue
        first[parts[0]] += 1
        if len(parts) == 3 and len(parts[1]) <= 20:
            longer[parts[0], parts[1]] += 1
    return {name: f"{name}: {more}" for (name, more), count in longer.items() if count > 1 and count == first[name]}


def _message(record: TextRecord, header: re.Match[str], colons: dict[str, str]) -> Message | ParseIssue:
    sent_at = read_datetime(header["time"])
    if sent_at is None:
        return ParseIssue(record.line, "bad_time", header["time"])
    rest = header["rest"]
    name, colon, text = rest.partition(": ")
    name = colons.get(name, name)
    lines = record.lines
    while lines and not lines[-1].strip():
        lines = lines[:-1]
    whole = "\n".join([rest, *lines])
    # A colon inside quotation marks belongs to a name in one of WeChat's sentences.
    quoted = rest.startswith('"') and rest.partition(": ")[0].count('"') % 2 == 1
    if not colon or quoted or _SYSTEM.match(rest) or is_system_sentence(rest):
        body = _SYSTEM.sub("", whole, count=1)
        return to_message(WeChatRow(sent_at, body, system=True, line=record.line))
    row = WeChatRow(sent_at, whole[len(name) + 2 :], sender_name=name.strip() or None, line=record.line)
    _unpack(row)
    return to_message(row)


def _unpack(row: WeChatRow) -> None:
    """Take apart what the tool puts together: a label with raw XML or a local path, and a reply with its quote."""
    quote = _QUOTE.fullmatch(row.body)
    if quote:
        row.body, row.quoted_name, row.quoted_text = quote["text"], quote["name"], quote["quoted"]
        row.type_name = "引用消息"
        return
    found = _LABELLED.match(row.body)
    if not found:
        return
    if is_xml(found["rest"]):
        row.type_name, row.body = found["label"], found["rest"]
    elif name_kind(found["label"]) and _NOT_SAID.fullmatch(found["rest"]):
        row.body = f"[{found['label']}]"


FORMAT = ExportFormat(
    id="wechat_cli",
    title="微信 · wechat-cli Markdown / 文本",
    platform="wechat",
    extensions=(".md", ".txt"),
    sniff=sniff,
    parse=parse,
    how_to_export='wechat-cli：运行 wechat-cli export "群名" --format markdown --output 群名.md。',
)
