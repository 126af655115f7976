"""Where images stand, for those who watch."""

from collections.abc import Collection, Sequence

from graphapi.domain.library import ImageStatus
from graphapi.domain.users import User
from graphapi.errors import NotFound
from graphapi.persistence import generations, images, statuses
from graphapi.persistence.database import Database


class Statuses:
    """Reads how images stand: by id for the hub, by what is watched for one subscriber."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of_images(self, image_ids: Collection[str]) -> Sequence[ImageStatus]:
        """Read how these images stand now, whoever owns them."""
        async with self._database.read() as connection:
            return await statuses.of_images(connection, image_ids)

    async def watched(
        self,
        owner: User,
        *,
        image_ids: Collection[str] | None = None,
        parent_image_id: str | None = None,
        generation_id: str | None = None,
    ) -> Sequence[ImageStatus]:
        """Read how what a subscriber watches stands now."""
        async with self._database.read() as connection:
            return await statuses.watched(
                connection,
                owner.id,
                image_ids=image_ids,
                parent_image_id=parent_image_id,
                generation_id=generation_id,
            )

    async def check_watch(
        self,
        owner: User,
        *,
        image_ids: Collection[str] | None,
        parent_image_id: str | None,
        generation_id: str | None,
    ) -> None:
        """Check that everything named is there and the owner's; raises NotFound."""
        async with self._database.read() as connection:
            named = set(image_ids or ())
            if named - set(await images.get_many(connection, owner.id, named)):
                raise NotFound("image", ("imageIds",))
            if parent_image_id is not None and not await images.get(
                connection, owner.id, parent_image_id
            ):
                raise NotFound("image", ("parentImageId",))
            asked = [] if generation_id is None else [generation_id]
            if asked and not await generations.get_many(connection, owner.id, asked):
                raise NotFound("generation", ("generationId",))
