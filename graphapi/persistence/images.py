"""Images: a stranger's rows cannot be reached, since every query begins at the owner's."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncConnection

from graphapi.domain.images import IN_FLIGHT
from graphapi.domain.library import Image
from graphapi.domain.variations import Position
from graphapi.persistence.records import image_of, position_of
from graphapi.persistence.tables import ImageRow, PictureRow

_PICTURE = [
    column.label(f"picture_{column.name}")
    for column in PictureRow.__table__.columns
    if column.name not in {"id", "owner_id", "created_at"}
]
NEWEST_FIRST = (ImageRow.created_at.desc(), ImageRow.id.desc())


def select_images() -> Select[Any]:
    """Select every image there is, with its picture; callers narrow it down."""
    return select(ImageRow, *_PICTURE).outerjoin(PictureRow, PictureRow.id == ImageRow.storage_id)


def owned(owner_id: str) -> Select[Any]:
    """Select the images an owner can see."""
    return select_images().where(ImageRow.owner_id == owner_id, ImageRow.deleted_at.is_(None))


async def get(connection: AsyncConnection, owner_id: str, image_id: str) -> Image | None:
    """Read one image; None when it is missing, deleted or somebody else's."""
    found = await get_many(connection, owner_id, [image_id])
    return found.get(image_id)


async def get_many(
    connection: AsyncConnection, owner_id: str, image_ids: Collection[str]
) -> dict[str, Image]:
    """Read images by id; those the owner cannot see are absent."""
    statement = owned(owner_id).where(ImageRow.id.in_(image_ids))
    return {row.id: image_of(row) for row in await connection.execute(statement)}


async def in_flight(connection: AsyncConnection, owner_id: str) -> list[Image]:
    """Read the images with work in flight, newest first."""
    statement = owned(owner_id).where(ImageRow.ai_status.in_(IN_FLIGHT)).order_by(*NEWEST_FIRST)
    return [image_of(row) for row in await connection.execute(statement)]


async def variations_of(
    connection: AsyncConnection, owner_id: str, parent_ids: Collection[str]
) -> dict[str, list[Image]]:
    """Read the variations of each of these images, newest first."""
    statement = owned(owner_id).where(ImageRow.parent_image_id.in_(parent_ids))
    families: dict[str, list[Image]] = {parent: [] for parent in parent_ids}
    for row in await connection.execute(statement.order_by(*NEWEST_FIRST)):
        families[row.parent_image_id].append(image_of(row))
    return families


async def of_generations(
    connection: AsyncConnection, owner_id: str, generation_ids: Collection[str]
) -> dict[str, list[Image]]:
    """Read the variations of each of these generations, in the order they were planned."""
    statement = owned(owner_id).where(ImageRow.generation_id.in_(generation_ids))
    families: dict[str, list[Image]] = {generation: [] for generation in generation_ids}
    for row in await connection.execute(statement.order_by(ImageRow.id)):
        families[row.generation_id].append(image_of(row))
    return families


async def position(connection: AsyncConnection, owner_id: str, image_id: str) -> Position:
    """Read where an image left off in its shots and beats."""
    statement = select(ImageRow.shots_used, ImageRow.beats_used).where(
        ImageRow.id == image_id, ImageRow.owner_id == owner_id
    )
    return position_of((await connection.execute(statement)).one())


async def authors_of(connection: AsyncConnection, owner_id: str, image_id: str) -> dict[str, str]:
    """Read who wrote each field of an image last, of a deleted one too."""
    statement = select(ImageRow.authors).where(
        ImageRow.id == image_id, ImageRow.owner_id == owner_id
    )
    return dict((await connection.execute(statement)).scalar_one())


async def categories_in_use(connection: AsyncConnection, owner_id: str) -> list[str]:
    """Read the categories of an owner's images, in the order of the alphabet."""
    statement = (
        select(ImageRow.category)
        .where(ImageRow.owner_id == owner_id, ImageRow.deleted_at.is_(None))
        .where(ImageRow.category.is_not(None))
        .distinct()
        .order_by(ImageRow.category)
    )
    return [category for category in (await connection.execute(statement)).scalars() if category]


async def ever_any(connection: AsyncConnection, owner_id: str) -> bool:
    """Tell whether an owner's library holds or ever held an image."""
    statement = select(ImageRow.id).where(ImageRow.owner_id == owner_id).limit(1)
    return (await connection.execute(statement)).first() is not None
