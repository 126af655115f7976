"""Jobs as an operator looks at them: everybody's, with all that happened to each."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from graphapi.domain.jobs import JobState, Mover
from graphapi.persistence.records import AnyRow
from graphapi.persistence.tables import JobEventRow, JobRow, LedgerRow, UserRow


async def newest(
    connection: AsyncConnection, states: Collection[JobState], user: str | None, limit: int
) -> Sequence[AnyRow]:
    """Read the newest jobs in these states, of one person or of everybody, with `user_name`."""
    statement = (
        select(JobRow, UserRow.name.label("user_name"))
        .join(UserRow, UserRow.id == JobRow.owner_id)
        .where(JobRow.state.in_(states))
    )
    if user is not None:
        statement = statement.where(UserRow.name == user)
    return (await connection.execute(statement.order_by(JobRow.id.desc()).limit(limit))).all()


async def one(connection: AsyncConnection, job_id: str) -> AnyRow | None:
    """Read a job, with `user_name`."""
    statement = (
        select(JobRow, UserRow.name.label("user_name"))
        .join(UserRow, UserRow.id == JobRow.owner_id)
        .where(JobRow.id == job_id)
    )
    return (await connection.execute(statement)).one_or_none()


async def attempts_of(connection: AsyncConnection, job: AnyRow) -> Sequence[str]:
    """Read the ids of all attempts at what a job is one at, oldest first."""
    if job.recording_id is None:
        same = JobRow.image_id == job.image_id
    else:
        same = JobRow.recording_id == job.recording_id
    statement = select(JobRow.id).where(same, JobRow.kind == job.kind)
    return (await connection.execute(statement.order_by(JobRow.id))).scalars().all()


async def lines_of(connection: AsyncConnection, job_id: str) -> Sequence[AnyRow]:
    """Read a job's lines of the ledger, the reservation first."""
    statement = select(LedgerRow).where(LedgerRow.job_id == job_id)
    return (await connection.execute(statement.order_by(LedgerRow.closes))).all()


async def moved_since(
    connection: AsyncConnection, start: datetime, movers: Collection[Mover]
) -> Sequence[AnyRow]:
    """Read what these movers have done to any job since then, oldest first."""
    statement = select(JobEventRow).where(JobEventRow.at >= start, JobEventRow.mover.in_(movers))
    return (await connection.execute(statement.order_by(JobEventRow.at, JobEventRow.job_id))).all()
