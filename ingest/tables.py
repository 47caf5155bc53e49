"""Rows of tables (CSV, TSV, XLSX) and the meaning of their header cells.

In: a `Source`. Out: numbered rows of text cells. Example:
`for number, cells in read_csv(source): ...`; `map_header(["时间", "发送者", "内容"])["text"] == 2`.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time
from typing import Any, BinaryIO, Literal

from ingest.archive_limits import refuse_ratio
from ingest.errors import BrokenExport, UnsafeArchive
from ingest.source import Source
from ingest.text_lines import strip_invisible

csv.field_size_limit(1 << 28)

ALIASES: dict[str, str] = {
    "time": "时间 日期时间 发送时间 消息时间 发言时间 时间戳 時間 發送時間 日期時間 time datetime timestamp"
    " ts created_at createtime create_time strtime sent_at date_time send_time msgtime senttime",
    "date": "日期 date day 送信日 日付",
    "clock": "时刻 時刻 钟点 clock time_of_day 送信時刻",
    "sender": "发送人 发送者 发言人 发件人 昵称 姓名 用户 用户名 成员 发送者昵称 群昵称 發送者 發送人 暱稱"
    " sender user author from name nickname username sender_name sendername from_name talker user_name 送信者名",
    "sender_id": "发送人id 发送者id 发言人id 用户id qq qq号 qq号码 微信id 微信号 发送者微信id 发送者qq号 wxid"
    " uid user_id userid sender_id senderid authorid author_id from_id account",
    "text": "内容 消息 消息内容 正文 文本 发言内容 聊天内容 內容 訊息 訊息內容"
    " content message msg text body strcontent message_text",
    "kind": "类型 消息类型 類型 type msgtype msg_type type_name kind message_type",
    "chat": "群名 群聊 群名称 会话 会话名 群組 group room channel chat talkername chat_name group_name",
    "chat_id": "群号 群id 会话id room_id group_id chat_id groupid channel_id",
    "message_id": "消息id message_id messageid msgid msg_id msgsvrid platform_id",
    "reply_to": "回复id 回复消息id reply_to reply_to_id reply_to_message_id quoted_id",
}
"""Header cells by meaning, lower case, without spaces."""
_MEANING = {alias: name for name, aliases in ALIASES.items() for alias in aliases.split()}
DELIMITERS = ",;\t|"
MAX_WHOLE = 512 << 20
"""Bytes that a member of a workbook may unpack to when its reader holds it whole, such as the shared strings."""
HEADER_ROWS = 20
"""So many first rows may hold a title before the header."""


def map_header(cells: Sequence[str]) -> dict[str, int]:
    """Column index by meaning (a key of ALIASES) for the header cells that are known; the first one wins."""
    found: dict[str, int] = {}
    for index, cell in enumerate(cells):
        key = re.sub(r"[\s\"'“”]+", "", strip_invisible(cell)).lower()
        meaning = _MEANING.get(key) or _MEANING.get(re.sub(r"[(（\[].*", "", key))
        if meaning and meaning not in found:
            found[meaning] = index
    if "date" in found and "time" in found:  # 日期 + 时间: the second column is only the clock
        found.setdefault("clock", found.pop("time"))
    return found


def sniff_delimiter(head: str) -> str:
    """The delimiter of a table: the declared one ("sep=;"), else the one that gives one of the first lines the
    most known columns, then the most columns."""
    top = head.lstrip("\ufeff\r\n")
    declared = re.match(r"sep=(.)", top, re.IGNORECASE)
    if declared:
        return declared[1]
    first = [line.rstrip("\r") for line in top.split("\n", HEADER_ROWS)[:HEADER_ROWS]]

    def worth(delimiter: str) -> tuple[int, int]:
        rows = [[cell.strip('"') for cell in line.split(delimiter)] for line in first]
        return max((len(map_header(cells)), len(cells)) for cells in rows)

    return max(DELIMITERS, key=worth)


def read_csv(source: Source, delimiter: str = "") -> Iterator[tuple[int, list[str]]]:
    """(line where the row starts, cells) of a delimited file, empty rows left out; quotes may hold line ends."""
    with source.text(newline="") as stream:
        delimiter = delimiter or sniff_delimiter(source.head)
        rows = csv.reader(_without_nul(stream), delimiter=delimiter, quoting=_quoting(source.head, delimiter))
        start = 1
        for cells in rows:
            line, start = start, rows.line_num + 1
            if line == 1:
                if len(cells) <= 2 and cells and cells[0].lstrip("\ufeff").lower().startswith("sep="):
                    continue
                cells = [cells[0].lstrip("\ufeff"), *cells[1:]] if cells else cells
            if any(cells):
                yield line, cells


def _quoting(head: str, delimiter: str) -> Literal[0, 3]:
    """Whether quotes wrap cells, or are just text: some tools write `"A" left` into a TSV as it is."""
    try:
        for _ in csv.reader(io.StringIO(head, newline=""), delimiter=delimiter, strict=True):
            pass
    except csv.Error as error:
        if "expected after" in str(error) and '""' not in head:
            return csv.QUOTE_NONE
    return csv.QUOTE_MINIMAL


def _without_nul(lines: Iterator[str]) -> Iterator[str]:
    return (line.replace("\0", "") if "\0" in line else line for line in lines)


def read_sheets(source: Source) -> Iterator[tuple[str, Iterator[tuple[int, list[str]]]]]:
    """(sheet name, rows) of an XLSX workbook, visible sheets only; a row is (number, cells as text).

    Read the rows of one sheet before asking for the next. Raises zipfile.BadZipFile or KeyError when it is no workbook,
    UnsafeArchive when it is a bomb.
    """
    from openpyxl import load_workbook  # slow to import and only needed for spreadsheets

    with source.open() as stream:
        _refuse_bomb(stream, source.path)
        book = load_workbook(stream, read_only=True, data_only=True)
        for sheet in book.worksheets:
            if sheet.sheet_state == "visible":
                sheet.reset_dimensions()  # the stated size is often wrong  # pyright: ignore
                yield sheet.title, _sheet_rows(sheet)
        book.close()


def _refuse_bomb(stream: BinaryIO, path: str) -> None:
    """A workbook is a zip whose members are read whole by its reader, all but the sheets."""
    with zipfile.ZipFile(stream) as archive:
        for info in archive.infolist():
            whole = not info.filename.startswith("xl/worksheets/")
            reason = refuse_ratio(info.file_size, info.compress_size)
            if not reason and whole and info.file_size > MAX_WHOLE:
                reason = f"it unpacks to {info.file_size >> 20} MB"
            if reason:
                hint = "If you trust it, save the sheet as CSV and import that."
                raise UnsafeArchive(
                    f"{info.filename} of this workbook looks like a bomb: {reason}", path=path, hint=hint
                )
    stream.seek(0)


def _sheet_rows(sheet: Any) -> Iterator[tuple[int, list[str]]]:
    for number, row in enumerate(sheet.iter_rows(values_only=True), 1):
        cells = [cell_text(value) for value in row]
        if any(cells):
            yield number, cells


def cell_text(value: Any) -> str:
    """A spreadsheet value as the text that a CSV of the same table would hold."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        # A cell that shows only a date or only a clock comes as midnight or as 1899-12-30.
        return value.isoformat(" ", "seconds") if value.year > 1900 else value.time().isoformat("seconds")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, time):
        return value.isoformat("seconds")
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return str(value)


def preview_workbook(source: Source, rows: int = 20) -> str:
    """The first rows of every sheet as text, "[sheet name]" above each; empty for a zip that is no workbook.

    Raises BrokenExport for a damaged file.
    """
    try:
        with source.open() as stream, zipfile.ZipFile(stream) as archive:
            if "xl/workbook.xml" not in archive.namelist():
                return ""
        lines: list[str] = []
        for name, numbered in read_sheets(source):
            lines.append(f"[{name}]")
            for _, (_, cells) in zip(range(rows), numbered, strict=False):
                lines.append("\t".join(cells))
    except UnsafeArchive:
        raise
    except Exception as error:  # a damaged workbook trips its reader in many ways
        raise BrokenExport(
            f"this workbook or archive is damaged ({type(error).__name__}: {error})",
            path=source.path,
            hint="Save it again in Excel, or export the chat again.",
        ) from error
    return "\n".join(lines)
