"""Chats put in order: rename, archive, another zone, two into one, one into two, erased.

In: a store and chat ids. Out: parts rewritten under one transaction, and a redirect so that later imports of the same
exports go the same way. Example: `merge(store, "1f0c", into="77aa")`.
"""

from __future__ import annotations

from datetime import UTC, datetime
from hashlib import blake2b
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import pyarrow as pa
import pyarrow.compute as pc
import sqlalchemy as sa

from ingest.message import MESSAGES
from nuanqun import catalogue as cat
from nuanqun import house
from nuanqun.errors import WorkspaceError
from nuanqun.parts import read_parts, write_part
from nuanqun.store import SCHEMAS, Store, Write

LONGEST_NAME = 200
Redirects = dict[tuple[str, str], str]
"""(chat_id, file name or "") -> the chat that its messages belong to."""


def rename(store: Store, chat_id: str, name: str) -> None:
    """Give a chat another name; raises WorkspaceError for an empty or endless one."""
    name = " ".join(name.split())
    if not 0 < len(name) <= LONGEST_NAME:
        raise WorkspaceError(f"a name has 1 to {LONGEST_NAME} characters")
    _change(store, chat_id, name=name)


def archive(store: Store, chat_id: str, archived: bool) -> None:
    """Take a chat out of the overviews, or back; nothing is deleted."""
    _change(store, chat_id, archived_at=datetime.now(UTC) if archived else None)


def archived(store: Store) -> set[str]:
    """The chats that are archived."""
    with store.engine.connect() as connection:
        return set(connection.scalars(sa.select(cat.chat.c.chat_id).where(cat.chat.c.archived_at.is_not(None))))


def set_zone(store: Store, chat_id: str, zone: str) -> None:
    """Count days and hours of a chat in another zone; instants stay. Raises WorkspaceError for an unknown zone."""
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise WorkspaceError(f"{zone!r} is no zone; use a name such as Asia/Shanghai") from error
    with store.import_lock(), store.write() as change:
        change.erases = True  # as many rows as before, in the place of the live ones
        for part in store.parts("messages", chat_id):
            rows = read_parts(store.workspace, [part], MESSAGES)
            rows = with_value(rows, "zone", zone)
            new = write_part(
                store.workspace, rows, table_name="messages", chat_id=chat_id, month=part.month, stem=part.stem
            )
            change.add.append(new)
        change.drop += [(name, chat_id) for name in SCHEMAS]
    _change(store, chat_id, zone=zone)
    house.save(store.engine, f"zone.{chat_id}", zone, "")


def zones(store: Store) -> dict[str, str]:
    """The zones that were chosen by hand: later imports of these chats follow."""
    with store.engine.connect() as connection:
        rows = connection.execute(sa.select(cat.setting).where(cat.setting.c.key.startswith("zone.")))
        return {row.key.removeprefix("zone."): row.value for row in rows}


def merge(store: Store, chat_id: str, into: str) -> int:
    """Put the messages of one chat into another of the same platform; returns how many were there already.

    Equal messages (second, text, and sender by id or name) are kept once. Later imports of the first chat follow.
    """
    _check_pair(store, chat_id, into)
    with store.import_lock(), store.write() as change:
        doubled = _move(store, change, chat_id, into, sources=None)
    with store.engine.begin() as connection:
        _redirect(connection, {(chat_id, ""): into})
        _forget_chat(connection, chat_id, moved_to=into)
    return doubled


def split(store: Store, chat_id: str, sources: list[str], name: str) -> str:
    """Put the messages that came from the files `sources` into a chat of their own; returns its id.

    Raises WorkspaceError when nothing or everything would go.
    """
    facts = store.known_chats().get(chat_id)
    known = set(sources_of(store, chat_id))
    if facts is None or not set(sources) or not set(sources) < known:
        raise WorkspaceError("choose some of the files of this chat, not all and not none")
    name = " ".join(name.split())[:LONGEST_NAME] or facts["name"]
    new_id = blake2b("\0".join(["split", chat_id, *sorted(sources)]).encode(), digest_size=8).hexdigest()
    with store.import_lock(), store.write() as change:
        change.chats[new_id] = {**facts, "name": name}
        _move(store, change, chat_id, new_id, sources=set(sources))
    with store.engine.begin() as connection:
        _redirect(connection, {(chat_id, source): new_id for source in sources})
    return new_id


def erase_chat(store: Store, chat_id: str) -> int:
    """Delete a chat with everything derived from it, its receipts and verdicts; returns the erased records."""
    count = sum(part.rows for part in store.parts("messages", chat_id))
    with store.import_lock(), store.write() as change:
        change.erases = True
        change.drop += [(name, chat_id) for name in ("messages", "annotations", *SCHEMAS)]
    with store.engine.begin() as connection:
        for table in (cat.verdict, cat.remark, cat.step):
            connection.execute(table.delete().where(table.c.chat_id == chat_id))
        connection.execute(cat.redirect.delete().where(cat.redirect.c.into_id == chat_id))
        _forget_chat(connection, chat_id, moved_to=None)
    return count


def sources_of(store: Store, chat_id: str) -> dict[str, int]:
    """File name -> messages of a chat that came from it."""
    found: dict[str, int] = {}
    for part in store.parts("messages", chat_id):
        for row in read_parts(store.workspace, [part], MESSAGES, ["source"])["source"].value_counts().to_pylist():
            found[row["values"]] = found.get(row["values"], 0) + row["counts"]
    return dict(sorted(found.items()))


# --- imports


def redirects(store: Store) -> Redirects:
    """All redirects."""
    with store.engine.connect() as connection:
        rows = connection.execute(sa.select(cat.redirect))
        return {(row.chat_id, row.source): row.into_id for row in rows}


def redirected(batch: pa.Table, rules: Redirects) -> list[pa.Table]:
    """A batch of one chat as batches of the chats that its rows belong to."""
    chat_id = batch["chat_id"][0].as_py()
    if not any(chat == chat_id for chat, _ in rules):
        return [batch]
    goal = {s: goal_of(rules, chat_id, s) for s in batch["source"].unique().to_pylist()}
    found = []
    for into in dict.fromkeys(goal.values()):
        mine = pa.array([source for source, to in goal.items() if to == into], pa.string())
        rows = batch.filter(pc.is_in(batch["source"], mine))
        found.append(with_value(rows, "chat_id", into))
    return found


def goal_of(rules: Redirects, chat_id: str, source: str) -> str:
    """Where a file of a chat ends up; chains are followed, a circle ends where it began."""
    seen = {chat_id}
    while (into := rules.get((chat_id, source)) or rules.get((chat_id, ""))) and into not in seen:
        seen.add(into)
        chat_id = into
    return chat_id


def without_equals(rows: pa.Table, known: pa.Table) -> pa.Table:
    """The rows that `known` does not hold in other words: same second and text, and the same sender by id or name.

    The n-th equal message of a second is the n-th there. For chats that were merged: their ids cannot be compared.
    """
    if not rows.num_rows or not known.num_rows:
        return rows
    keep = pa.array([True] * rows.num_rows)
    for column in ("sender_id", "sender_name"):
        there = set(_numbered(known, column))
        mine = pa.array([key[2] is None or key not in there for key in _numbered(rows, column)])
        keep = pc.and_(keep, mine)
    return rows.filter(keep)


def _numbered(rows: pa.Table, column: str) -> list[tuple]:
    seconds = pc.floor_temporal(rows["sent_at"], unit="second").to_pylist()
    seen: dict[tuple, int] = {}
    keys = []
    for key in zip(seconds, rows["text"].to_pylist(), rows[column].to_pylist(), strict=True):
        seen[key] = seen.get(key, 0) + 1
        keys.append((*key, seen[key]))
    return keys


# --- parts


def _move(store: Store, change: Write, chat_id: str, into: str, sources: set[str] | None) -> int:
    """Rewrite the parts of a chat: rows of `sources` (None = all) go to `into`, the others stay."""
    change.erases, doubled, kept = True, 0, []
    for part in store.parts("messages", chat_id):
        rows = read_parts(store.workspace, [part], MESSAGES)
        goes = pc.is_in(rows["source"], pa.array(sorted(sources), pa.string())) if sources else None
        leaving = rows if goes is None else rows.filter(goes)
        staying = rows.slice(0, 0) if goes is None else rows.filter(pc.invert(goes))
        if staying.num_rows:
            kept.append(write_part(store.workspace, staying, table_name="messages", chat_id=chat_id, month=part.month))
        there = [p for p in store.parts("messages", into) if p.month == part.month]
        fresh = without_equals(leaving, read_parts(store.workspace, there, MESSAGES))
        doubled += leaving.num_rows - fresh.num_rows
        if fresh.num_rows:
            fresh = with_value(fresh, "chat_id", into)
            change.add.append(write_part(store.workspace, fresh, table_name="messages", chat_id=into, month=part.month))
    change.drop += [(name, chat_id) for name in ("messages", "annotations", *SCHEMAS)]
    change.add += kept
    return doubled


def with_value(rows: pa.Table, column: str, value: str) -> pa.Table:
    """The rows with one value in a whole column."""
    return rows.set_column(
        rows.schema.get_field_index(column), MESSAGES.field(column), pa.array([value] * rows.num_rows, pa.string())
    )


def _check_pair(store: Store, chat_id: str, into: str) -> None:
    known = store.known_chats()
    if chat_id == into or chat_id not in known or into not in known:
        raise WorkspaceError("choose two different chats of this workspace")
    if known[chat_id]["platform"] != known[into]["platform"]:
        raise WorkspaceError("only chats of the same platform are one: their members have ids of different kinds")


def _redirect(connection: sa.Connection, new: Redirects) -> None:
    for (chat_id, source), into in new.items():
        mine = sa.and_(cat.redirect.c.chat_id == chat_id, cat.redirect.c.source == source)
        connection.execute(cat.redirect.delete().where(mine))
        connection.execute(cat.redirect.insert().values(chat_id=chat_id, source=source, into_id=into))


def _forget_chat(connection: sa.Connection, chat_id: str, moved_to: str | None) -> None:
    """Take the chat out of the catalogue; what is known about it moves along, or goes."""
    for table in (cat.receipt, cat.verdict, cat.remark, cat.step):
        mine = table.c.chat_id == chat_id
        connection.execute(
            table.update().where(mine).values(chat_id=moved_to) if moved_to else table.delete().where(mine)
        )
    connection.execute(cat.member_role.delete().where(cat.member_role.c.chat_id == chat_id))
    connection.execute(cat.chat.delete().where(cat.chat.c.chat_id == chat_id))


def _change(store: Store, chat_id: str, **values: object) -> None:
    with store.engine.begin() as connection:
        connection.execute(cat.chat.update().where(cat.chat.c.chat_id == chat_id).values(**values))
        connection.execute(
            cat.state.update().where(cat.state.c.key == "generation").values(value=cat.state.c.value + 1)
        )
