"""Generations, with how their variations stand."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, bindparam, case, exists, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import aliased

from graphapi.domain.jobs import LIVE, JobKind, JobState, Stage
from graphapi.domain.options import Normalisation, of_picture
from graphapi.domain.standing import Generation, GenerationCounts
from graphapi.persistence.records import AnyRow, normalisation_of
from graphapi.persistence.tables import GenerationRow, ImageRow, JobRow
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
# What stands for a request that works on no image.
_FIRST_MADE = (
    select(func.min(ImageRow.id))
    .where(ImageRow.generation_id == GenerationRow.id)
    .correlate(GenerationRow)
    .scalar_subquery()
)
_COUNTED_UP = (
    select(
        GenerationRow.id,
        GenerationRow.owner_id,
        func.coalesce(GenerationRow.image_id, _FIRST_MADE).label("image_id"),
        GenerationRow.created_at,
        *_COUNTS,
    )
    .outerjoin(JobRow, (JobRow.generation_id == GenerationRow.id) & _IS_LATEST)
    .group_by(GenerationRow.id)
)
_BY_ID = _COUNTED_UP.where(GenerationRow.id.in_(bindparam("generation_ids", expanding=True)))
_OWNED = _BY_ID.where(GenerationRow.owner_id == bindparam("the_owner"))
_LATEST_OF = _COUNTED_UP.where(
    GenerationRow.id.in_(
        select(func.max(GenerationRow.id))
        .where(GenerationRow.image_id.in_(bindparam("image_ids", expanding=True)))
        .group_by(GenerationRow.image_id)
    )
)


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
    asked = {"the_owner": owner_id, "generation_ids": list(generation_ids)}
    rows = await connection.execute(_OWNED, asked)
    return {row.id: _generation_of(row) for row in rows}


async def normalised(
    connection: AsyncConnection, owner_id: str, generation_ids: Collection[str]
) -> dict[str, list[Normalisation]]:
    """Read what became of the parameters of each generation; those of other people are absent."""
    statement = select(GenerationRow.id, GenerationRow.normalised).where(
        GenerationRow.id.in_(generation_ids), GenerationRow.owner_id == owner_id
    )
    return {
        row.id: [normalisation_of(each) for each in row.normalised]
        for row in await connection.execute(statement)
    }


async def normalised_of_images(
    connection: AsyncConnection, owner_id: str, image_ids: Collection[str]
) -> dict[str, tuple[Normalisation, ...]]:
    """Read what became of the parameters of each variation; those of other people are absent."""
    statement = (
        select(JobRow.image_id, JobRow.options, GenerationRow.normalised)
        .join(GenerationRow, GenerationRow.id == JobRow.generation_id)
        .where(
            JobRow.image_id.in_(image_ids),
            JobRow.owner_id == owner_id,
            JobRow.kind == JobKind.VARIATION,
        )
        .order_by(JobRow.id)
    )
    return {
        row.image_id: of_picture([normalisation_of(each) for each in row.normalised], row.options)
        for row in await connection.execute(statement)
    }


async def latest_of(
    connection: AsyncConnection, image_ids: Collection[str]
) -> dict[str, Generation]:
    """Read the generation last asked of each image; one that was never asked is absent."""
    rows = await connection.execute(_LATEST_OF, {"image_ids": list(image_ids)})
    return {row.image_id: _generation_of(row) for row in rows}


async def by_id(
    connection: AsyncConnection, generation_ids: Collection[str]
) -> dict[str, Generation]:
    """Read generations by id, whoever owns them; for the push path, which checks owners itself."""
    rows = await connection.execute(_BY_ID, {"generation_ids": list(generation_ids)})
    return {row.id: _generation_of(row) for row in rows}


def _generation_of(row: AnyRow) -> Generation:
    counts = GenerationCounts(row.queued, row.processing, row.completed, row.failed, row.cancelled)
    return Generation(row.id, row.owner_id, row.image_id, counts, row.created_at)
