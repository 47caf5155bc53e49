"""Erasure: one member everywhere, or everything older than a day. The only place where messages are removed.

In: a store. Out: rewritten parts without the rows; what is derived from them is made anew by the next analysis.
Example: `forget_member(store, "wxid_abc")`.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from hashlib import blake2b

import pyarrow as pa
import pyarrow.compute as pc

from ingest.message import MESSAGES
from nuanqun.parts import read_parts, write_part
from nuanqun.store import SCHEMAS, Store, Write

Keep = Callable[[pa.Table], pa.Table]


def member_hash(chat_platform: str, member_id: str) -> str:
    """Hash of a member of a platform: enough to refuse their return, not enough to read who it was at a glance."""
    return blake2b(f"{chat_platform}\0{member_id}".encode(), digest_size=16, person=b"nuanqun forget").hexdigest()


def forget_member(store: Store, member_id: str) -> int:
    """Erase a member from every chat: their messages, their words quoted by others, events that name them.

    Returns the number of removed records. Importing their exports again does not bring them back.
    """
    chats = store.known_chats()
    hashes = [member_hash(platform, member_id) for platform in {facts["platform"] for facts in chats.values()}]

    words = [
        _words_of(store.messages(chat_id, ["sender_id", "sender_name", "message_id"]), member_id) for chat_id in chats
    ]
    names, ids = (pa.concat_arrays(column) for column in zip(*words, strict=True)) if words else (None, None)

    def keep(rows: pa.Table) -> pa.Table:
        return _without_member(rows, member_id, names, ids)

    return _rewrite(store, list(chats), keep, forgotten=hashes)


def forget_before(store: Store, moment: datetime, chat_ids: list[str] | None = None) -> int:
    """Erase every record before `moment` (aware) of the chats named, else of all; returns the removed records."""

    def keep(rows: pa.Table) -> pa.Table:
        return rows.filter(pc.greater_equal(rows["sent_at"], pa.scalar(moment, MESSAGES.field("sent_at").type)))

    return _rewrite(store, chat_ids if chat_ids is not None else list(store.known_chats()), keep)


def refuse_forgotten(rows: pa.Table, platform: str, forgotten: set[str]) -> pa.Table:
    """Drop the rows of members who were forgotten, and their words where others quote them."""
    senders = pc.unique(rows["sender_id"]).drop_null().to_pylist() if forgotten else []
    for member_id in senders:
        if member_hash(platform, member_id) in forgotten:
            rows = _without_member(rows, member_id, *_words_of(rows, member_id))
    return rows


def _words_of(rows: pa.Table, member_id: str) -> tuple[pa.Array, pa.Array]:
    """The names a member used and the ids of what they wrote."""
    own = rows.filter(pc.equal(rows["sender_id"], member_id))
    return pc.unique(own["sender_name"]).drop_null(), own["message_id"].combine_chunks()


def _without_member(rows: pa.Table, member_id: str, names: pa.Array, ids: pa.Array) -> pa.Table:
    own = pc.fill_null(pc.equal(rows["sender_id"], member_id), False)
    actors, targets = rows["actor_ids"].to_pylist(), rows["target_ids"].to_pylist()
    named = pa.array([member_id in a or member_id in t for a, t in zip(actors, targets, strict=True)], pa.bool_())
    quoted = pc.or_(pc.is_in(rows["reply_to"], ids), pc.is_in(rows["quoted_name"], names))
    for column in ("quoted_text", "quoted_name"):
        blank = pc.if_else(quoted, None, rows[column])
        rows = rows.set_column(rows.schema.get_field_index(column), MESSAGES.field(column), blank)
    return rows.filter(pc.invert(pc.or_(own, named)))


def _rewrite(store: Store, chat_ids: list[str], keep: Keep, forgotten: list[str] | None = None) -> int:
    removed = 0
    with store.import_lock(), store.write() as change:
        change.erases, change.forgotten = True, list(forgotten or [])
        for chat_id in chat_ids:
            removed += _rewrite_chat(store, change, chat_id, keep)
    store.sweep(minutes=0)
    return removed


def _rewrite_chat(store: Store, change: Write, chat_id: str, keep: Keep) -> int:
    """Put new parts in the place of those that lose a row or a quote; drop what was derived from them."""
    parts, removed = [], 0
    for part in store.parts("messages", chat_id):
        rows = read_parts(store.workspace, [part], MESSAGES)
        kept = keep(rows)
        removed += rows.num_rows - kept.num_rows
        if kept.equals(rows):
            parts.append(part)
        elif kept.num_rows:
            parts.append(write_part(store.workspace, kept, table_name="messages", chat_id=chat_id, month=part.month))
    stems = {part.stem for part in parts}
    change.drop += [(name, chat_id) for name in ("messages", "annotations", *(SCHEMAS if removed else ()))]
    change.add += parts + [part for part in store.parts("annotations", chat_id) if part.stem in stems]
    return removed
