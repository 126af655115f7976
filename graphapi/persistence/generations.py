"""Generations, with how their variations stand."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, case, exists, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import aliased

from graphapi.domain.jobs import LIVE, JobState, Stage
from graphapi.domain.standing import Generation, GenerationCounts
from graphapi.persistence.models import GenerationRow, JobRow
from graphapi.persistence.records import AnyRow
from graphapi.persistence.unit_of_work import UnitOfWork

# Made once, since an alias copies every column and these are asked with every event.
_newer = aliased(JobRow)
# Whether a job is the latest attempt at its image within its generation.
_IS_LATEST = ~exists().where(
    _newer.generation_id == JobRow.generation_id,
    _newer.image_id == JobRow.image_id,
    _newer.id > JobRow.id,
)
# By jobs: an image that was made and is then analysed is in flight again, its job is not.
_WAITS = (JobRow.state == JobState.QUEUED) & (JobRow.stage == Stage.WAITING)
_COUNTED: dict[str, ColumnElement[bool]] = {
    "queued": _WAITS,
    "processing": JobRow.state.in_(LIVE) & ~_WAITS,
    "completed": JobRow.state == JobState.SUCCEEDED,
    "failed": JobRow.state == JobState.FAILED,
    "cancelled": JobRow.state == JobState.CANCELLED,
}
_COUNTS = [
    func.coalesce(func.sum(case((condition, 1), else_=0)), 0).label(name)
    for name, condition in _COUNTED.items()
]


async def add(unit: UnitOfWork, values: dict[str, Any]) -> None:
    """Insert a generation."""
    await unit.connection.execute(insert(GenerationRow).values(**values))


async def get(connection: AsyncConnection, generation_id: str) -> AnyRow:
    """Read all that was asked when a generation was scheduled."""
    statement = select(GenerationRow).where(GenerationRow.id == generation_id)
    return (await connection.execute(statement)).one()


async def get_many(
    connection: AsyncConnection, owner_id: str, generation_ids: Collection[str]
) -> dict[str, Generation]:
    """Read generations by id; those of other people are absent."""
    condition = (GenerationRow.id.in_(generation_ids)) & (GenerationRow.owner_id == owner_id)
    return {generation.id: generation for generation in await _read(connection, condition)}


async def latest_of(
    connection: AsyncConnection, image_ids: Collection[str]
) -> dict[str, Generation]:
    """Read the generation last asked of each image; one that was never asked is absent."""
    newest = (
        select(func.max(GenerationRow.id))
        .where(GenerationRow.image_id.in_(image_ids))
        .group_by(GenerationRow.image_id)
    )
    generations = await _read(connection, GenerationRow.id.in_(newest))
    return {generation.image_id: generation for generation in generations}


async def by_id(
    connection: AsyncConnection, generation_ids: Collection[str]
) -> dict[str, Generation]:
    """Read generations by id, whoever owns them; for the push path, which checks owners itself."""
    generations = await _read(connection, GenerationRow.id.in_(generation_ids))
    return {generation.id: generation for generation in generations}


async def _read(connection: AsyncConnection, condition: ColumnElement[bool]) -> list[Generation]:
    statement = (
        select(
            GenerationRow.id,
            GenerationRow.owner_id,
            GenerationRow.image_id,
            GenerationRow.created_at,
            *_COUNTS,
        )
        .outerjoin(JobRow, (JobRow.generation_id == GenerationRow.id) & _IS_LATEST)
        .where(condition)
        .group_by(GenerationRow.id)
    )
    return [_generation_of(row) for row in await connection.execute(statement)]


def _generation_of(row: AnyRow) -> Generation:
    counts = GenerationCounts(row.queued, row.processing, row.completed, row.failed, row.cancelled)
    return Generation(row.id, row.owner_id, row.image_id, counts, row.created_at)
