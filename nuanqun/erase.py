"""Erasure: one member everywhere, or everything older than a day. The only place where messages are removed.

In: a store. Out: rewritten parts without the rows; what is derived from them is made anew by the next analysis.
Example: `forget_member(store, "wxid_abc")`.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import datetime

import pyarrow as pa
import pyarrow.compute as pc
import sqlalchemy as sa

from ingest.message import MESSAGES
from nuanqun import catalogue as cat
from nuanqun.forgotten import Forgotten, forgetting_key, member_hash
from nuanqun.parts import Part, read_parts, write_part
from nuanqun.store import SCHEMAS, Store, Write
from nuanqun.sweeping import kept_folder
from nuanqun.traces import GONE, blot_out, drop_excerpts, drop_verdicts, wipe_free_pages

Keep = Callable[[pa.Table], pa.Table]
Traces = Callable[[sa.Connection], None]


def forget_member(store: Store, member_id: str) -> int:
    """Erase a member from every chat: their messages, their words quoted by others, mentions and events that name
    them, verdicts on what they wrote, and their names and words in receipts, runs, jobs and the audit.

    Returns the number of removed records. Importing their exports again does not bring them back.
    """
    chats = store.known_chats()
    key = forgetting_key(store.workspace)
    hashes = [member_hash(platform, member_id, key) for platform in {facts["platform"] for facts in chats.values()}]
    columns = ["sender_id", "sender_name", "sender_card", "message_id"]
    found = {chat_id: _words_of(store.messages(chat_id, columns), member_id) for chat_id in chats}
    names = pa.array(sorted({name for words, _ in found.values() for name in words.to_pylist()}), pa.string())
    ids = pa.concat_arrays([ids for _, ids in found.values()]) if found else pa.array([], pa.string())

    def keep(rows: pa.Table) -> pa.Table:
        return _without_member(rows, member_id, names, ids)

    def traces(connection: sa.Connection) -> None:
        blot_out(connection, {member_id, *names.to_pylist()})
        drop_excerpts(connection, [chat_id for chat_id, (_, own) in found.items() if len(own)])
        for column in (cat.member_role.c.member_id, cat.alias.c.member_id, cat.alias.c.into_id):
            connection.execute(column.table.delete().where(column == member_id))
        for row in connection.execute(sa.select(cat.chat).where(cat.chat.c.policy.is_not(None))).all():
            policy = row.policy | {"ad_members": [m for m in row.policy.get("ad_members", []) if m != member_id]}
            connection.execute(cat.chat.update().where(cat.chat.c.chat_id == row.chat_id).values(policy=policy))

    return _rewrite(store, list(chats), keep, traces, forgotten=hashes)


def forget_before(store: Store, moment: datetime, chat_ids: list[str] | None = None) -> int:
    """Erase every record before `moment` (aware) of the chats named, else of all, with the excerpts of their receipts
    and the verdicts on them; returns the removed records."""
    chosen = chat_ids if chat_ids is not None else list(store.known_chats())

    def keep(rows: pa.Table) -> pa.Table:
        return rows.filter(pc.greater_equal(rows["sent_at"], pa.scalar(moment, MESSAGES.field("sent_at").type)))

    return _rewrite(store, chosen, keep, lambda connection: drop_excerpts(connection, chosen, moment))


def refuse_forgotten(rows: pa.Table, platform: str, forgotten: Forgotten) -> pa.Table:
    """Drop the rows of members who were forgotten, and their words where others quote them."""
    senders = pc.unique(rows["sender_id"]).drop_null().to_pylist() if forgotten else []
    for member_id in senders:
        if forgotten.holds(platform, member_id):
            rows = _without_member(rows, member_id, *_words_of(rows, member_id))
    return rows


def _words_of(rows: pa.Table, member_id: str) -> tuple[pa.Array, pa.Array]:
    """The names a member used and the ids of what they wrote."""
    own = rows.filter(pc.equal(rows["sender_id"], member_id))
    names = [pc.unique(own[column]).drop_null() for column in ("sender_name", "sender_card")]
    return pa.concat_arrays(names), own["message_id"].combine_chunks()


def _without_member(rows: pa.Table, member_id: str, names: pa.Array, ids: pa.Array) -> pa.Table:
    words = {member_id, *names.to_pylist()}
    own = pc.fill_null(pc.equal(rows["sender_id"], member_id), False)
    actors, targets = rows["actor_ids"].to_pylist(), rows["target_ids"].to_pylist()
    named = pa.array([not words.isdisjoint(a + t) for a, t in zip(actors, targets, strict=True)], pa.bool_())
    quoted = pc.or_(pc.is_in(rows["reply_to"], ids), pc.is_in(rows["quoted_name"], names))
    for column in ("quoted_text", "quoted_name"):
        blank = pc.if_else(quoted, None, rows[column])
        rows = rows.set_column(rows.schema.get_field_index(column), MESSAGES.field(column), blank)
    return _without_mentions(rows, words).filter(pc.invert(pc.or_(own, named)))


def _without_mentions(rows: pa.Table, words: set[str]) -> pa.Table:
    """Rows in which nobody is addressed by one of `words`; the rest of their text stays."""
    mentions, texts = rows["mentions"].to_pylist(), rows["text"].to_pylist()
    hit = [n for n, names in enumerate(mentions) if not words.isdisjoint(names)]
    for n in hit:
        for word in words:
            texts[n] = texts[n].replace(f"@{word}", f"@{GONE}")
        mentions[n] = [name for name in mentions[n] if name not in words]
    for column, values in (("text", texts), ("mentions", mentions)) if hit else ():
        field = MESSAGES.field(column)
        rows = rows.set_column(rows.schema.get_field_index(column), field, pa.array(values, field.type))
    return rows


def _rewrite(store: Store, chat_ids: list[str], keep: Keep, traces: Traces, forgotten: list[str] | None = None) -> int:
    gone: list[str] = []
    with store.import_lock(), store.write() as change:
        change.erases, change.forgotten = True, list(forgotten or [])
        for chat_id in chat_ids:
            gone += _rewrite_chat(store, change, chat_id, keep)
        change.also += [traces, lambda connection: drop_verdicts(connection, gone)]
    wipe_free_pages(store.engine)
    return len(gone)


def _rewrite_chat(store: Store, change: Write, chat_id: str, keep: Keep) -> list[str]:
    """Put new parts in the place of those that lose a row or a word; drop what was derived from them. Returns the ids
    of what is gone."""
    parts: list[Part] = []
    gone: list[str] = []
    for part in store.parts("messages", chat_id):
        rows = read_parts(store.workspace, [part], MESSAGES)
        kept = keep(rows)
        gone += set(rows["message_id"].to_pylist()) - set(kept["message_id"].to_pylist())
        if kept.equals(rows):
            parts.append(part)
        elif kept.num_rows:
            parts.append(write_part(store.workspace, kept, table_name="messages", chat_id=chat_id, month=part.month))
    stems = {part.stem for part in parts}
    if stems != {part.stem for part in store.parts("messages", chat_id)}:
        shutil.rmtree(kept_folder(store.workspace, chat_id), ignore_errors=True)
    change.drop += [(name, chat_id) for name in ("messages", "annotations", *(SCHEMAS if gone else ()))]
    change.add += parts + [part for part in store.parts("annotations", chat_id) if part.stem in stems]
    return gone
