"""The messages behind the totals of the overview: of all chats that a person may see, each up to its own last day.

In: what kind of message, how many days, and words to search. Out: masked messages, newest first, 50 a page.
Example: `page("ad", 28, "", 1)`.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

import pyarrow as pa

from community.lexicon import phrases
from dashboard import Frame, guard, load
from dashboard.behind import UNSCORED, WHATS
from dashboard.opened import store
from dashboard.words import place

KINDS = ("every", "ad", "toxic", "question", "positive", "negative", "demand")
"""What can be asked of all chats at once; the others need the tables of one chat."""


def page(what: str, span: int, text: str, number: int) -> tuple[Frame, int]:
    """One page (from 1) of these messages of the last `span` days of every chat, and how many there are."""
    guard.need("see_health")
    chats = tuple(sorted(load.chats()["chat_id"]))
    return _page(None, chats, what, span, text, number), _count(None, chats, what, span, text)


@load.cached
def _page(chat_id: None, chats: tuple[str, ...], what: str, span: int, text: str, number: int) -> Frame:
    """`chats` are those of the person who asks: it keeps the caches of different people apart."""
    sql, parameters, tables = _query(chats, what, span, text)
    if not parameters["files"]:
        return load.no_messages()
    sql = f"SELECT {load.SHOWN}, a.ads_label {sql} ORDER BY m.sent_at DESC, m.message_id LIMIT {load.PAGE} OFFSET $skip"
    return load.messages_of(sql, {**parameters, "skip": (number - 1) * load.PAGE}, **tables)


@load.cached
def _count(chat_id: None, chats: tuple[str, ...], what: str, span: int, text: str) -> int:
    sql, parameters, tables = _query(chats, what, span, text)
    if not parameters["files"]:
        return 0
    return int(load.ask(f"SELECT count(*) AS n {sql}", parameters, **tables)["n"].iloc[0])


def _query(chats: tuple[str, ...], what: str, span: int, text: str) -> tuple[str, dict[str, Any], dict[str, pa.Table]]:
    """FROM and WHERE, their parameters and the tables that they name."""
    spans = _spans(chats, span)
    parameters: dict[str, Any] = {**_files(spans), "demand": phrases("demand"), "text": text.lower()}
    annotated = "read_parquet($annotated)" if parameters["annotated"] else "unscored"
    where = [WHATS[what], "epoch_ms(m.sent_at) >= s.a", "epoch_ms(m.sent_at) < s.b"]
    if text:
        where.append("contains(lower(m.text), $text)")
    sql = f"""FROM read_parquet($files) m JOIN spans s USING (chat_id)
              LEFT JOIN {annotated} a USING (chat_id, message_id) WHERE {" AND ".join(where)}"""
    return sql, parameters, {"spans": spans, "unscored": UNSCORED}


def _spans(chats: tuple[str, ...], span: int) -> pa.Table:
    """The last `span` local days of each chat, ms UTC, half-open."""
    frame = load.chats()
    frame = frame[frame["chat_id"].isin(chats)]
    rows = []
    for chat_id, last, zone in zip(frame["chat_id"], frame["last"], frame["zone"], strict=True):
        where = place(zone)
        end = datetime.combine(last.astimezone(where).date() + timedelta(days=1), time(), where)
        begin = datetime.combine(end.date() - timedelta(days=span), time(), where)
        rows.append({"chat_id": chat_id, "a": int(begin.timestamp() * 1000), "b": int(end.timestamp() * 1000)})
    return pa.Table.from_pylist(rows, pa.schema({"chat_id": pa.string(), "a": pa.int64(), "b": pa.int64()}))


def _files(spans: pa.Table) -> dict[str, list[str]]:
    """Live files of the months that each chat's window touches; a day of slack for zones."""
    opened = store()
    first = {
        chat_id: f"{datetime.fromtimestamp(a / 1000) - timedelta(days=1):%Y-%m}"
        for chat_id, a in zip(spans["chat_id"].to_pylist(), spans["a"].to_pylist(), strict=True)
    }
    return {
        name: [
            str(opened.workspace / part.path)
            for part in opened.parts(table)
            if part.chat_id in first and part.month >= first[part.chat_id]
        ]
        for name, table in (("files", "messages"), ("annotated", "annotations"))
    }
