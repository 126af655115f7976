"""Looking at what a model made before it is shown: what is doubtful is noted beside it."""

import logging
from functools import partial

from graphapi.domain.images import Picture
from graphapi.domain.keys import result_key
from graphapi.domain.quality import Glance, QualityFlag, doubts
from graphapi.domain.shapes import Shape, shape_sent
from graphapi.errors import GraphapiError
from graphapi.persistence import generations, inputs
from graphapi.persistence.database import Database
from graphapi.persistence.records import AnyRow
from graphapi.services.keeping import Shelf
from graphapi.services.models import Models

logger = logging.getLogger(__name__)


class Judging:
    """Keeps pictures that were made, and judges them beside the ones they were made from."""

    def __init__(self, database: Database, shelf: Shelf, models: Models) -> None:
        self._database = database
        self._shelf = shelf
        self._models = models

    async def keep(self, job: AnyRow, content: bytes) -> tuple[Picture, tuple[QualityFlag, ...]]:
        """Store the picture that a job has brought, and tell what is doubtful about it.

        Doing it again writes the same keys. Raises PictureRefused and StorageFailed.
        """
        # The sources first: else they stand in line behind the pictures of every other job, and all
        # jobs end together, with the last.
        sources = await self._sources(job)
        picture, made = await self._shelf.keep(content, partial(result_key, job.id))
        return picture, doubts(made, *sources, shape=await self._shape(job))

    async def _shape(self, job: AnyRow) -> Shape | None:
        async with self._database.read() as connection:
            generation_id = job.generation_id
            noted = await generations.normalised(connection, job.owner_id, [generation_id])
        model = self._models.named(job)
        return shape_sent(model, job.options, noted.get(generation_id, ()))

    async def _sources(self, job: AnyRow) -> list[Glance]:
        try:
            async with self._database.read() as connection:
                found = await inputs.pictures_of(connection, job)
            return [await self._shelf.glance(picture) for picture in found]
        except (GraphapiError, FileNotFoundError) as error:
            # The result was paid for: a source that cannot be read is no reason to keep it back.
            logger.warning("The sources of %s could not be compared: %s", job.id, error)
            return []
