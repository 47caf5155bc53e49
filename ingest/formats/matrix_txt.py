"""Matrix, Element's "Export chat" as plain text.

    2024/3/1 08:01:00 - 张三: 早            the computer's locale decides the date; seconds are always there
    3/1/2024, 8:01:00 AM - * anna waves     an emote
    01/03/2024, 08:02:00 - ben joined the room
    3/1/2024, 8:03:00 AM - ben: <@anna:example.org "早"> 你好      a reply with the start of what it answers
Continuation lines follow bare. There are no ids; which ": " ends a name is learned from the whole file.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from datetime import datetime

from ingest.attachments import kind_of_file, kind_of_words
from ingest.clock import DATE, DAYPART, SPACE, guess_order, read_datetime
from ingest.colon_names import ColonNames
from ingest.errors import ParseIssue
from ingest.formats import ExportFormat, Record
from ingest.message import ChatStart, Message
from ingest.source import Source
from ingest.system_lines import SystemEvent, read_system
from ingest.text_lines import TextRecord, line_share, split_records, strip_invisible

HEADER = re.compile(
    rf"(?P<stamp>{DATE},?{SPACE}(?:{DAYPART}{SPACE}*)?\d{{1,2}}:\d\d:\d\d(?:{SPACE}*{DAYPART})?) - (?P<rest>.*)$"
)
_NOTICES = tuple(
    (event, re.compile(pattern, re.DOTALL))
    for event, pattern in (
        ("join", r"(?P<a>.+?) (?:joined the room|accepted (?:an|the) invitation.*)$"),
        ("leave", r"(?P<a>.+?) (?:left the room|rejected the invitation)(?:: .*)?$"),
        ("invite", r"(?P<a>.+?) invited (?P<t>.+?)$"),
        ("kick", r"(?P<a>.+?) (?:removed|banned|kicked) (?P<t>.+?)(?:: .*)?$"),
        ("rename", r"(?P<a>.+?) changed the (?:room name|name of the room).*$"),
        ("rename", r"(?P<a>.+?) (?:changed|set|removed) (?:their|its|his|her) (?:display ?name|name).*$"),
        ("topic", r"(?P<a>.+?) changed the topic to .*$"),
        ("pin", r"(?P<a>.+?) (?:un)?(?:pinned|changed the pinned).*$"),
        ("role_change", r"(?P<a>.+?) changed the power level of (?P<t>.+?)(?: from .*)?$"),
        ("group_created", r"(?P<a>.+?) created (?:and configured )?th(?:e|is) room.*$"),
        ("call", r"(?P<a>.+?) (?:placed|started|ended) a (?:voice |video )?call.*$"),
        ("other", r"(?P<a>.+?) (?:made|turned on|set|changed|removed|sent|unbanned|withdrew|upgraded|added) .*$"),
    )
)
_MEDIA = re.compile(
    r"(?P<name>.*?) ?\((?:File Attached|Media omitted[^)]*|Error fetching file|附件|已省略媒体[^)]*)\)$"
)
_REPLY = re.compile(r"<(?P<name>@?[^<>\"\n]+?)(?: \"(?P<quote>.*?)\")?> (?P<text>.*)", re.DOTALL)
_DELETED = ("Message deleted", "消息已删除", "訊息已刪除")


def sniff(head: str, tail: str, name: str) -> float:
    """By lines that start with a date, a time with seconds and " - "."""
    first = next((line for line in head.split("\n") if line.strip()), "")
    share = line_share(head, HEADER)
    if not HEADER.match(strip_invisible(first)) or ": " not in head:
        return 0.0
    return 0.92 if share > 0.2 else 0.6 if share else 0.0


def parse(source: Source) -> Iterator[Record]:
    """The room as one chat; a first pass learns the shape and order of dates and the names."""
    shapes: Counter[str] = Counter()
    for _, line in source.lines():
        if found := HEADER.match(line):
            shapes[_shape(found["stamp"])] += 1
    shape = shapes.most_common(1)[0][0] if shapes else ""
    order = guess_order((found["stamp"] for _, found in _headers(source, shape)), hint="DMY")
    names = ColonNames()
    for _, found in _headers(source, shape):
        names.learn(found["rest"])
    yield ChatStart("")
    if not order.sure:
        yield ParseIssue(0, f"date_order_inferred: {order.order}", lost=False)
    for record in _records(source, shape):
        text = record.body
        if record.header is None:
            yield ParseIssue(record.line, "not_a_record", text[:80])
            continue
        sent_at = read_datetime(record.header["stamp"].replace(",", " "), order.order)
        if sent_at is None:
            yield ParseIssue(record.line, "bad_time", record.header[0][:80])
        else:
            yield _message(sent_at, record.header["rest"], record, names)


def _shape(stamp: str) -> str:
    """What the dates of one file have in common: "9/9/9, 9:9:9 A"."""
    return re.sub(r"\d+", "9", re.sub(DAYPART, "A", stamp))


def _headers(source: Source, shape: str) -> Iterator[tuple[int, re.Match[str]]]:
    for number, line in source.lines():
        found = HEADER.match(line)
        if found and _shape(found["stamp"]) == shape:
            yield number, found


def _records(source: Source, shape: str) -> Iterator[TextRecord]:
    held: TextRecord | None = None
    for record in split_records(source.lines(), HEADER):
        if held and record.header and _shape(record.header["stamp"]) != shape:
            held.lines += [record.header[0], *record.lines]
            continue
        if held:
            yield held
        held = record
    if held:
        yield held


def _message(sent_at: datetime, rest: str, record: TextRecord, names: ColonNames) -> Message:
    whole = "\n".join([rest, *record.lines]).rstrip("\n")
    told = _event(rest, names) if not any(line.strip() for line in record.lines) else None
    spoken = None if told else names.split(whole)
    if told or spoken is None:
        if told is None and rest.startswith("* "):
            name, _, text = whole[2:].partition(" ")
            return Message(sent_at, text, "action", sender_name=name, line=record.line)
        told = told or SystemEvent("other")
        return Message(
            sent_at, whole, event=told.event, actor_ids=told.actors, target_ids=told.targets, line=record.line
        )
    message = Message(sent_at, spoken[1], sender_name=spoken[0], line=record.line)
    _add_kind(message)
    return message


def _event(rest: str, names: ColonNames) -> SystemEvent | None:
    """The event a line reports; None for "name: text" of somebody who speaks elsewhere too."""
    if ": " in rest and names.seen[rest.partition(": ")[0]] > 1 or rest.startswith("* "):
        return None
    told = read_notice(rest)
    if rest[:1] in '"“「' and told.event != "other":
        return told
    # A name in front of words that merely sound like an event belongs to a speaker.
    return None if ": " in rest and (told.event == "other" or any(": " in name for name in told.actors)) else told


def read_notice(text: str) -> SystemEvent:
    """The event behind Element's own English sentence, or behind one of another tool that was bridged in."""
    if text[:1] in '"“「你您' or text.startswith("You "):
        told = read_system(text)
        if told.event != "other":
            return told
    for event, pattern in _NOTICES:
        found = pattern.match(text)
        if found:
            target = found.groupdict().get("t")
            return SystemEvent(event, [found["a"]], [target] if target else [])
    return read_system(text)


def _add_kind(message: Message) -> None:
    """Attachments, replies and deleted messages by the words Element writes for them."""
    media, reply = _MEDIA.match(message.text), _REPLY.match(message.text)
    if media:
        message.kind = kind_of_file(media["name"])
        message.text = media["name"] if message.kind == "file" else ""
    elif message.text.startswith(_DELETED) and len(message.text) < 60:
        message.kind = "unknown"
    else:
        if reply:
            message.text, message.quoted_name, message.quoted_text = reply["text"], reply["name"], reply["quote"]
        message.kind = kind_of_words(message.text)


FORMAT = ExportFormat(
    id="matrix_txt",
    title="Matrix · Element 文本",
    platform="matrix",
    extensions=(".txt",),
    sniff=sniff,
    parse=parse,
    how_to_export="Element：房间信息 → 导出聊天 → 格式选“纯文本”（能选 JSON 时优先 JSON，有稳定的 id）。",
)
