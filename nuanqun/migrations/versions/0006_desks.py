"""What moderators and managers add: kinds and batches of verdicts, second readings, remarks, steps taken."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Add the columns and tables."""
    with op.batch_alter_table("verdict") as table:
        table.add_column(sa.Column("kind", sa.String(40)))
        table.add_column(sa.Column("batch", sa.String(32)))
        table.add_column(sa.Column("reading", sa.Integer, nullable=False, server_default="1"))
    op.create_table(
        "remark",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("chat_id", sa.String(32), nullable=False, index=True),
        sa.Column("message_id", sa.String(64), nullable=False),
        sa.Column("actor", sa.String(80), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True)),
    )
    op.create_table(
        "step",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("chat_id", sa.String(32), nullable=False, index=True),
        sa.Column("rule", sa.String(60), nullable=False),
        sa.Column("start", sa.Date, nullable=False),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("on", sa.Date, nullable=False),
        sa.Column("until", sa.Date),
        sa.Column("actor", sa.String(80), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True)),
    )
    state = sa.table("state", sa.column("key", sa.String), sa.column("value", sa.Integer))
    op.bulk_insert(state, [{"key": "verdicts", "value": 0}])


def downgrade() -> None:
    """Take them away."""
    op.execute("DELETE FROM state WHERE key = 'verdicts'")
    op.drop_table("step")
    op.drop_table("remark")
    with op.batch_alter_table("verdict") as table:
        for name in ("reading", "batch", "kind"):
            table.drop_column(name)
