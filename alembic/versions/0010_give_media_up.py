"""Give up the media that nobody needs any more, so that its bytes can be removed."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply the change."""
    for table in ("pictures", "recordings"):
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.add_column(sa.Column("given_up_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    """Take the change back; what was given up stays without its bytes."""
    for table in ("pictures", "recordings"):
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.drop_column("given_up_at")
