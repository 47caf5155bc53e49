"""Tables of the store as files for other programs: CSV, XLSX, Parquet; no cell of them is ever a formula.

In: EDGES, MEMBERS, DAYS, ALERTS or CHATS. Out: bytes. A text that a spreadsheet would execute gains an apostrophe
(OWASP, CSV Injection); numbers stay numbers. Example: `write_table(store.table("days", chat_id), "csv")`.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

from community.tables import ALERTS, MEMBERS
from nuanqun.figures import hidden
from nuanqun.words import sentence

FORMATS = {
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "parquet": "application/vnd.apache.parquet",
}
LONGEST = 32_000
"""Characters of one cell; a spreadsheet takes 32,767."""
_DANGER = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "％", "＝", "＋", "－", "＠")
_REASONS = {
    f.name for schema in (ALERTS, MEMBERS) for f in schema if f.name in ("why", "prescription") or "_reasons" in f.name
}


def write_table(table: pa.Table, form: str) -> bytes:
    """The table as one file of `FORMATS`; raises KeyError on another format."""
    return {"csv": _csv, "xlsx": _xlsx, "parquet": _parquet}[form](_flat(table))


def guarded(text: str) -> str:
    """`text` as a cell that no spreadsheet executes, without characters that a workbook cannot hold."""
    clean = ILLEGAL_CHARACTERS_RE.sub("", text)[:LONGEST]
    return f"'{clean}" if clean.lstrip(" \u00a0\u200b\ufeff").startswith(_DANGER) else clean


def _flat(table: pa.Table) -> pa.Table:
    """One text, number, truth or time a cell: reasons in words, lists and maps joined."""
    columns = {}
    for name in table.column_names:
        column = table[name]
        if pa.types.is_dictionary(column.type):
            column = column.cast(column.type.value_type)
        if pa.types.is_list(column.type) or pa.types.is_map(column.type) or pa.types.is_string(column.type):
            say = sentence if name in _REASONS else str
            column = pa.chunked_array([pa.array([_cell(v, say) for v in column.to_pylist()], pa.string())])
        columns[name] = column
    return pa.table(columns)


def _cell(value: Any, say: Callable[[str], str]) -> str | None:
    if value is None or isinstance(value, str):
        return None if value is None else guarded(hidden(value))
    if value and isinstance(value[0], tuple):
        return guarded(json.dumps({key: _short(part) for key, part in value}, ensure_ascii=False))
    return guarded(hidden("; ".join(say(part) for part in value)))


def _short(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, 4)
    return sentence(value) if isinstance(value, str) and value.startswith("[") else value


def _csv(table: pa.Table) -> bytes:
    """With a byte order mark: without it Excel in Chinese Windows reads GBK."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(table.column_names)
    writer.writerows(zip(*(column.to_pylist() for column in table.columns), strict=True))
    return out.getvalue().encode("utf-8-sig")


def _xlsx(table: pa.Table) -> bytes:
    book = Workbook(write_only=True)
    sheet = book.create_sheet("nuanqun")
    sheet.append(table.column_names)
    for row in zip(*(column.to_pylist() for column in table.columns), strict=True):
        sheet.append([v.replace(tzinfo=None) if isinstance(v, datetime) else v for v in row])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _parquet(table: pa.Table) -> bytes:
    out = pa.BufferOutputStream()
    pq.write_table(table, out, compression="zstd")
    return out.getvalue().to_pybytes()
