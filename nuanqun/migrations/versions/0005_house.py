"""Background jobs, settings of the workspace, and what an admin decides about chats and members."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Create the tables, and two columns of chats."""
    op.create_table(
        "job",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("body", sa.JSON, nullable=False),
        sa.Column("actor", sa.String(80), nullable=False),
        sa.Column("status", sa.String(20), nullable=False, index=True),
        sa.Column("stage", sa.String(20), nullable=False),
        sa.Column("done", sa.BigInteger, nullable=False),
        sa.Column("total", sa.BigInteger, nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("cancel", sa.Boolean, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("stage_at", sa.DateTime(timezone=True)),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.Column("result", sa.JSON),
        sa.Column("error", sa.Text, nullable=False),
    )
    op.create_table(
        "setting",
        sa.Column("key", sa.String(80), primary_key=True),
        sa.Column("value", sa.JSON, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(80), nullable=False),
    )
    op.create_table(
        "redirect",
        sa.Column("chat_id", sa.String(32), primary_key=True),
        sa.Column("source", sa.String(400), primary_key=True),
        sa.Column("into_id", sa.String(32), nullable=False),
    )
    op.create_table(
        "alias",
        sa.Column("platform", sa.String(40), primary_key=True),
        sa.Column("member_id", sa.String(200), primary_key=True),
        sa.Column("into_id", sa.String(200), nullable=False),
    )
    op.create_table(
        "member_role",
        sa.Column("chat_id", sa.String(32), primary_key=True),
        sa.Column("member_id", sa.String(200), primary_key=True),
        sa.Column("role", sa.String(20), nullable=False),
    )
    op.add_column("chat", sa.Column("archived_at", sa.DateTime(timezone=True)))
    op.add_column("chat", sa.Column("policy", sa.JSON))


def downgrade() -> None:
    """Drop them."""
    for name in ("member_role", "alias", "redirect", "setting", "job"):
        op.drop_table(name)
    for column in ("archived_at", "policy"):
        op.drop_column("chat", column)
