"""The sha256 of every part, so that a part that reads but is not what was written is found."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Add the column; parts of older versions have none."""
    op.add_column("part", sa.Column("sha256", sa.String(64), nullable=False, server_default=""))


def downgrade() -> None:
    """Drop it."""
    with op.batch_alter_table("part") as table:
        table.drop_column("sha256")
