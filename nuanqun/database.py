"""Open the catalogue's database and bring its schema up to date: SQLite in the workspace, or PostgreSQL by URL.

A migration is one transaction on both, so that a process killed inside leaves the old schema. Which database a
workspace uses: the setting `store.catalogue`, else the file that `nuanqun catalogue move` left, else
catalogue.sqlite. A URL with a password is never shown: `shown(url)` is what messages and logs get.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, nullcontext
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from filelock import FileLock

from nuanqun.errors import WorkspaceError

SQLITE = "catalogue.sqlite"
URL_FILE = "catalogue.url"
"""Where a workspace keeps the URL of a catalogue that was moved out of it; readable by its owner only."""
MIGRATING = 0x6E71
"""Key of the advisory lock under which one process at a time migrates a PostgreSQL catalogue."""
_TABLES = ("messages", "annotations")


def url_of(workspace: Path, chosen: str = "") -> str:
    """The URL of a workspace's catalogue; raises WorkspaceError where parts lie without the catalogue that names them.

    Without that refusal a lost catalogue would be taken for a new workspace, and its parts for rubbish to sweep.
    """
    kept = workspace / URL_FILE
    if chosen or kept.exists():
        return chosen or kept.read_text("utf-8").strip()
    path = workspace / SQLITE
    if not is_there(path) and any(next((workspace / name).rglob("*.parquet"), None) for name in _TABLES):
        raise WorkspaceError(
            f"{path} is missing, but {workspace} holds messages. Run `nuanqun doctor --verify`, or restore a backup."
        )
    return f"sqlite:///{path}"


def is_there(path: Path) -> bool:
    """Whether an SQLite file holds any table; one that cannot be read is there."""
    if not path.exists() or not path.stat().st_size:
        return False
    try:
        with closing(sqlite3.connect(path, timeout=20)) as connection:
            return connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0] > 0
    except sqlite3.DatabaseError:
        return True


def shown(url: str | sa.URL) -> str:
    """A catalogue's URL without password and options."""
    try:
        return sa.make_url(url).set(query={}).render_as_string(hide_password=True) if url else ""
    except sa.exc.ArgumentError:
        return "(no URL)"


def open_catalogue(url: str) -> sa.Engine:
    """Connect to the catalogue and bring its schema up to date.

    Raises WorkspaceError when it was written by a newer version, is damaged, cannot be reached or has no driver.
    """
    engine = connect(url)
    try:
        if revision_of(engine) != _scripts(_config()).get_current_head():
            migrate(engine)
    except sa.exc.DatabaseError as error:
        advice = "Is the server running, and do name, password and database fit?"
        if engine.dialect.name == "sqlite":
            advice = "Run `nuanqun doctor --verify`, or restore a backup."
        raise WorkspaceError(f"The catalogue {shown(url)} cannot be read ({error.orig}). {advice}") from error
    return engine


def connect(url: str) -> sa.Engine:
    """An engine for `url`; an SQLite file is for its owner only."""
    try:
        parsed = sa.make_url(url)
    except sa.exc.ArgumentError as error:
        raise WorkspaceError("That is no URL; expected e.g. postgresql://nuanqun@db.example/nuanqun") from error
    if parsed.drivername in ("postgresql", "postgres"):
        parsed = parsed.set(drivername="postgresql+psycopg")
    if parsed.get_backend_name() == "sqlite":
        engine = sa.create_engine(parsed)
        sa.event.listen(engine, "connect", _tune_sqlite)
        if engine.url.database not in (None, "", ":memory:"):  # SQLite gives its log the mode of the database
            Path(str(engine.url.database)).touch(mode=0o600)
        return engine
    try:
        waits = {"connect_timeout": 10} if parsed.get_backend_name() == "postgresql" else {}
        return sa.create_engine(parsed, pool_pre_ping=True, connect_args=waits)
    except (ModuleNotFoundError, sa.exc.NoSuchModuleError) as error:
        advice = 'pip install "nuanqun[postgres]"'
        raise WorkspaceError(f"The catalogue {shown(url)} needs a driver that is not here: {advice}") from error


def revision_of(engine: sa.Engine) -> str | None:
    """The revision of the schema, None for an empty database."""
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def migrate(engine: sa.Engine, to: str = "head") -> None:
    """Bring the schema to a revision, up or down ("base" = nothing at all), in one transaction.

    Raises WorkspaceError for a catalogue that a newer version wrote.
    """
    config = _config()
    scripts = _scripts(config)
    with _alone(engine) as connection:
        current = MigrationContext.configure(connection).get_current_revision()
        if current is not None and current not in {script.revision for script in scripts.walk_revisions()}:
            raise WorkspaceError(
                f"The catalogue is of revision {current}, newer than this version of nuanqun knows. Upgrade nuanqun."
            )
        config.attributes["connection"] = connection
        if to == "head":
            command.upgrade(config, to)
        else:
            command.downgrade(config, to)


@contextmanager
def _alone(engine: sa.Engine) -> Iterator[sa.Connection]:
    """A transaction that no other migration runs beside; what it changes in the schema is undone with it."""
    if engine.dialect.name == "sqlite":
        # Its driver commits before every CREATE unless transactions are begun by hand.
        own = sa.create_engine(engine.url, poolclass=sa.pool.NullPool)
        sa.event.listen(own, "connect", _begin_by_hand)
        sa.event.listen(own, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
        lock = FileLock(f"{engine.url.database}.lock") if engine.url.database else nullcontext()
        with lock, own.begin() as connection:
            yield connection
        return
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(MIGRATING)))
        yield connection


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    return config


def _scripts(config: Config) -> ScriptDirectory:
    return ScriptDirectory.from_config(config)


def _tune_sqlite(connection, _record) -> None:
    cursor = connection.cursor()
    for pragma in ("busy_timeout=20000", "journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_by_hand(connection, _record) -> None:
    connection.isolation_level = None
    connection.execute("PRAGMA busy_timeout=20000")
