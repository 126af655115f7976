"""The images that a request in a person's own words works on."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from graphapi.domain.images import Picture
from graphapi.domain.standing import Input
from graphapi.persistence.records import AnyRow, picture_of
from graphapi.persistence.tables import GenerationRow, InputRow, PictureRow
from graphapi.persistence.unit_of_work import UnitOfWork


async def add(unit: UnitOfWork, generation_id: str, rows: Sequence[dict[str, Any]]) -> None:
    """Insert a request's inputs, in order."""
    if rows:
        numbered = [
            {"generation_id": generation_id, "number": number} | row
            for number, row in enumerate(rows)
        ]
        await unit.connection.execute(insert(InputRow), numbered)


async def of_generations(
    connection: AsyncConnection, owner_id: str, generation_ids: Collection[str]
) -> dict[str, list[Input]]:
    """Read what each of these requests works on, in order; those of other people are absent.

    A request for variations works on its source alone, and one for images from words on nothing.
    """
    asked = select(GenerationRow.id, GenerationRow.mode, GenerationRow.image_id).where(
        GenerationRow.id.in_(generation_ids), GenerationRow.owner_id == owner_id
    )
    found = {
        row.id: [Input(row.image_id)] if row.mode else [] for row in await connection.execute(asked)
    }
    listed = select(InputRow).where(InputRow.generation_id.in_(found))
    for row in await connection.execute(listed.order_by(InputRow.number)):
        found[row.generation_id].append(Input(row.image_id, row.role))
    return found


async def pictures_of(connection: AsyncConnection, job: AnyRow) -> list[Picture]:
    """Read the pictures that a job works on, in order; raises FileNotFoundError for one gone."""
    listed = select(InputRow.picture_id, InputRow.number).where(
        InputRow.generation_id == job.generation_id
    )
    ids = [row.picture_id for row in await connection.execute(listed.order_by(InputRow.number))]
    ids = ids or [job.picture_id] if job.picture_id else []
    statement = select(PictureRow).where(
        PictureRow.id.in_(ids), PictureRow.owner_id == job.owner_id
    )
    found = {row.id: picture_of(row) for row in await connection.execute(statement)}
    missing = [picture_id for picture_id in ids if picture_id not in found]
    if missing:
        raise FileNotFoundError(missing[0])
    return [found[picture_id] for picture_id in ids]
