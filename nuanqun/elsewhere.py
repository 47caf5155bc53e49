"""What was said in several chats: near-duplicates across the chats of a workspace, for community/suspects.py.

In: the store. Out: chat -> ((message id, how many other chats hold nearly the same), ...), sorted. Only messages that
text already finds doubtful are compared, so that a greeting of a million members costs nothing.
Example: `said_elsewhere(store)["c1"]` -> (("m7", 2),).
"""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from community.suspects import FLOOR, text_probability
from nlp.campaigns import group
from nuanqun.parts import Part, read_parts
from nuanqun.store import Store

Elsewhere = tuple[tuple[str, int], ...]
_WANTED = ["message_id", "ads_label", "ads_score"]


def said_elsewhere(store: Store) -> dict[str, Elsewhere]:
    """Of every chat: its doubtful messages that other chats hold, too, and in how many of them."""
    if len(store.known_chats()) < 2:
        return {}
    chats, ids, texts = _doubtful(store)
    same = group(texts)
    holders: defaultdict[int, set[str]] = defaultdict(set)
    for number, chat in zip(same.tolist(), chats, strict=True):
        holders[number].add(chat)
    found: defaultdict[str, list[tuple[str, int]]] = defaultdict(list)
    for number, chat, message in zip(same.tolist(), chats, ids, strict=True):
        if len(holders[number]) > 1:
            found[chat].append((message, len(holders[number]) - 1))
    return {chat: tuple(sorted(rows)) for chat, rows in found.items()}


def _doubtful(store: Store) -> tuple[list[str], list[str], list[str]]:
    """Chats, ids and texts of the messages with a doubtful text, part by part."""
    messages = {part.stem: part for part in store.parts("messages")}
    chats, ids, texts = [], [], []
    for beside in store.parts("annotations"):
        if beside.stem in messages:
            some = _doubtful_rows(store, messages[beside.stem], beside)
            chats += [beside.chat_id] * some.num_rows
            ids += some["message_id"].to_pylist()
            texts += [text or "" for text in some["text"].to_pylist()]
    return chats, ids, texts


def _doubtful_rows(store: Store, messages: Part, annotations: Part) -> pa.Table:
    notes = read_parts(store.workspace, [annotations], pa.schema([]), _WANTED)
    probability = text_probability(notes)
    wanted = np.flatnonzero(np.nan_to_num(probability) >= FLOOR)
    if not len(wanted):
        return pa.table({"message_id": pa.array([], pa.string()), "text": pa.array([], pa.string())})
    rows = read_parts(store.workspace, [messages], pa.schema([]), ["message_id", "text"])
    return rows.filter(pc.is_in(rows["message_id"], notes["message_id"].take(pa.array(wanted)).combine_chunks()))
