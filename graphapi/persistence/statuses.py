"""Where images stand, for the push path: read by id whoever owns them, deleted ones included.

The mailboxes compare owners; these rows never leave the process any other way.
"""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import bindparam
from sqlalchemy.ext.asyncio import AsyncConnection

from graphapi.domain.images import IN_FLIGHT
from graphapi.domain.library import Image, ImageStatus
from graphapi.persistence import generations
from graphapi.persistence.images import NEWEST_FIRST, owned, select_images
from graphapi.persistence.records import image_of
from graphapi.persistence.tables import ImageRow

# Made once: each change asks it.
_OF_IMAGES = (
    select_images()
    .where(ImageRow.id.in_(bindparam("image_ids", expanding=True)))
    .order_by(*NEWEST_FIRST)
)


async def of_images(connection: AsyncConnection, image_ids: Collection[str]) -> list[ImageStatus]:
    """Read how these images stand now."""
    rows = await connection.execute(_OF_IMAGES, {"image_ids": list(image_ids)})
    return await _statuses(connection, [image_of(row) for row in rows])


async def watched(
    connection: AsyncConnection,
    owner_id: str,
    *,
    image_ids: Collection[str] | None,
    parent_image_id: str | None,
    generation_id: str | None,
) -> list[ImageStatus]:
    """Read how an owner's watched images stand; without a filter, those with work in flight."""
    statement = owned(owner_id)
    if image_ids is not None:
        statement = statement.where(ImageRow.id.in_(image_ids))
    if parent_image_id is not None:
        is_family = (ImageRow.parent_image_id == parent_image_id) | (ImageRow.id == parent_image_id)
        statement = statement.where(is_family)
    if generation_id is not None:
        statement = statement.where(ImageRow.generation_id == generation_id)
    if image_ids is None and parent_image_id is None and generation_id is None:
        statement = statement.where(ImageRow.ai_status.in_(IN_FLIGHT))
    rows = await connection.execute(statement.order_by(*NEWEST_FIRST))
    return await _statuses(connection, [image_of(row) for row in rows])


async def _statuses(connection: AsyncConnection, images: Sequence[Image]) -> list[ImageStatus]:
    own = await generations.by_id(
        connection, {image.generation_id for image in images if image.generation_id}
    )
    asked = await generations.latest_of(connection, {image.id for image in images})
    return [ImageStatus(image, _generation(image, own, asked)) for image in images]


def _generation(image: Image, own: dict[str, Any], asked: dict[str, Any]) -> Any:
    """Choose the generation an image asked for last, else the one it came from."""
    return asked.get(image.id) or own.get(image.generation_id or "")
