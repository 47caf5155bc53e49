"""The catalogue: which Parquet parts are live, and everything that is not a big table.

SQLite in WAL mode by default, any SQLAlchemy URL otherwise. The schema below is the current one; databases get
there by the migrations in `nuanqun/migrations`, so that an old workspace opens with a new version.
"""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from filelock import FileLock

from nuanqun.errors import WorkspaceError

metadata = sa.MetaData()

chat = sa.Table(
    "chat",
    metadata,
    sa.Column("chat_id", sa.String(32), primary_key=True),
    sa.Column("name", sa.String(400), nullable=False),
    sa.Column("platform", sa.String(40), nullable=False),
    sa.Column("zone", sa.String(60), nullable=False),
    sa.Column("archived_at", sa.DateTime(timezone=True)),
    sa.Column("policy", sa.JSON),  # when who may advertise, see nuanqun.house
)

part = sa.Table(
    "part",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("table_name", sa.String(40), nullable=False),
    sa.Column("chat_id", sa.String(32), nullable=False),
    sa.Column("month", sa.String(7), nullable=False),  # "2024-03" for messages and annotations, "" otherwise
    sa.Column("stem", sa.String(64), nullable=False),  # an annotations part has the stem of its messages part
    sa.Column("version", sa.String(80), nullable=False),  # of the models that made it, "" for messages
    sa.Column("path", sa.String(400), nullable=False, unique=True),  # relative to the workspace
    sa.Column("rows", sa.BigInteger, nullable=False),
    sa.Index("part_live", "table_name", "chat_id", "month"),
)

receipt = sa.Table(
    "receipt",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("chat_id", sa.String(32), nullable=False, index=True),
    sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("body", sa.JSON, nullable=False),
)

run = sa.Table(
    "run",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("status", sa.String(20), nullable=False),  # done | failed
    sa.Column("body", sa.JSON, nullable=False),
)

verdict = sa.Table(
    "verdict",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("chat_id", sa.String(32), nullable=False, index=True),
    sa.Column("message_id", sa.String(64), nullable=False, index=True),
    sa.Column("reviewer", sa.String(80), nullable=False),
    sa.Column("label", sa.String(40), nullable=False),  # ad | abuse | fine | unsure
    sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("note", sa.Text, nullable=False),
    sa.Column("suggestion_label", sa.String(40)),
    sa.Column("suggestion_score", sa.Float),
    sa.Column("model_version", sa.String(80)),
    sa.Column("undone_at", sa.DateTime(timezone=True)),
    sa.Column("kind", sa.String(40)),  # of an ad, see data/lexicons/ads_kinds.toml
    sa.Column("batch", sa.String(32)),  # decided together, undone together
    sa.Column("reading", sa.Integer, nullable=False, server_default="1"),  # 2 = a second reader, see nuanqun.verdicts
)

remark = sa.Table(
    "remark",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("chat_id", sa.String(32), nullable=False, index=True),
    sa.Column("message_id", sa.String(64), nullable=False),
    sa.Column("actor", sa.String(80), nullable=False),
    sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("kind", sa.String(20), nullable=False),  # teach | allow | appeal, see nuanqun.verdicts
    sa.Column("text", sa.Text, nullable=False),  # the label to learn, the word to allow, what was said
    sa.Column("undone_at", sa.DateTime(timezone=True)),
)

step = sa.Table(
    "step",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("chat_id", sa.String(32), nullable=False, index=True),
    sa.Column("rule", sa.String(60), nullable=False),
    sa.Column("start", sa.Date, nullable=False),  # of the warning
    sa.Column("status", sa.String(20), nullable=False),  # done | snoozed, see nuanqun.steps
    sa.Column("on", sa.Date, nullable=False),  # the last day of the export then: effects count from the day after
    sa.Column("until", sa.Date),  # of a snoozed one
    sa.Column("actor", sa.String(80), nullable=False),
    sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("note", sa.Text, nullable=False),
    sa.Column("undone_at", sa.DateTime(timezone=True)),
)

forgotten = sa.Table(
    "forgotten",
    metadata,
    sa.Column("member_hash", sa.String(64), primary_key=True),  # see nuanqun.forgotten
    sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("keyed", sa.Boolean, nullable=False, server_default=sa.false()),  # false: of an older version
)

subscription = sa.Table(
    "subscription",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("name", sa.String(80), nullable=False),
    sa.Column("channel", sa.String(40), nullable=False),  # see nuanqun.channels
    sa.Column("config", sa.JSON, nullable=False),  # holds secrets
    sa.Column("least", sa.String(20), nullable=False),
    sa.Column("chats", sa.JSON, nullable=True),  # null = every chat
    sa.Column("weekly", sa.Boolean, nullable=False),
    sa.Column("mask_names", sa.Boolean, nullable=False),
    sa.Column("enabled", sa.Boolean, nullable=False),
)

delivery = sa.Table(
    "delivery",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("subscription_id", sa.Integer, nullable=False, index=True),
    sa.Column("key", sa.String(200), nullable=False),
    sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("error", sa.String(400), nullable=False),  # "" = delivered
)

account = sa.Table(
    "account",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("name", sa.String(80), nullable=False, unique=True),
    sa.Column("password_hash", sa.String(200)),  # argon2id; null = comes in by the organisation's login only
    sa.Column("role", sa.String(20), nullable=False),  # admin | moderator | manager, see nuanqun.access
    sa.Column("chats", sa.JSON),  # chat_ids that the account may see; null = every chat
    sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("disabled_at", sa.DateTime(timezone=True)),
)

session = sa.Table(
    "session",
    metadata,
    sa.Column("sid_hash", sa.String(64), primary_key=True),  # sha256 of the cookie: a stolen catalogue opens nothing
    sa.Column("account_id", sa.Integer, sa.ForeignKey("account.id"), nullable=False, index=True),
    sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
)

failed_login = sa.Table(
    "failed_login",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("key", sa.String(120), nullable=False, index=True),  # whose failures: hashed, see nuanqun.sessions
    sa.Column("at", sa.DateTime(timezone=True), nullable=False),
)

token = sa.Table(
    "token",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("token_hash", sa.String(64), nullable=False, unique=True),
    sa.Column("name", sa.String(80), nullable=False),
    sa.Column("account_id", sa.Integer, sa.ForeignKey("account.id"), nullable=False, index=True),
    sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("expires_at", sa.DateTime(timezone=True)),
    sa.Column("seen_at", sa.DateTime(timezone=True)),
    sa.Column("revoked_at", sa.DateTime(timezone=True)),
)

audit = sa.Table(
    "audit",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("at", sa.DateTime(timezone=True), nullable=False, index=True),
    sa.Column("actor", sa.String(80), nullable=False),
    sa.Column("action", sa.String(60), nullable=False),
    sa.Column("chat_id", sa.String(32)),
    sa.Column("detail", sa.JSON, nullable=False),  # never message text, never a secret
)

job = sa.Table(
    "job",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("kind", sa.String(20), nullable=False),  # see nuanqun.worker
    sa.Column("body", sa.JSON, nullable=False),
    sa.Column("actor", sa.String(80), nullable=False),
    sa.Column("status", sa.String(20), nullable=False, index=True),  # see nuanqun.jobs
    sa.Column("stage", sa.String(20), nullable=False),
    sa.Column("done", sa.BigInteger, nullable=False),
    sa.Column("total", sa.BigInteger, nullable=False),  # 0 = unknown
    sa.Column("tries", sa.Integer, nullable=False),
    sa.Column("cancel", sa.Boolean, nullable=False),
    sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("stage_at", sa.DateTime(timezone=True)),
    sa.Column("ended_at", sa.DateTime(timezone=True)),
    sa.Column("result", sa.JSON),
    sa.Column("error", sa.Text, nullable=False),
)

setting = sa.Table(
    "setting",
    metadata,
    sa.Column("key", sa.String(80), primary_key=True),  # see nuanqun.house
    sa.Column("value", sa.JSON, nullable=False),
    sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("actor", sa.String(80), nullable=False),
)

redirect = sa.Table(
    "redirect",
    metadata,
    sa.Column("chat_id", sa.String(32), primary_key=True),
    sa.Column("source", sa.String(400), primary_key=True),  # file name; "" = the whole chat
    sa.Column("into_id", sa.String(32), nullable=False),
)

alias = sa.Table(
    "alias",
    metadata,
    sa.Column("platform", sa.String(40), primary_key=True),
    sa.Column("member_id", sa.String(200), primary_key=True),
    sa.Column("into_id", sa.String(200), nullable=False),
)

member_role = sa.Table(
    "member_role",
    metadata,
    sa.Column("chat_id", sa.String(32), primary_key=True),
    sa.Column("member_id", sa.String(200), primary_key=True),
    sa.Column("role", sa.String(20), nullable=False),  # owner | admin | member | bot
)

state = sa.Table(
    "state",
    metadata,
    sa.Column("key", sa.String(40), primary_key=True),
    sa.Column("value", sa.Integer, nullable=False),  # +1 with every commit: "generation" of tables, "verdicts"
)


def open_catalogue(url: str) -> sa.Engine:
    """Connect to the catalogue and bring its schema up to date.

    Raises WorkspaceError when the catalogue was written by a newer version or cannot be opened.
    """
    engine = sa.create_engine(url)
    if engine.dialect.name == "sqlite":
        sa.event.listen(engine, "connect", _tune_sqlite)
        if engine.url.database not in (None, "", ":memory:"):  # SQLite gives its log the mode of the database
            Path(str(engine.url.database)).touch(mode=0o600)
    alone = FileLock(f"{engine.url.database}.lock") if engine.dialect.name == "sqlite" else nullcontext()
    try:
        with alone:  # SQLite commits every CREATE by itself, so two first openings would meet half-way
            _migrate(engine)
    except sa.exc.DatabaseError as error:
        raise WorkspaceError(
            f"The catalogue {engine.url!r} cannot be read ({error.orig}). "
            "Restore it from a backup, or import the exports again into a new workspace."
        ) from error
    return engine


def shown_url(url: str) -> str:
    """A catalogue's URL as it may be written down: without the password."""
    return sa.make_url(url).render_as_string(hide_password=True) if url else ""


def queue_up(connection: sa.Connection) -> None:
    """Let writers pass one at a time from here to the end of the transaction, so that what is counted stays true."""
    connection.execute(state.update().where(state.c.key == "generation").values(value=state.c.value))


def _tune_sqlite(connection, _record) -> None:
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=20000", "foreign_keys=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _migrate(engine: sa.Engine) -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    scripts = ScriptDirectory.from_config(config)
    with engine.connect() as connection:
        current = MigrationContext.configure(connection).get_current_revision()
    if current == scripts.get_current_head():
        return
    known = {script.revision for script in scripts.walk_revisions()}
    if current is not None and current not in known:
        raise WorkspaceError(
            f"The catalogue is of revision {current}, newer than this version of nuanqun knows. Upgrade nuanqun."
        )
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
