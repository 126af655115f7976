"""Let recordings be deleted, and listed page by page as images are."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_NEWEST = "ix_recordings_owner_newest"


def upgrade() -> None:
    """Apply the change."""
    with op.batch_alter_table("recordings", schema=None) as batch_op:
        batch_op.add_column(sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True))
    op.drop_index(_NEWEST, table_name="recordings")
    op.create_index(_NEWEST, "recordings", ["owner_id", "created_at", "id"])


def downgrade() -> None:
    """Take the change back; what was deleted is there again."""
    op.drop_index(_NEWEST, table_name="recordings")
    op.create_index(_NEWEST, "recordings", ["owner_id", "id"])
    with op.batch_alter_table("recordings", schema=None) as batch_op:
        batch_op.drop_column("deleted_at")
