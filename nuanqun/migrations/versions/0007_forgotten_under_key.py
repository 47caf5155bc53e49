"""Hashes of forgotten members go under a key of the workspace; `keyed` tells those that already are.

The key lies in the workspace, which a migration does not know: `nuanqun.forgotten.put_under_key` does it on opening.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Add the column: what is there is bare."""
    with op.batch_alter_table("forgotten") as table:
        table.add_column(sa.Column("keyed", sa.Boolean, nullable=False, server_default=sa.false()))


def downgrade() -> None:
    """Drop it; an older version does not recognise members who were forgotten meanwhile."""
    with op.batch_alter_table("forgotten") as table:
        table.drop_column("keyed")
