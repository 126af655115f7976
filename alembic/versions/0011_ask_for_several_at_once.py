"""Let several jobs share one request, which makes a picture for each of them."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply the change: what is there has a request of its own."""
    with op.batch_alter_table("jobs", schema=None) as batch_op:
        batch_op.add_column(sa.Column("rides_with", sa.String(length=40), nullable=True))
        batch_op.add_column(sa.Column("pictures", sa.Integer(), server_default="1", nullable=False))
        batch_op.add_column(sa.Column("place", sa.Integer(), server_default="0", nullable=False))
        batch_op.create_foreign_key(
            batch_op.f("fk_jobs_rides_with_jobs"),
            "jobs",
            ["rides_with"],
            ["id"],
            ondelete="RESTRICT",
        )
        batch_op.create_index(batch_op.f("ix_jobs_rides_with"), ["rides_with"])


def downgrade() -> None:
    """Take the change back; refuse while any request under way is for several pictures.

    The code before would send each of its jobs anew, and pay for it twice.
    """
    jobs = sa.table("jobs", sa.column("rides_with"), sa.column("state"))
    ended = ("SUCCEEDED", "FAILED", "CANCELLED")
    riding = sa.select(sa.func.count()).where(
        jobs.c.rides_with.is_not(None), jobs.c.state.not_in(ended)
    )
    if op.get_bind().execute(riding).scalar_one():
        raise RuntimeError("Requests for several pictures are under way. Let them end first.")
    with op.batch_alter_table("jobs", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_jobs_rides_with"))
        batch_op.drop_constraint(batch_op.f("fk_jobs_rides_with_jobs"), type_="foreignkey")
        for name in ("place", "pictures", "rides_with"):
            batch_op.drop_column(name)
