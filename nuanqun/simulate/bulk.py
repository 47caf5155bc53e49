"""Much chat for performance measurements: a number in, MESSAGES out, sampled by whole columns from the phrase banks.

Texts are real lines of the banks joined in pairs, so that they are as distinct as wanted; nothing else is modelled.
Example: `bulk(200_000, chats=100, repeats=0.3, seed=1).num_rows`.
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from random import Random

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from ingest.message import MESSAGES
from nuanqun.simulate.ads import make_campaign
from nuanqun.simulate.bank import Line, fill, load_theme
from nuanqun.simulate.fates import FATES

MEMBERS = 120
DAYS = 280
SHORT = ("哈哈哈", "收到", "好的", "谢谢", "+1", "早", "👍", "嗯嗯", "谢谢老板", "666", "[捂脸]", "1", "赞")
START = datetime(2025, 3, 3, tzinfo=UTC)


@cache
def sentences(count: int = 6000) -> tuple[str, ...]:
    """Distinct filled lines of all banks, one in fifty an advertisement."""
    rng = Random("nuanqun/bulk")
    found: dict[str, None] = {}
    themes = [load_theme(f) for f in FATES]
    lines = [(t, line) for t in themes for line in _lines(t.id)]
    while len(found) < count:
        theme, line = rng.choice(lines)
        found[fill(rng.choice(line.turns)[0].template, rng, theme.slots, {}).replace("\n", " ")] = None
        if len(found) % 50 == 0:
            found[make_campaign(rng, 0).text] = None
    found.pop("", None)
    return tuple(found)


@cache
def _lines(theme_id: str) -> tuple[Line, ...]:
    theme = load_theme(theme_id)
    return tuple(line for t in (*theme.threads, *theme.common) for lines in t.moves.values() for line in lines)


def bulk(
    messages: int = 200_000, *, chats: int = 100, repeats: float = 0.3, seed: int = 0, days: int = DAYS
) -> pa.Table:
    """MESSAGES of `chats` chats over `days` days in order of chat and time; about `repeats` of the texts occur before.

    Raises ValueError unless messages >= chats >= 1 and 0 <= repeats <= 1.
    """
    if not 1 <= chats <= messages or not 0 <= repeats <= 1:
        raise ValueError(f"bulk: need 1 <= chats <= messages and repeats in 0..1, got {chats}, {messages}, {repeats}")
    rng = np.random.default_rng([seed, messages, chats])
    chat = np.sort(rng.integers(0, chats, messages))
    hour = rng.choice(24, messages, p=_hours())
    clock = ((rng.integers(0, days, messages) * 24 + hour) * 3600 + rng.integers(0, 3600, messages)) * 1000
    order = np.lexsort((clock, chat))
    sent = pa.array(clock[order] + int(START.timestamp() * 1000)).cast(MESSAGES.field("sent_at").type)
    member = np.minimum(rng.zipf(1.4, messages) - 1, MEMBERS - 1)
    sender = pc.binary_join_element_wise("m", _text(chat), _text(member), "_")
    columns = {
        "chat_id": pc.binary_join_element_wise("bulk", _text(chat), "_"),
        "message_id": pc.binary_join_element_wise("b", _text(np.arange(messages)), ""),
        "sent_at": sent,
        "sender_id": sender,
        "sender_name": sender,
        "text": _texts(rng, messages, repeats),
    }
    return pa.table([_column(f, columns, messages) for f in MESSAGES], schema=MESSAGES)


def _hours() -> np.ndarray:
    hours = np.array(load_theme("reading_club").hours)
    return hours / hours.sum()


def _text(values: np.ndarray) -> pa.Array:
    return pa.array(values).cast(pa.string())


def _texts(rng: np.random.Generator, count: int, repeats: float) -> pa.Array:
    """Pairs of lines with a number between for the fresh share; short answers and earlier pairs for the rest."""
    bank = pa.array(sentences())
    fresh = max(1, round(count * (1 - repeats)))
    first, second = (bank.take(pa.array(rng.integers(0, len(bank), fresh))) for _ in range(2))
    marks = pa.array(["，", " ", "。", "… ", "～"]).take(pa.array(rng.integers(0, 5, fresh)))
    pairs = pc.binary_join_element_wise(first, second, marks)
    again = rng.integers(0, fresh + len(SHORT) * max(1, fresh // 40), count - fresh)
    pick = np.where(again < fresh, again, fresh + again % len(SHORT))
    index = rng.permutation(np.concatenate([np.arange(fresh), pick]))
    return pa.concat_arrays([pairs, pa.array(SHORT)]).take(pa.array(index))


CONSTANTS: dict[str, object] = {
    "zone": "Asia/Shanghai", "time_resolution": "s", "kind": "text", "source": "bulk", "source_line": 0,
}  # fmt: skip


def _column(field: pa.Field, columns: dict[str, pa.Array], count: int) -> pa.Array:
    if field.name in columns:
        return columns[field.name].cast(field.type)
    if pa.types.is_list(field.type) and not field.nullable:
        return pa.repeat(pa.scalar([], field.type), count)
    return pa.repeat(pa.scalar(CONSTANTS.get(field.name), field.type), count)


def write_bulk(rows: pa.Table, folder: Path) -> list[Path]:
    """Write MESSAGES as a plain table (CSV) a chat into `folder`, made if need be; wall clock of Asia/Shanghai."""
    folder.mkdir(parents=True, exist_ok=True)
    local = pc.strftime(pc.assume_timezone(pc.local_timestamp(_shanghai(rows)), "UTC"), "%Y-%m-%d %H:%M:%S")
    table = pa.table(
        {
            "时间": pc.utf8_slice_codeunits(local, 0, 19),
            "发送人": rows["sender_name"],
            "发送人ID": rows["sender_id"],
            "内容": rows["text"],
        }
    )
    runs = pc.run_end_encode(rows["chat_id"].combine_chunks())
    paths: list[Path] = []
    start = 0
    for name, end in zip(runs.values.to_pylist(), runs.run_ends.to_pylist(), strict=True):
        path = folder / f"{name}.csv"
        csv.write_csv(table.slice(start, end - start), path)
        paths.append(path)
        start = end
    return paths


def _shanghai(messages: pa.Table) -> pa.ChunkedArray:
    return messages["sent_at"].cast(pa.timestamp("ms", tz="Asia/Shanghai"))
