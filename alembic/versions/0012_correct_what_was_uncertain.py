"""Keep what becomes known, later or by hand, of sums that were settled uncertainly."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply the change."""
    op.create_table(
        "corrections",
        sa.Column("job_id", sa.String(length=40), nullable=False),
        sa.Column("entry", sa.String(length=40), nullable=False),
        sa.Column("amount_micros", sa.BigInteger(), nullable=False),
        sa.Column("exactness", sa.String(length=40), nullable=False),
        sa.Column("price_source", sa.Text(), nullable=False),
        sa.Column("price_as_of", sa.Date(), nullable=False),
        sa.Column("billed", sa.String(length=40), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["job_id"], ["jobs.id"], name=op.f("fk_corrections_job_id_jobs"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("job_id", name=op.f("pk_corrections")),
    )


def downgrade() -> None:
    """Take the change back; what was corrected is uncertain again."""
    op.drop_table("corrections")
