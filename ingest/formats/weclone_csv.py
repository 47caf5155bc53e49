"""WeFlow's CSV for WeClone: names instead of ids, UTC times, replies left out by the exporter.

    id,MsgSvrID,type_name,is_sender,talker,msg,src,CreateTime
    2,7000000000000000001,text,0,群主-张店长,早上好,,2024-03-01T00:01:00.000Z
type_name is text for everything but image, sticker, video, voice, location and file, so links, red packets and system
lines are told by their bodies. Source: hicccc77/WeFlow WeCloneFormatter.
"""

from __future__ import annotations

from collections.abc import Iterator

from ingest.clock import read_datetime
from ingest.errors import ParseIssue
from ingest.formats import ExportFormat, Record
from ingest.message import ChatStart
from ingest.source import Source
from ingest.tables import read_csv
from ingest.wechat_rows import WeChatRow, is_room, server_id, to_message

COLUMNS = ("MsgSvrID", "type_name", "is_sender", "talker", "msg", "src", "CreateTime")


def sniff(head: str, tail: str, name: str) -> float:
    """1 where the header has WeClone's columns and no room_name, which is PyWxDump's."""
    header = {cell.strip(' "\r') for cell in head.lstrip("\ufeff").split("\n", 1)[0].split(",")}
    return 1.0 if header.issuperset(COLUMNS) and "room_name" not in header else 0.0


def parse(source: Source) -> Iterator[Record]:
    """One chat, named by the file."""
    rows = read_csv(source, ",")
    columns = {name.strip(): index for index, name in enumerate(next(rows, (0, []))[1])}
    yield ChatStart("")
    for line, cells in rows:
        row = dict.fromkeys(COLUMNS, "") | {name: cells[at] for name, at in columns.items() if at < len(cells)}
        sent_at = read_datetime(row["CreateTime"])
        if len(cells) < len(columns) or sent_at is None:
            yield ParseIssue(line, "bad_row" if len(cells) < len(columns) else "bad_time", ",".join(cells)[:80])
            continue
        kind, talker = row["type_name"], row["talker"]
        found = WeChatRow(sent_at, row["msg"], type_name="" if kind == "text" else kind, line=line)
        found.sender_name = talker or ("我" if row["is_sender"] == "1" else None)
        found.system = is_room(talker)
        found.platform_id = server_id(row["MsgSvrID"])
        yield to_message(found)


FORMAT = ExportFormat(
    id="weclone_csv",
    title="微信 · WeFlow（WeClone）CSV",
    platform="wechat",
    extensions=(".csv",),
    sniff=sniff,
    parse=parse,
    how_to_export="WeFlow：导出 → 选择群聊 → 格式选 WeClone CSV → 开始导出。",
)
