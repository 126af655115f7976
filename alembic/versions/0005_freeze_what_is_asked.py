"""Keep with each job the parameters that it is sent with, and with each request how they came."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

# What jobs of fal.ai were sent with so far, whoever asked: those that wait are still sent so.
_SENT = """
UPDATE jobs
SET options = CAST(
  '{"num_images": 1, "aspect_ratio": "' || aspect_ratio
  || '", "resolution": "1K", "output_format": "png"}' AS %s)
WHERE provider = 'fal' AND aspect_ratio IS NOT NULL
"""


def upgrade() -> None:
    """Apply the change."""
    with op.batch_alter_table("jobs", schema=None) as batch_op:
        batch_op.add_column(sa.Column("options", sa.JSON(), server_default="{}", nullable=False))
    with op.batch_alter_table("generations", schema=None) as batch_op:
        batch_op.add_column(sa.Column("normalised", sa.JSON(), server_default="[]", nullable=False))
    # SQLite keeps JSON as text; its JSON type, named in a cast, would make a number of it.
    op.execute(_SENT % ("JSON" if op.get_bind().dialect.name == "postgresql" else "TEXT"))


def downgrade() -> None:
    """Take the change back."""
    with op.batch_alter_table("generations", schema=None) as batch_op:
        batch_op.drop_column("normalised")
    with op.batch_alter_table("jobs", schema=None) as batch_op:
        batch_op.drop_column("options")
