"""The first catalogue: chats, live parts, receipts, runs, verdicts, state."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create every table of the first version."""
    op.create_table(
        "chat",
        sa.Column("chat_id", sa.String(32), primary_key=True),
        sa.Column("name", sa.String(400), nullable=False),
        sa.Column("platform", sa.String(40), nullable=False),
        sa.Column("zone", sa.String(60), nullable=False),
    )
    op.create_table(
        "part",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("table_name", sa.String(40), nullable=False),
        sa.Column("chat_id", sa.String(32), nullable=False),
        sa.Column("month", sa.String(7), nullable=False),
        sa.Column("stem", sa.String(64), nullable=False),
        sa.Column("version", sa.String(80), nullable=False),
        sa.Column("path", sa.String(400), nullable=False, unique=True),
        sa.Column("rows", sa.BigInteger, nullable=False),
    )
    op.create_index("part_live", "part", ["table_name", "chat_id", "month"])
    op.create_table(
        "receipt",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("chat_id", sa.String(32), nullable=False, index=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("body", sa.JSON, nullable=False),
    )
    op.create_table(
        "run",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("body", sa.JSON, nullable=False),
    )
    op.create_table(
        "verdict",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("chat_id", sa.String(32), nullable=False, index=True),
        sa.Column("message_id", sa.String(64), nullable=False, index=True),
        sa.Column("reviewer", sa.String(80), nullable=False),
        sa.Column("label", sa.String(40), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("suggestion_label", sa.String(40)),
        sa.Column("suggestion_score", sa.Float),
        sa.Column("model_version", sa.String(80)),
        sa.Column("undone_at", sa.DateTime(timezone=True)),
    )
    state = op.create_table(
        "state",
        sa.Column("key", sa.String(40), primary_key=True),
        sa.Column("value", sa.Integer, nullable=False),
    )
    op.bulk_insert(state, [{"key": "generation", "value": 0}])


def downgrade() -> None:
    """Drop them all."""
    for name in ("state", "verdict", "run", "receipt", "part", "chat"):
        op.drop_table(name)
