"""Which chats to put together, to divide or to close, each with its reasons.

In: CHATS and OVERLAPS. Out: the table ADVICE, the most pressing first. Rules of ours, written to be read: advice is
given only where every condition holds, and names the numbers it rests on. Example: `advise(chats, overlaps)`.
"""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from community.reasons import reason
from community.tables import ADVICE, check_table

FAINT = ("cold", "decline", "dormant", "dead")
OVER = ("dead", "closed")
LIVELY = ("growth", "mature", "plateau", "revival", "split")
MOSTLY = 0.5
"""Share of the smaller chat's members who are in the other too, from which the smaller has little of its own."""
TWINS = 0.8
LIMIT = 500
"""Members that one WeChat chat takes."""
SPLIT_FROM = 100
LEAST_SHARED = 5
_ORDER = ("merge", "close", "split", "twins")

Row = dict[str, Any]


def advise(chats: pa.Table, overlaps: pa.Table) -> pa.Table:
    """ADVICE: `merge`, `close`, `split`, and `twins` for two lively chats of nearly the same people."""
    rows = {row["chat_id"]: row for row in chats.to_pylist()}
    found: list[Row] = []
    for pair in overlaps.to_pylist():
        found += _pair(pair, rows)
    merged = {row["chat_ids"][0] for row in found if row["kind"] == "merge"}
    for chat in rows.values():
        if chat["chat_id"] not in merged:
            found += _close(chat) or _split(chat)
    found.sort(key=lambda row: (_ORDER.index(row["kind"]), -row["strength"], row["chat_ids"]))
    return check_table(pa.Table.from_pylist(found, schema=ADVICE), ADVICE)


def _pair(pair: Row, rows: dict[str, Row]) -> list[Row]:
    """What two chats with the same people should do; the one that gives way is named first."""
    if pair["shared"] < LEAST_SHARED or pair["contained"] < MOSTLY:
        return []
    small, big = sorted((rows[pair["chat_a"]], rows[pair["chat_b"]]), key=lambda row: (row["temperature"], row["size"]))
    inside = pair["shared"] / (pair["members_a"] if small["chat_id"] == pair["chat_a"] else pair["members_b"])
    facts = {
        "name": small["name"], "other": big["name"], "shared": pair["shared"],
        "percent": round(100 * inside), "degrees": round(small["temperature"]), "warmer": round(big["temperature"]),
    }  # fmt: skip
    together = small["size"] + big["size"] - pair["shared"]
    fits = together <= LIMIT and not _split(big)  # nobody is sent into a chat that falls apart
    if small["stage"] in FAINT and big["stage"] in LIVELY and inside >= MOSTLY and fits:
        why = [reason("across.merge.same", **facts), reason("across.merge.faint", **facts, stage=small["stage"])]
        why.append(reason("across.merge.room", together=together, limit=LIMIT))
        return [_row("merge", [small, big], inside, why)]
    if small["stage"] in LIVELY and big["stage"] in LIVELY and pair["contained"] >= TWINS:
        return [_row("twins", [small, big], pair["contained"], [reason("across.twins", **facts)])]
    return []


def _close(chat: Row) -> list[Row]:
    """Chats that are over."""
    if chat["stage"] not in OVER:
        return []
    facts = {"name": chat["name"], "last": f"{chat['last']:%Y-%m-%d}"}
    return [_row("close", [chat], 1.0, [reason(f"across.close.{chat['stage']}", **facts)])]


def _split(chat: Row) -> list[Row]:
    """Big chats whose talk falls into camps."""
    if chat["camps"] < 2 or chat["size"] < SPLIT_FROM or chat["stage"] not in LIVELY:
        return []
    why = [reason("across.split.camps", name=chat["name"], count=chat["camps"], members=chat["size"])]
    if chat["gini"] is not None and chat["gini"] >= 0.6:
        why.append(reason("across.split.few", count=chat["absence_factor"]))
    return [_row("split", [chat], min(chat["size"] / LIMIT, 1.0), why)]


def _row(kind: str, chats: list[Row], strength: float, why: list[str]) -> Row:
    return {"kind": kind, "chat_ids": [chat["chat_id"] for chat in chats], "strength": strength, "why": why}
