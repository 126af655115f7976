"""Keep a history of each job, idempotency keys, and what cancelling and recovering need."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

# Of what happened to earlier jobs nothing more is known than that they were asked for.
_ASKED = """
INSERT INTO job_events (job_id, version, at, mover, state, message)
SELECT id, 1, created_at, 'api', 'QUEUED', 'Waiting for its turn' FROM jobs
"""


def upgrade() -> None:
    """Apply the change."""
    with op.batch_alter_table("jobs", schema=None) as batch_op:
        batch_op.add_column(sa.Column("adopts", sa.String(length=40), nullable=True))
        batch_op.add_column(
            sa.Column("cancel_requested_at", sa.DateTime(timezone=True), nullable=True)
        )
        batch_op.add_column(sa.Column("cancel_told_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("intended_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(
            sa.Column("awaits_webhook", sa.Boolean(), server_default=sa.false(), nullable=False)
        )
        batch_op.create_foreign_key(
            batch_op.f("fk_jobs_adopts_jobs"), "jobs", ["adopts"], ["id"], ondelete="RESTRICT"
        )
    op.create_table(
        "job_events",
        sa.Column("job_id", sa.String(length=40), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("mover", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["job_id"], ["jobs.id"], name=op.f("fk_job_events_job_id_jobs"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("job_id", "version", name=op.f("pk_job_events")),
    )
    op.create_table(
        "idempotency_keys",
        sa.Column("owner_id", sa.String(length=40), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("operation", sa.String(length=40), nullable=False),
        sa.Column("arguments_hash", sa.String(length=64), nullable=False),
        sa.Column("result", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["owner_id"],
            ["users.id"],
            name=op.f("fk_idempotency_keys_owner_id_users"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("owner_id", "key", name=op.f("pk_idempotency_keys")),
    )
    op.execute(_ASKED)


def downgrade() -> None:
    """Take the change back."""
    op.drop_table("idempotency_keys")
    op.drop_table("job_events")
    with op.batch_alter_table("jobs", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_jobs_adopts_jobs"), type_="foreignkey")
        batch_op.drop_column("awaits_webhook")
        batch_op.drop_column("intended_at")
        batch_op.drop_column("cancel_told_at")
        batch_op.drop_column("cancel_requested_at")
        batch_op.drop_column("adopts")
