"""Keep recordings, and jobs that hear or speak instead of working on an image."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply the change."""
    op.create_table(
        "recordings",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("owner_id", sa.String(length=40), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        *_standing(),
        sa.Column("key", sa.String(length=200), nullable=True),
        sa.Column("content_type", sa.String(length=40), nullable=True),
        sa.Column("byte_count", sa.BigInteger(), nullable=True),
        sa.Column("sha256", sa.String(length=64), nullable=True),
        sa.Column("seconds", sa.Double(), nullable=True),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("segments", sa.JSON(), nullable=False),
        sa.Column("language", sa.String(length=40), nullable=True),
        sa.Column("provider", sa.String(length=40), nullable=True),
        sa.Column("model", sa.Text(), nullable=True),
        sa.Column("normalised", sa.JSON(), nullable=False),
        sa.Column("provider_metadata", sa.JSON(), nullable=True),
        sa.ForeignKeyConstraint(
            ["owner_id"],
            ["users.id"],
            name=op.f("fk_recordings_owner_id_users"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recordings")),
    )
    op.create_index("ix_recordings_owner_newest", "recordings", ["owner_id", "id"])
    op.create_index("ix_recordings_owner_changed", "recordings", ["owner_id", "changed_seq"])
    with op.batch_alter_table("jobs", schema=None) as batch_op:
        for name in ("image_id", "source_image_id"):
            batch_op.alter_column(name, existing_type=sa.String(length=40), nullable=True)
        batch_op.add_column(sa.Column("recording_id", sa.String(length=40), nullable=True))
        batch_op.create_foreign_key(
            batch_op.f("fk_jobs_recording_id_recordings"),
            "recordings",
            ["recording_id"],
            ["id"],
            ondelete="RESTRICT",
        )
        batch_op.create_index(batch_op.f("ix_jobs_recording_id"), ["recording_id"])


def downgrade() -> None:
    """Take the change back; the database refuses while there are jobs without an image."""
    with op.batch_alter_table("jobs", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_jobs_recording_id"))
        batch_op.drop_constraint(batch_op.f("fk_jobs_recording_id_recordings"), type_="foreignkey")
        batch_op.drop_column("recording_id")
        for name in ("source_image_id", "image_id"):
            batch_op.alter_column(name, existing_type=sa.String(length=40), nullable=False)
    op.drop_table("recordings")


def _standing() -> tuple[sa.Column[object], ...]:
    return (
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("changed_seq", sa.BigInteger(), nullable=False),
        sa.Column("ai_status", sa.String(length=40), nullable=True),
        sa.Column("stage", sa.String(length=40), nullable=False),
        sa.Column("stage_message", sa.Text(), nullable=False),
        sa.Column("progress", sa.Double(), nullable=True),
        sa.Column("queue_position", sa.Integer(), nullable=True),
        sa.Column("failure_code", sa.String(length=40), nullable=True),
        sa.Column("failure_message", sa.Text(), nullable=True),
    )
