"""The catalogue: which Parquet parts are live, and everything that is not a big table.

SQLite in WAL mode by default, PostgreSQL by URL. The schema below is the current one; databases get there by the
migrations in `nuanqun/migrations` (see nuanqun.database), so that an old workspace opens with a new version.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

metadata = sa.MetaData()


class Instant(sa.TypeDecorator[datetime]):
    """A moment, aware and in UTC on every database: SQLite keeps no zone, PostgreSQL answers in the session's."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        """To UTC."""
        return _in_utc(value)

    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        """In UTC."""
        return _in_utc(value)


class Words(sa.TypeDecorator[str]):
    """What people or files say: cut to the column's length, without NUL. PostgreSQL takes neither, SQLite both."""

    impl = sa.String
    cache_ok = True

    def __init__(self, length: int | None = None) -> None:
        """At most `length` characters; any number where none is given."""
        super().__init__(length)
        if length is None:
            self.impl = self.impl_instance = sa.Text()

    def process_bind_param(self, value: str | None, dialect: sa.Dialect) -> str | None:
        """As it fits."""
        return None if value is None else value.replace("\0", "")[: self.impl.length]


def _in_utc(value: datetime | None) -> datetime | None:
    if value is None:
        return None
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def _json() -> Any:
    """JSON whose None is SQL's NULL, so that a row reads the same wherever it was copied to."""
    return sa.JSON(none_as_null=True)


chat = sa.Table(
    "chat",
    metadata,
    sa.Column("chat_id", sa.String(32), primary_key=True),
    sa.Column("name", Words(400), nullable=False),
    sa.Column("platform", sa.String(40), nullable=False),
    sa.Column("zone", sa.String(60), nullable=False),
    sa.Column("archived_at", Instant),
    sa.Column("policy", _json()),  # when who may advertise, see nuanqun.house
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
    sa.Column("sha256", sa.String(64), nullable=False, server_default=""),  # of the file; "" = of an older version
    sa.Index("part_live", "table_name", "chat_id", "month"),
)

receipt = sa.Table(
    "receipt",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("chat_id", sa.String(32), nullable=False, index=True),
    sa.Column("at", Instant, nullable=False),
    sa.Column("body", sa.JSON, nullable=False),
)

run = sa.Table(
    "run",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("started_at", Instant, nullable=False),
    sa.Column("status", sa.String(20), nullable=False),  # done | failed
    sa.Column("body", sa.JSON, nullable=False),
)

verdict = sa.Table(
    "verdict",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("chat_id", sa.String(32), nullable=False, index=True),
    sa.Column("message_id", sa.String(64), nullable=False, index=True),
    sa.Column("reviewer", Words(80), nullable=False),
    sa.Column("label", sa.String(40), nullable=False),  # ad | abuse | fine | unsure
    sa.Column("at", Instant, nullable=False),
    sa.Column("note", Words, nullable=False),
    sa.Column("suggestion_label", sa.String(40)),
    sa.Column("suggestion_score", sa.Float),
    sa.Column("model_version", sa.String(80)),
    sa.Column("undone_at", Instant),
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
    sa.Column("actor", Words(80), nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Column("kind", sa.String(20), nullable=False),  # teach | allow | appeal, see nuanqun.verdicts
    sa.Column("text", Words, nullable=False),  # the label to learn, the word to allow, what was said
    sa.Column("undone_at", Instant),
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
    sa.Column("actor", Words(80), nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Column("note", Words, nullable=False),
    sa.Column("undone_at", Instant),
)

forgotten = sa.Table(
    "forgotten",
    metadata,
    sa.Column("member_hash", sa.String(64), primary_key=True),  # see nuanqun.forgotten
    sa.Column("at", Instant, nullable=False),
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
    sa.Column("chats", _json(), nullable=True),  # null = every chat
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
    sa.Column("at", Instant, nullable=False),
    sa.Column("error", Words(400), nullable=False),  # "" = delivered
)

account = sa.Table(
    "account",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("name", sa.String(80), nullable=False, unique=True),
    sa.Column("password_hash", sa.String(200)),  # argon2id; null = comes in by the organisation's login only
    sa.Column("role", sa.String(20), nullable=False),  # admin | moderator | manager, see nuanqun.access
    sa.Column("chats", _json()),  # chat_ids that the account may see; null = every chat
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("disabled_at", Instant),
)

session = sa.Table(
    "session",
    metadata,
    sa.Column("sid_hash", sa.String(64), primary_key=True),  # sha256 of the cookie: a stolen catalogue opens nothing
    sa.Column("account_id", sa.Integer, sa.ForeignKey("account.id"), nullable=False, index=True),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("seen_at", Instant, nullable=False),
)

failed_login = sa.Table(
    "failed_login",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("key", sa.String(120), nullable=False, index=True),  # whose failures: hashed, see nuanqun.sessions
    sa.Column("at", Instant, nullable=False),
)

token = sa.Table(
    "token",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("token_hash", sa.String(64), nullable=False, unique=True),
    sa.Column("name", sa.String(80), nullable=False),
    sa.Column("account_id", sa.Integer, sa.ForeignKey("account.id"), nullable=False, index=True),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("expires_at", Instant),
    sa.Column("seen_at", Instant),
    sa.Column("revoked_at", Instant),
)

audit = sa.Table(
    "audit",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("at", Instant, nullable=False, index=True),
    sa.Column("actor", Words(80), nullable=False),
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
    sa.Column("actor", Words(80), nullable=False),
    sa.Column("status", sa.String(20), nullable=False, index=True),  # see nuanqun.jobs
    sa.Column("stage", sa.String(20), nullable=False),
    sa.Column("done", sa.BigInteger, nullable=False),
    sa.Column("total", sa.BigInteger, nullable=False),  # 0 = unknown
    sa.Column("tries", sa.Integer, nullable=False),
    sa.Column("cancel", sa.Boolean, nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("stage_at", Instant),
    sa.Column("ended_at", Instant),
    sa.Column("result", _json()),
    sa.Column("error", Words, nullable=False),
)

setting = sa.Table(
    "setting",
    metadata,
    sa.Column("key", sa.String(80), primary_key=True),  # see nuanqun.house
    sa.Column("value", sa.JSON, nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Column("actor", Words(80), nullable=False),
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


def queue_up(connection: sa.Connection) -> None:
    """Let writers pass one at a time from here to the end of the transaction, so that what is counted stays true."""
    connection.execute(state.update().where(state.c.key == "generation").values(value=state.c.value))
