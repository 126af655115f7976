"""What happened to each job, in order, for whoever asks later. Only `transition` adds moves."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from graphapi.domain.jobs import Mover
from graphapi.persistence.records import AnyRow
from graphapi.persistence.tables import JobEventRow, table_of
from graphapi.persistence.unit_of_work import UnitOfWork

# Made once: every move adds one.
_ADD = insert(table_of(JobEventRow))


async def add(unit: UnitOfWork, job: AnyRow, by: Mover, message: str | None = None) -> None:
    """Note how a job stands since somebody changed it; `message` replaces what it says itself."""
    event = {
        "job_id": job.id,
        "version": job.version,
        "at": unit.clock.now(),
        "mover": by,
        "state": job.state,
        "message": message or job.failure_message or job.stage_message,
    }
    await unit.connection.execute(_ADD, event)


async def add_first(unit: UnitOfWork, jobs: Iterable[dict[str, Any]]) -> None:
    """Note that jobs were asked for."""
    now = unit.clock.now()
    first = [
        {
            "job_id": job["id"],
            "version": 1,
            "at": now,
            "mover": Mover.API,
            "state": job["state"],
            "message": job["stage_message"],
        }
        for job in jobs
    ]
    await unit.connection.execute(_ADD, first)


async def of_job(connection: AsyncConnection, job_id: str) -> Sequence[AnyRow]:
    """Read what happened to a job, oldest first."""
    statement = select(JobEventRow).where(JobEventRow.job_id == job_id)
    return (await connection.execute(statement.order_by(JobEventRow.version))).all()
