"""The workspace: Parquet parts for the big tables, a transactional catalogue for everything else.

In: tables of the stages. Out: the same tables, always of one committed state. Example: `Store(Path("w")).chats()`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import pyarrow as pa
import sqlalchemy as sa
from filelock import FileLock

from community.tables import (
    ALERTS,
    CATALYSTS,
    CHATS,
    CONVERSATIONS,
    DAYS,
    EDGES,
    INDICATORS,
    LOSSES,
    MEMBERS,
    SHIFTS,
    SUSPECTS,
    TOPICS,
)
from ingest.merge import check_growth
from nuanqun import catalogue as cat
from nuanqun import verdicts
from nuanqun.database import SQLITE, open_catalogue, url_of
from nuanqun.errors import WorkspaceError
from nuanqun.forgotten import Forgotten, put_under_key, read_forgotten
from nuanqun.good_copy import is_behind, keep
from nuanqun.parts import Part, read_both, read_parts, read_rows, sync_folders
from nuanqun.settings import StoreSettings, load_settings
from nuanqun.sweeping import ANALYSIS_LOCK, IMPORT_LOCK, LOCK_OF, idle, let_go, sweep, sweep_kept

SCHEMAS = {"edges": EDGES, "members": MEMBERS, "days": DAYS, "alerts": ALERTS, "chats": CHATS}
SCHEMAS |= {"indicators": INDICATORS, "catalysts": CATALYSTS, "losses": LOSSES}
SCHEMAS |= {"shifts": SHIFTS, "conversations": CONVERSATIONS, "suspects": SUSPECTS, "topics": TOPICS}
"""Tables that an analysis replaces whole, chat by chat."""
TABLES = ("messages", "annotations", *SCHEMAS)
"""Every table of parts."""
Answer = TypeVar("Answer")


@dataclass
class Write:
    """What one transaction will change: nothing of it is visible before it commits."""

    chats: dict[str, dict[str, str]] = field(default_factory=dict)  # chat_id -> name, platform, zone
    add: list[Part] = field(default_factory=list)  # takes the place of the live part of the same table and stem
    replace: list[Part] = field(default_factory=list)  # drops the live parts of the same table and chat
    receipts: list[dict[str, Any]] = field(default_factory=list)
    forgotten: list[str] = field(default_factory=list)  # hashes of members that must not come back
    made_from: dict[str, set[str]] = field(default_factory=dict)  # chat -> paths without which `replace` is outdated
    drop: list[tuple[str, str]] = field(default_factory=list)  # (table, chat) whose live parts go before others come
    erases: bool = False  # only an erasure may lower a chat's count
    also: list[Callable[[sa.Connection], None]] = field(default_factory=list)  # changes of the catalogue itself


class Store:
    """One workspace on disk. Many readers and writers may have it open at once."""

    def __init__(self, workspace: Path, settings: StoreSettings | None = None) -> None:
        """Open (or create) the workspace; raises WorkspaceError when it cannot be used."""
        self.workspace = Path(workspace)
        self.settings = settings or load_settings(self.workspace).store
        try:
            self.workspace.mkdir(mode=0o700, parents=True, exist_ok=True)  # one that is there keeps its mode
        except OSError as error:
            raise WorkspaceError(f"{workspace}: cannot be used as a workspace ({error.strerror}).") from error
        url = url_of(self.workspace, self.settings.catalogue)
        if url == f"sqlite:///{self.workspace / SQLITE}" and is_behind(self.workspace):
            raise WorkspaceError(
                f"{self.workspace / SQLITE} is older than its own copy: a part of it was lost. "
                "Run `nuanqun doctor --verify`."
            )
        self.engine = open_catalogue(url)
        put_under_key(self.engine, self.workspace)

    # --- reading

    def version(self) -> str:
        """Changes with every committed write of tables: a cache key for readers. Verdicts are read fresh instead."""
        with self.engine.connect() as connection:
            return str(connection.scalar(sa.select(cat.state.c.value).where(cat.state.c.key == "generation")))

    def known_chats(self) -> dict[str, dict[str, str]]:
        """chat_id -> name, platform, zone of every imported chat, analysed or not."""
        with self.engine.connect() as connection:
            rows = connection.execute(sa.select(cat.chat)).mappings().all()
        rows = sorted(rows, key=lambda row: row["name"])  # databases differ in the order of words
        return {row["chat_id"]: {k: row[k] for k in ("name", "platform", "zone")} for row in rows}

    def parts(self, table_name: str, chat_id: str | None = None) -> list[Part]:
        """Live parts of a table in a stable order (month, then age)."""
        query = sa.select(cat.part).where(cat.part.c.table_name == table_name)
        if chat_id is not None:
            query = query.where(cat.part.c.chat_id == chat_id)
        return self._parts(query)

    def parts_of(self, tables: Collection[str]) -> list[Part]:
        """Live parts of several tables, of one committed state."""
        return self._parts(sa.select(cat.part).where(cat.part.c.table_name.in_(tables)))

    def beside(self, chat_id: str) -> tuple[list[Part], list[Part]]:
        """Live parts of MESSAGES that are annotated, and of their ANNOTATIONS, of one chat and one committed state."""
        both = ("messages", "annotations")
        query = sa.select(cat.part).where(cat.part.c.table_name.in_(both), cat.part.c.chat_id == chat_id)
        parts = self._parts(query)
        stems = [{part.stem for part in parts if part.table_name == name} for name in both]
        kept = [part for part in parts if part.stem in stems[0] & stems[1]]
        return tuple([part for part in kept if part.table_name == name] for name in both)  # type: ignore[return-value]

    def _parts(self, query: sa.Select) -> list[Part]:
        with self.engine.connect() as connection:
            rows = connection.execute(query).mappings().all()
        parts = [Part(**{name: row[name] for name in Part.__slots__}) for row in rows]
        return sorted(parts, key=lambda part: (part.chat_id, part.month, part.stem))

    def _steady(self, read: Callable[[], Answer]) -> Answer:
        """What `read` gives; once more where a part it had listed was replaced and deleted meanwhile."""
        while True:
            before = self.version()
            try:
                return read()
            except FileNotFoundError as error:
                if self.version() == before:
                    raise WorkspaceError(
                        f"{error.filename or error} is missing. Run `nuanqun doctor --verify`."
                    ) from error

    def message_paths(self, chat_id: str | None = None) -> list[Path]:
        """Live Parquet files of MESSAGES, for queries with DuckDB."""
        return [self.workspace / part.path for part in self.parts("messages", chat_id)]

    def annotation_paths(self, chat_id: str | None = None) -> list[Path]:
        """Live Parquet files of ANNOTATIONS, for queries with DuckDB."""
        return [self.workspace / part.path for part in self.parts("annotations", chat_id)]

    def messages(self, chat_id: str, columns: Sequence[str] | None = None) -> pa.Table:
        """MESSAGES of one chat, oldest first."""
        return self._steady(lambda: read_rows(self.workspace, self.parts("messages", chat_id), columns=columns))

    def annotations(self, chat_id: str, columns: Sequence[str] | None = None) -> pa.Table:
        """ANNOTATIONS of one chat, row by row beside `messages` once the chat is annotated."""
        return self._steady(lambda: read_rows(self.workspace, *self.beside(chat_id), columns))

    def chat_tables(self, chat_id: str) -> tuple[pa.Table, pa.Table]:
        """MESSAGES and ANNOTATIONS of one chat, row by row together: messages of parts that are annotated."""
        return self._steady(lambda: read_both(self.workspace, *self.beside(chat_id)))

    def table(self, name: str, chat_id: str | None = None) -> pa.Table:
        """EDGES, MEMBERS, DAYS, ALERTS or CHATS by name, of one chat or of all."""
        return self._steady(lambda: read_parts(self.workspace, self.parts(name, chat_id), SCHEMAS[name]))

    def chats(self) -> pa.Table:
        """CHATS of all analysed chats."""
        return self.table("chats")

    def forgotten(self) -> Forgotten:
        """The members that must not come back."""
        return read_forgotten(self.engine, self.workspace)

    def receipts(self, chat_id: str | None = None) -> list[dict[str, Any]]:
        """Import receipts, newest first."""
        query = sa.select(cat.receipt).order_by(cat.receipt.c.id.desc())
        if chat_id is not None:
            query = query.where(cat.receipt.c.chat_id == chat_id)
        with self.engine.connect() as connection:
            return [{"at": row.at.isoformat(), **row.body} for row in connection.execute(query)]

    def runs(self) -> list[dict[str, Any]]:
        """RUNS, newest first: settings, versions, input hashes, counts and seconds of every stage."""
        with self.engine.connect() as connection:
            rows = connection.execute(sa.select(cat.run).order_by(cat.run.c.id.desc()))
            return [{"started_at": r.started_at.isoformat(), "status": r.status, **r.body} for r in rows]

    def verdicts(self, chat_id: str | None = None) -> pa.Table:
        """VERDICTS that stand, second readings left out, oldest first."""
        return verdicts.standing(self.engine, chat_id)

    # --- writing

    def import_lock(self) -> FileLock:
        """Held by an import from reading the known ids to its commit, so that two imports never double a message."""
        return FileLock(self.workspace / IMPORT_LOCK)

    def analysis_lock(self) -> FileLock:
        """Held by an analysis: a second one waits, and nothing is swept from under the first."""
        return FileLock(self.workspace / ANALYSIS_LOCK)

    @contextmanager
    def write(self) -> Iterator[Write]:
        """Collect changes and commit them by one transaction; an exception inside leaves the old state."""
        change = Write()
        yield change
        self._commit(change)

    def _commit(self, change: Write) -> None:
        sync_folders(self.workspace, [part.path for part in (*change.add, *change.replace)])
        with self.engine.begin() as connection:
            self._lock(connection)
            before = self._live(connection)
            self._drop_outdated(connection, change, before)
            for chat_id, facts in change.chats.items():
                found = connection.scalar(sa.select(cat.chat.c.chat_id).where(cat.chat.c.chat_id == chat_id))
                if found is None:
                    connection.execute(cat.chat.insert().values(chat_id=chat_id, **facts))
            if not change.erases:
                self._check_growth(connection, change)
            for table_name, chat_id in {*change.drop, *((part.table_name, part.chat_id) for part in change.replace)}:
                connection.execute(
                    cat.part.delete().where(cat.part.c.table_name == table_name, cat.part.c.chat_id == chat_id)
                )
            for table_name in {part.table_name for part in change.add}:
                stems = [part.stem for part in change.add if part.table_name == table_name]
                for start in range(0, len(stems), 500):  # databases bound the number of parameters
                    some = stems[start : start + 500]
                    connection.execute(
                        cat.part.delete().where(cat.part.c.table_name == table_name, cat.part.c.stem.in_(some))
                    )
            rows = [asdict(part) for part in [*change.add, *change.replace]]
            if rows:
                connection.execute(cat.part.insert(), rows)
            for member_hash in set(change.forgotten) - set(connection.scalars(sa.select(cat.forgotten.c.member_hash))):
                connection.execute(
                    cat.forgotten.insert().values(member_hash=member_hash, at=datetime.now(UTC), keyed=True)
                )
            for further in change.also:
                further(connection)
            for body in change.receipts:
                connection.execute(
                    cat.receipt.insert().values(chat_id=body["chat_id"], at=datetime.now(UTC), body=body)
                )
            gone = before - self._live(connection)
        let_go(self.workspace, gone, at_once=change.erases)
        if change.erases or any(part.table_name == "messages" for part in (*change.add, *change.replace)):
            keep(self.engine, self.workspace)

    def _live(self, connection: sa.Connection) -> set[str]:
        return set(connection.scalars(sa.select(cat.part.c.path)))

    def _drop_outdated(self, connection: sa.Connection, change: Write, live: set[str]) -> None:
        """Leave out what was made from messages that are gone meanwhile; raise for a file that is not there."""
        stale = {chat_id for chat_id, paths in change.made_from.items() if not paths <= live}
        change.replace = [part for part in change.replace if part.chat_id not in stale]
        if any(part.table_name == "annotations" for part in change.add):
            query = sa.select(cat.part.c.stem).where(cat.part.c.table_name == "messages")
            stems = set(connection.scalars(query)) | {p.stem for p in change.add if p.table_name == "messages"}
            change.add = [part for part in change.add if part.table_name != "annotations" or part.stem in stems]
        for part in (*change.add, *change.replace):
            if not (self.workspace / part.path).exists():
                raise WorkspaceError(f"{part.path} vanished before it was committed; nothing was changed. Try again.")

    def _lock(self, connection: sa.Connection) -> None:
        """Raise the generation first: writers queue up on this row, so counts below are read under a lock."""
        connection.execute(
            cat.state.update().where(cat.state.c.key == "generation").values(value=cat.state.c.value + 1)
        )

    def _check_growth(self, connection: sa.Connection, change: Write) -> None:
        replaced = {part.chat_id for part in change.replace if part.table_name == "messages"}
        for chat_id in replaced:
            live = connection.scalar(
                sa.select(sa.func.coalesce(sa.func.sum(cat.part.c.rows), 0)).where(
                    cat.part.c.table_name == "messages", cat.part.c.chat_id == chat_id
                )
            )
            coming = sum(p.rows for p in change.replace if p.table_name == "messages" and p.chat_id == chat_id)
            check_growth(live or 0, coming, f"chat {chat_id}")

    def sweep(self, minutes: float | None = None) -> None:
        """Delete Parquet files that no catalogue entry names and that are older than `minutes` (else the setting).

        What analyses kept of chats that are gone is deleted, too.
        """
        limit = self.settings.sweep_minutes if minutes is None else minutes
        for name in TABLES:
            with idle(self.workspace, LOCK_OF.get(name, ANALYSIS_LOCK)) as nobody_writes:
                if nobody_writes:
                    with self.engine.connect() as connection:
                        live = self._live(connection)
                    sweep(self.workspace, name, live, limit)
        with idle(self.workspace, ANALYSIS_LOCK) as nobody_writes:
            if nobody_writes:
                sweep_kept(self.workspace, self.known_chats())

    def add_run(self, *, started_at: datetime, status: str, body: dict[str, Any]) -> None:
        """Append one row to RUNS."""
        with self.engine.begin() as connection:
            connection.execute(cat.run.insert().values(started_at=started_at, status=status, body=body))
