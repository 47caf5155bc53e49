"""What was said in several chats: near-duplicates across the chats of a workspace, for community/suspects.py.

In: the store. Out: chat -> ((message id, how many other chats hold nearly the same), ...), sorted. Only messages that
text already finds doubtful are compared, so that a greeting of a million members costs nothing; of each part they are
kept (community/kept.py), so that a run reads only the parts that are new.
Example: `said_elsewhere(store)["c1"]` -> (("m7", 2),).
"""

from __future__ import annotations

import json
from collections import defaultdict
from hashlib import blake2b
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from community.kept import Answer, Kept
from community.suspects import FLOOR, text_probability
from nlp.campaigns import number, skeletons
from nuanqun.parts import Part, read_parts
from nuanqun.store import Store
from nuanqun.sweeping import kept_folder

Elsewhere = tuple[tuple[str, int], ...]
_WANTED = ["message_id", "ads_label", "ads_score"]
_CODE = blake2b(Path(__file__).read_bytes(), digest_size=8).hexdigest()


def said_elsewhere(store: Store) -> dict[str, Elsewhere]:
    """Of every chat: its doubtful messages that other chats hold, too, and in how many of them."""
    if len(store.known_chats()) < 2:
        return {}
    chats, ids, bones = _doubtful(store)
    same = number(bones).tolist()
    holders: defaultdict[int, set[str]] = defaultdict(set)
    for campaign, chat in zip(same, chats, strict=True):
        holders[campaign].add(chat)
    found: defaultdict[str, list[tuple[str, int]]] = defaultdict(list)
    for campaign, chat, message in zip(same, chats, ids, strict=True):
        if len(holders[campaign]) > 1:
            found[chat].append((message, len(holders[campaign]) - 1))
    return {chat: tuple(sorted(rows)) for chat, rows in found.items()}


def _doubtful(store: Store) -> tuple[list[str], list[str], list[str]]:
    """Chats, ids and skeletons of the messages with a doubtful text, part by part."""
    messages = {part.stem: part for part in store.parts("messages")}
    pairs: defaultdict[str, list[tuple[Part, Part]]] = defaultdict(list)
    for beside in store.parts("annotations"):
        if beside.stem in messages:
            pairs[beside.chat_id].append((messages[beside.stem], beside))
    chats, ids, bones = [], [], []
    for chat_id, both in pairs.items():
        for answer in _kept_or_read(store, chat_id, both):
            some, of_some = json.loads(answer["rows"].tobytes())
            chats += [chat_id] * len(some)
            ids += some
            bones += of_some
    return chats, ids, bones


def _kept_or_read(store: Store, chat_id: str, both: list[tuple[Part, Part]]) -> list[Answer]:
    """What `_read` gives for each pair of parts of a chat; a part never changes, so its path says what it holds."""
    return Kept(kept_folder(store.workspace, chat_id)).recall(
        "doubtful",
        len(both),
        lambda pair: [_CODE, *(fact for part in both[pair] for fact in (part.path, part.sha256))],
        lambda pair: _read(store, *both[pair]),
    )


def _read(store: Store, messages: Part, annotations: Part) -> Answer:
    """Ids and skeletons of the doubtful messages of one part, as the bytes of two lists."""
    notes = read_parts(store.workspace, [annotations], pa.schema([]), _WANTED)
    wanted = np.flatnonzero(np.nan_to_num(text_probability(notes)) >= FLOOR)
    ids, texts = [], []
    if len(wanted):
        rows = read_parts(store.workspace, [messages], pa.schema([]), ["message_id", "text"])
        rows = rows.filter(pc.is_in(rows["message_id"], notes["message_id"].take(pa.array(wanted)).combine_chunks()))
        ids, texts = rows["message_id"].to_pylist(), [text or "" for text in rows["text"].to_pylist()]
    return {"rows": np.frombuffer(json.dumps([ids, skeletons(texts)]).encode(), np.uint8)}
