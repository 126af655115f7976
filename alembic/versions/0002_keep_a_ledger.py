"""Keep a ledger, and enter into it what was asked for before there was one."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

# Nothing was priced so far: what this server made itself was free, the rest is unknown unless its
# provider named the charge.
_RESERVED = """
INSERT INTO ledger (job_id, closes, entry, owner_id, project_name, provider, model,
                    amount_micros, exactness, billed, created_at)
SELECT jobs.id, false, 'RESERVE', jobs.owner_id, images.project_name, jobs.provider, jobs.model,
       CASE WHEN jobs.provider = 'local' THEN 0 END,
       CASE WHEN jobs.provider = 'local' THEN 'EXACT' ELSE 'UNKNOWN' END,
       'NO', jobs.created_at
FROM jobs JOIN images ON images.id = jobs.source_image_id
"""
_SETTLED = """
INSERT INTO ledger (job_id, closes, entry, owner_id, project_name, provider, model,
                    amount_micros, exactness, billed, created_at)
SELECT jobs.id, true, 'SETTLE', jobs.owner_id, ledger.project_name, jobs.provider, jobs.model,
       COALESCE(jobs.charged_micros, ledger.amount_micros),
       CASE WHEN jobs.charged_micros IS NOT NULL THEN 'EXACT' ELSE ledger.exactness END,
       CASE WHEN jobs.state IN ('RESULT_READY', 'SUCCEEDED') THEN 'YES' ELSE jobs.billed END,
       COALESCE(jobs.finished_at, jobs.created_at)
FROM jobs JOIN ledger ON ledger.job_id = jobs.id
WHERE jobs.state IN ('RESULT_READY', 'SUCCEEDED')
   OR (jobs.state IN ('FAILED', 'CANCELLED') AND jobs.billed = 'YES')
   OR (jobs.state IN ('FAILED', 'CANCELLED') AND jobs.billed = 'UNKNOWN'
       AND jobs.provider <> 'local')
"""
_RELEASED = """
INSERT INTO ledger (job_id, closes, entry, owner_id, project_name, provider, model,
                    amount_micros, exactness, billed, created_at)
SELECT jobs.id, true, 'RELEASE', jobs.owner_id, ledger.project_name, jobs.provider, jobs.model,
       ledger.amount_micros, ledger.exactness, 'NO', COALESCE(jobs.finished_at, jobs.created_at)
FROM jobs JOIN ledger ON ledger.job_id = jobs.id
WHERE jobs.state IN ('FAILED', 'CANCELLED')
  AND (jobs.billed = 'NO' OR (jobs.billed = 'UNKNOWN' AND jobs.provider = 'local'))
"""


def upgrade() -> None:
    """Apply the change."""
    op.create_table(
        "ledger",
        sa.Column("job_id", sa.String(length=40), nullable=False),
        sa.Column("closes", sa.Boolean(), nullable=False),
        sa.Column("entry", sa.String(length=40), nullable=False),
        sa.Column("owner_id", sa.String(length=40), nullable=False),
        sa.Column("project_name", sa.Text(), nullable=True),
        sa.Column("provider", sa.String(length=40), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("amount_micros", sa.BigInteger(), nullable=True),
        sa.Column("unit_micros", sa.BigInteger(), nullable=True),
        sa.Column("exactness", sa.String(length=40), nullable=False),
        sa.Column("price_source", sa.Text(), nullable=True),
        sa.Column("price_as_of", sa.Date(), nullable=True),
        sa.Column("billed", sa.String(length=40), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["job_id"], ["jobs.id"], name=op.f("fk_ledger_job_id_jobs"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["users.id"], name=op.f("fk_ledger_owner_id_users"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("job_id", "closes", name=op.f("pk_ledger")),
    )
    with op.batch_alter_table("ledger", schema=None) as batch_op:
        batch_op.create_index(
            "ix_ledger_owner_day", ["owner_id", "closes", "created_at"], unique=False
        )
    for statement in (_RESERVED, _SETTLED, _RELEASED):
        op.execute(statement)


def downgrade() -> None:
    """Take the change back."""
    with op.batch_alter_table("ledger", schema=None) as batch_op:
        batch_op.drop_index("ix_ledger_owner_day")
    op.drop_table("ledger")
