"""Take requests in a person's own words: for no image, for one, or for several at once."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply the change."""
    with op.batch_alter_table("generations", schema=None) as batch_op:
        for name in ("image_id", "mode", "aspect_ratio"):
            batch_op.alter_column(name, existing_type=sa.String(length=40), nullable=True)
    with op.batch_alter_table("jobs", schema=None) as batch_op:
        batch_op.alter_column("picture_id", existing_type=sa.String(length=40), nullable=True)
        batch_op.add_column(
            sa.Column("further_urls", sa.JSON(), server_default="[]", nullable=False)
        )
    op.create_table(
        "generation_inputs",
        sa.Column("generation_id", sa.String(length=40), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("image_id", sa.String(length=40), nullable=False),
        sa.Column("picture_id", sa.String(length=40), nullable=False),
        sa.Column("role", sa.Text(), nullable=True),
        *(
            sa.ForeignKeyConstraint(
                [f"{name}_id"],
                [f"{name}s.id"],
                name=op.f(f"fk_generation_inputs_{name}_id_{name}s"),
                ondelete="RESTRICT",
            )
            for name in ("generation", "image", "picture")
        ),
        sa.PrimaryKeyConstraint("generation_id", "number", name=op.f("pk_generation_inputs")),
    )
    op.create_index(op.f("ix_generation_inputs_image_id"), "generation_inputs", ["image_id"])
    # What is hosted can be uploaded again for nothing, so nothing is carried over.
    op.drop_table("hosted_sources")
    op.create_table(
        "hosted_sources",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        *_hosted(),
        sa.PrimaryKeyConstraint("sha256", "provider", name=op.f("pk_hosted_sources")),
    )


def downgrade() -> None:
    """Take the change back; the database refuses while there are requests without a mode."""
    op.drop_table("hosted_sources")
    op.create_table(
        "hosted_sources",
        sa.Column("picture_id", sa.String(length=40), nullable=False),
        *_hosted(),
        sa.ForeignKeyConstraint(
            ["picture_id"],
            ["pictures.id"],
            name=op.f("fk_hosted_sources_picture_id_pictures"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("picture_id", "provider", name=op.f("pk_hosted_sources")),
    )
    op.drop_table("generation_inputs")
    with op.batch_alter_table("jobs", schema=None) as batch_op:
        batch_op.drop_column("further_urls")
        batch_op.alter_column("picture_id", existing_type=sa.String(length=40), nullable=False)
    with op.batch_alter_table("generations", schema=None) as batch_op:
        for name in ("aspect_ratio", "mode", "image_id"):
            batch_op.alter_column(name, existing_type=sa.String(length=40), nullable=False)


def _hosted() -> tuple[sa.Column[str], sa.Column[str], sa.Column[sa.DateTime]]:
    return (
        sa.Column("provider", sa.String(length=40), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
    )
