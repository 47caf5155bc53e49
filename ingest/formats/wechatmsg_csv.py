"""WeChatMsg (留痕, MemoTrace) CSV: `<chat>_utf8.csv`, header localId,TalkerId,Type,SubType,IsSender,CreateTime,...

    101,217,1,0,0,1709251260,,大家早上好,2024-03-01 08:01:00,张三,张三,wxid_abc
CreateTime -> sent_at (seconds), Sender -> sender_id, Remark or NickName -> sender_name, (Type, SubType) -> kind.
Bodies of type 49 are empty in this export. Source: LC044/WeChatMsg CSVExporter; older builds lack the last columns.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ingest.clock import read_epoch
from ingest.errors import ParseIssue
from ingest.formats import ExportFormat, Record
from ingest.message import ChatStart, Message
from ingest.source import Source
from ingest.tables import read_csv
from ingest.wechat_rows import WeChatRow, to_message

NEEDED = ("Type", "SubType", "IsSender", "CreateTime", "StrContent")


def sniff(head: str, tail: str, name: str) -> float:
    """1 where the header has StrContent and IsSender."""
    header = head.split("\n", 1)[0]
    return 1.0 if all(column in header for column in NEEDED) else 0.0


def parse(source: Source) -> Iterator[Record]:
    """One Message a row; the global messages.csv becomes one chat for every TalkerId."""
    rows = read_csv(source)
    columns = {name.strip(): index for index, name in enumerate(next(rows, (0, []))[1])}
    name = re.sub(r"_utf8$", "", source.chat_name)
    several = source.name.lower() == "messages.csv"
    talker = None
    for line, cells in rows:
        row = {column: cells[index] for column, index in columns.items() if index < len(cells)}
        if talker is None or (several and row.get("TalkerId") != talker):
            talker = row.get("TalkerId", "")
            yield ChatStart(f"{name} {talker}" if several else name)
        yield _message(line, row, cells, name)


def _message(line: int, row: dict[str, str], cells: list[str], chat: str) -> Message | ParseIssue:
    try:
        sent_at = read_epoch(row["CreateTime"])
        number, subtype = int(row["Type"]), int(row["SubType"] or 0)
    except (KeyError, ValueError, OverflowError):
        return ParseIssue(line, "bad_row", ",".join(cells)[:80])
    found = WeChatRow(sent_at, row.get("StrContent", ""), number=number, subtype=subtype, line=line)
    found.sender_id = row.get("Sender") or None
    found.sender_name = row.get("Remark") or row.get("NickName") or None
    if not found.sender_id and not found.sender_name:
        found.sender_name = "我" if row.get("IsSender") == "1" else chat
    return to_message(found)


FORMAT = ExportFormat(
    id="wechatmsg_csv",
    title="微信 · WeChatMsg（留痕）CSV",
    platform="wechat",
    extensions=(".csv",),
    sniff=sniff,
    parse=parse,
    how_to_export="留痕（WeChatMsg）：聊天 → 导出聊天数据 → 选择 CSV。",
)
