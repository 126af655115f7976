"""Scaling a mask along with its picture, where a smaller copy of that is sent."""

import base64

from graphapi.domain.masks import content_of, is_scaled
from graphapi.domain.models import Model
from graphapi.persistence import inputs
from graphapi.persistence.database import Database
from graphapi.persistence.records import AnyRow
from graphapi.services.keeping import Shelf


class Masks:
    """Lays masks on what is sent; nothing of that is kept, since it comes out the same again."""

    def __init__(self, database: Database, shelf: Shelf) -> None:
        self._database = database
        self._shelf = shelf

    async def scaled(self, job: AnyRow, model: Model) -> dict[str, str]:
        """Make the data URI of a job's mask anew, by the provider's name for it.

        Empty where the mask goes out as it was given. Raises FileNotFoundError, StorageFailed,
        and PictureRefused for a mask that cannot be read.
        """
        wire = next((each.wire for each in model.parameters if each.mask), None)
        content = content_of(job.options.get(wire, ""))
        if wire is None or content is None or job.picture_id is None:
            return {}
        async with self._database.read() as connection:
            picture = (await inputs.pictures_of(connection, job))[0]
        if not is_scaled(picture, model.source_limits):
            return {}
        copy = await self._shelf.copy_within(picture, model.source_limits)
        laid = await self._shelf.lay(content, copy)
        return {wire: f"data:{laid.content_type};base64,{base64.b64encode(laid.content).decode()}"}
