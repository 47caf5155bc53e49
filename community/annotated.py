"""Chats with annotated reply links, as files of the shared shape: what reply models are trained and judged on.

In: a messages file, either IRC (`log, line, minute, nick, text, system`) with a links file (`log, line, parent`;
parent = line starts a conversation), or histories (`group_id, msg_id, ts, member_id, text, reply_to`). Out: one
`Annotated` a chat. Example: `for chat in read_annotated(Path("m.parquet"), Path("l.parquet")): ...`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from community.talk import Talk, read_talk
from ingest.message import MESSAGES

_HOUR = 60.0
IRC = {"log", "line", "minute", "nick", "text"}
HISTORY = {"group_id", "msg_id", "ts", "member_id", "text", "reply_to"}


@dataclass(frozen=True, slots=True)
class Annotated:
    """One chat and its gold links as pairs of rows of `talk`; equal rows = the message starts a conversation."""

    name: str
    talk: Talk
    row: np.ndarray
    parent: np.ndarray
    explicit: bool  # the links are quote replies, known only for the messages that quote


def read_annotated(messages: Path, links: Path | None = None, *, names: bool = True) -> Iterator[Annotated]:
    """Read every chat of a messages file; raises ValueError when the columns are of neither shape.

    `names` False writes a placeholder for every name in the texts and gives no mention list.
    """
    table = pd.read_parquet(messages)
    if IRC <= set(table.columns) and links is not None:
        gold = pd.read_parquet(links)
        known = dict(tuple(gold.groupby("log", sort=False)))
        for log, part in table.groupby("log", sort=False):
            if log in known:
                yield _irc(str(log), part.reset_index(drop=True), known[log], names)
    elif HISTORY <= set(table.columns):
        for chat, part in table.groupby("group_id", sort=False, observed=True):
            yield from _history(str(chat), part.reset_index(drop=True))
    else:
        raise ValueError(
            f"{messages}: expected the columns {sorted(IRC)} with --links, or {sorted(HISTORY)}; "
            f"found {sorted(table.columns)}"
        )


def _irc(log: str, part: pd.DataFrame, gold: pd.DataFrame, names: bool) -> Annotated:
    minute = part.minute.ffill().bfill().fillna(0).to_numpy(float)
    wraps = np.cumsum(np.diff(minute, prepend=minute[:1]) < -12 * _HOUR)  # past midnight
    at = ((minute + 1440 * wraps) * 60_000).astype(np.int64)
    system = part.system.to_numpy(bool) | part.nick.isna().to_numpy()
    nick = np.array(part.nick.astype(object), object)
    nick[system] = None
    text = part.text.fillna("").astype(object).to_numpy()
    if not names:
        text = _nameless(text, {str(n) for n in nick if n})
    talk = _talk(log, np.maximum.accumulate(at), nick, text, system, None, "min")
    place = {line: i for i, line in enumerate(part.line.tolist())}
    row = gold.line.map(place).to_numpy(float)
    parent = gold.parent.map(place).to_numpy(float)
    found = ~np.isnan(row) & ~np.isnan(parent)
    return Annotated(log, talk, row[found].astype(int), parent[found].astype(int), False)


def _nameless(texts: np.ndarray, nicks: set[str]) -> np.ndarray:
    """Texts without the nicknames of the log: as if the export held no names at all."""
    known = {n.lower() for n in nicks}
    return np.array(
        [" ".join(w for w in t.split(" ") if w.strip("@:,.;!?()<>").lower() not in known) for t in texts], object
    )


def _history(chat: str, part: pd.DataFrame) -> Iterator[Annotated]:
    place = pd.Series(np.arange(len(part)), part.msg_id.astype(str))
    answered = part.reply_to.dropna().astype(str).str.replace(r"\.0$", "", regex=True)
    parent = answered.map(place[~place.index.duplicated()])
    parent = parent[parent.notna()].astype(int)
    parent = parent[parent < parent.index]
    if not len(parent):
        return
    at = pd.DatetimeIndex(part.ts).tz_localize(None).to_numpy().astype("M8[ms]").astype(np.int64)
    order = np.maximum.accumulate(at)
    member = part.member_id.astype(object).to_numpy()
    reply = np.full(len(part), None, object)
    reply[parent.index] = [f"m{p}" for p in parent]
    resolution = "min" if not (at % 60_000).any() else "s"
    system = part.member_id.isna().to_numpy()
    talk = _talk(chat, order, member, part.text.fillna("").astype(object).to_numpy(), system, reply, resolution)
    yield Annotated(chat, talk, parent.index.to_numpy(), parent.to_numpy(), True)


def _talk(
    chat: str,
    at: np.ndarray,
    who: np.ndarray,
    text: np.ndarray,
    system: np.ndarray,
    reply: np.ndarray | None,
    resolution: str,
) -> Talk:
    n = len(at)
    values = {
        "chat_id": np.full(n, chat, object),
        "message_id": [f"m{i}" for i in range(n)],
        "sent_at": pa.array(at, pa.timestamp("ms", tz="UTC")),
        "zone": np.full(n, "UTC", object),
        "time_resolution": np.full(n, resolution, object),
        "sender_id": who,
        "sender_name": who,
        "kind": np.where(system, "system", "text").astype(object),
        "text": text,
        "reply_to": reply if reply is not None else pa.nulls(n, pa.string()),
        "event": pa.array(["other"] * n, pa.string(), mask=~system),
        "source": np.full(n, "annotated", object),
        "source_line": np.arange(n, dtype=np.int32),
    }
    lists = {"mentions", "urls", "actor_ids", "target_ids"}
    empty = pa.ListArray.from_arrays(np.zeros(n + 1, np.int32), pa.array([], pa.string()))
    columns = []
    for field in MESSAGES:
        value = empty if field.name in lists else values.get(field.name, pa.nulls(n, field.type))
        columns.append(value if isinstance(value, pa.Array) else pa.array(value, field.type, from_pandas=True))
    messages = pa.Table.from_arrays(columns, schema=MESSAGES)
    return read_talk(messages, messages.select(["chat_id", "message_id"]))[0]
