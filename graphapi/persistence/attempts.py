"""The attempts at each variation: its jobs, oldest first, never another owner's."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from graphapi.domain.jobs import TERMINAL, JobKind, Mover
from graphapi.persistence import job_events, riding
from graphapi.persistence.records import AnyRow
from graphapi.persistence.tables import JobRow
from graphapi.persistence.unit_of_work import UnitOfWork


async def of_images(
    connection: AsyncConnection, owner_id: str, image_ids: Collection[str]
) -> dict[str, list[AnyRow]]:
    """Read the attempts at each of these images, oldest first."""
    made = and_(JobRow.image_id.in_(image_ids), JobRow.kind == JobKind.VARIATION)
    found: dict[str, list[AnyRow]] = {image_id: [] for image_id in image_ids}
    for row in await _oldest_first(connection, owner_id, made):
        found[row.image_id].append(row)
    return found


async def of_recordings(
    connection: AsyncConnection, owner_id: str, recording_ids: Collection[str]
) -> dict[str, list[AnyRow]]:
    """Read the attempts at each of these recordings, oldest first; an upload has none."""
    made = JobRow.recording_id.in_(recording_ids)
    found: dict[str, list[AnyRow]] = {recording_id: [] for recording_id in recording_ids}
    for row in await _oldest_first(connection, owner_id, made):
        found[row.recording_id].append(row)
    return found


async def at_the_same(connection: AsyncConnection, job: AnyRow) -> list[AnyRow]:
    """Read all attempts at what a job is one attempt at, oldest first."""
    if job.recording_id is not None:
        found = await of_recordings(connection, job.owner_id, [job.recording_id])
        return found[job.recording_id]
    return (await of_images(connection, job.owner_id, [job.image_id]))[job.image_id]


async def latest_of_generation(
    connection: AsyncConnection, owner_id: str, generation_id: str
) -> list[AnyRow]:
    """Read the latest attempt at each image of a generation, in the order they were planned."""
    statement = select(JobRow).where(
        JobRow.generation_id == generation_id, JobRow.owner_id == owner_id
    )
    rows = await connection.execute(statement.order_by(JobRow.id))
    latest = {row.image_id: row for row in rows}
    return [latest[image_id] for image_id in sorted(latest)]


async def first_of_generation(
    connection: AsyncConnection, owner_id: str, generation_id: str
) -> list[AnyRow]:
    """Read the first attempt at each image of a generation, in the order they were planned."""
    statement = select(JobRow).where(
        JobRow.generation_id == generation_id, JobRow.owner_id == owner_id
    )
    first: dict[str, AnyRow] = {}
    for row in await connection.execute(statement.order_by(JobRow.id)):
        first.setdefault(row.image_id, row)
    return [first[image_id] for image_id in sorted(first)]


async def other_requests(connection: AsyncConnection, job: AnyRow) -> frozenset[str]:
    """Read the provider's ids of what else was asked of the same model in the same words.

    Not that of what rides with the job, or takes in late what such a one has brought.
    """
    statement = select(JobRow.request_id).where(
        JobRow.provider == job.provider,
        JobRow.model == job.model,
        JobRow.prompt == job.prompt,
        JobRow.id != job.id,
        JobRow.request_id.is_not(None),
    )
    if job.pictures > 1:
        ours = [each.id for each in await riding.party_of(connection, job)]
        statement = statement.where(
            JobRow.id.not_in(ours), or_(JobRow.adopts.is_(None), JobRow.adopts.not_in(ours))
        )
    found = (await connection.execute(statement)).scalars()
    return frozenset(request_id for request_id in found if request_id)


async def is_anothers(connection: AsyncConnection, job: AnyRow, request_id: str) -> bool:
    """Tell whether a request that was found is known to be another's; the provider is locked.

    Two that were asked for in the very same words look alike in a history.
    """
    leader = await riding.leader_of(connection, job)
    return request_id in await other_requests(connection, leader)


async def keep_evidence(
    unit: UnitOfWork, job: AnyRow, by: Mover, message: str, **values: Any
) -> None:
    """Keep what has become known of an attempt after its end; where it stands stays."""
    statement = update(JobRow).where(JobRow.id == job.id, JobRow.state.in_(TERMINAL))
    kept = await unit.connection.execute(
        statement.values(version=JobRow.version + 1, **values).returning(*JobRow.__table__.columns)
    )
    row = kept.one_or_none()
    if row is not None:
        await job_events.add(unit, row, by, message)


async def _oldest_first(
    connection: AsyncConnection, owner_id: str, made: ColumnElement[bool]
) -> Sequence[AnyRow]:
    statement = select(JobRow).where(made, JobRow.owner_id == owner_id).order_by(JobRow.id)
    return (await connection.execute(statement)).all()
