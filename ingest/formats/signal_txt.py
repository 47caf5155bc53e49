"""Signal, the text that signal-export and the desktop copy write: [2019-12-24, 12:23] Name: text.

Continuation lines follow bare. Newer versions of signal-export write Markdown, with the same header or
"[2019-12-24 12:23] Name: text" and lines "> quote" and "(- Name: emoji -)" for reactions. There are no ids.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ingest.attachments import kind_of_file, kind_of_words
from ingest.clock import read_datetime
from ingest.colon_names import ColonNames
from ingest.errors import ParseIssue
from ingest.formats import ExportFormat, Record
from ingest.message import ChatStart, Message
from ingest.source import Source
from ingest.system_lines import read_system
from ingest.text_lines import TextRecord, line_share, split_records

HEADER = re.compile(r"\[(?P<date>\d{4}-\d\d-\d\d)(?P<comma>,)? (?P<clock>\d\d:\d\d(?::\d\d)?)\] (?P<rest>.*)$")
_FILE = re.compile(r"!?\[(?P<name>[^\]]*)\]\((?P<path>[^)]*)\)")
_REACTIONS = re.compile(r"\(- .*: .* -\)$")


def sniff(head: str, tail: str, name: str) -> float:
    """By headers with a date, a time in minutes and a name."""
    first = next((line for line in head.split("\n") if line.strip()), "")
    found = HEADER.match(first.strip("\ufeff\r"))
    if not found or ":" not in found["rest"]:
        return 0.0
    sure = found["comma"] and found["clock"].count(":") == 1
    return 0.93 if sure else 0.6 if line_share(head, HEADER) > 0.3 else 0.0


def parse(source: Source) -> Iterator[Record]:
    """One chat, named after the file or its folder."""
    names, seconds = ColonNames(), False
    for _, line in source.lines():
        if found := HEADER.match(line):
            names.learn(found["rest"])
            seconds = seconds or found["clock"].count(":") == 2
    yield ChatStart("", resolution="s" if seconds else "min")
    for record in split_records(source.lines(), HEADER):
        if record.header is None:
            text = record.body.strip()
            if text:
                yield ParseIssue(record.line, "not_a_record", text[:80])
        else:
            yield _record(record, record.header, names)


def _record(record: TextRecord, header: re.Match[str], names: ColonNames) -> Record:
    sent_at = read_datetime(f"{header['date']} {header['clock']}")
    if sent_at is None:
        return ParseIssue(record.line, "bad_time", header[0][:80])
    lines = [line for line in record.lines if not _REACTIONS.match(line.strip())]
    whole = "\n".join([header["rest"], *lines]).rstrip("\n")
    spoken = names.split(whole)
    if spoken is None:
        told = read_system(whole)
        return Message(
            sent_at, whole, event=told.event, actor_ids=told.actors, target_ids=told.targets, line=record.line
        )
    message = Message(sent_at, spoken[1].strip("\n"), sender_name=spoken[0], line=record.line)
    _add_kind(message)
    return message


def _add_kind(message: Message) -> None:
    """The quote above an answer, and attachments as Markdown links."""
    lines = message.text.split("\n")
    quote = [line[1:].strip() for line in lines if line.startswith(">")]
    answer = [line for line in lines if not line.startswith(">")]
    if quote and any(line.strip() for line in answer):
        message.quoted_text, message.text = "\n".join(quote).strip(), "\n".join(answer).strip("\n")
    file = _FILE.fullmatch(message.text.strip())
    message.kind = kind_of_words(message.text)
    if file and "://" not in file["path"]:
        message.kind = kind_of_file(file["path"])
        message.text = file["name"] if message.kind == "file" else ""


FORMAT = ExportFormat(
    id="signal_txt",
    title="Signal · signal-export 文本",
    platform="signal",
    extensions=(".txt", ".md"),
    sniff=sniff,
    parse=parse,
    how_to_export="在装有 Signal 电脑版的机器上运行 signal-export，把会话文件夹里的 chat.md 或文本交进来。",
)
