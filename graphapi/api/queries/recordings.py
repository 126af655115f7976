"""Reading recordings."""

from typing import Annotated

import strawberry

from graphapi.api.context import Info
from graphapi.api.fields import query
from graphapi.api.types.recording import Recording


@strawberry.type
class RecordingQueries:
    """Reads of recordings."""

    @query("One recording of yours; null when there is none with this id.")
    async def recording(
        self,
        info: Info,
        id: Annotated[strawberry.ID, strawberry.argument(description="The recording's id.")],
    ) -> Recording | None:
        """Find a recording."""
        services = info.context.services
        found = await services.recordings.get(info.context.user, id)
        return Recording.of(found, services.links) if found else None

    @query("What you had written down or spoken, newest first; uploads are not among it.")
    async def recordings(
        self,
        info: Info,
        first: Annotated[int, strawberry.argument(description="How many at most, 1 to 200.")] = 50,
        after: Annotated[
            strawberry.ID | None,
            strawberry.argument(description="The id of the last one of the page before."),
        ] = None,
    ) -> list[Recording]:
        """List recordings."""
        services = info.context.services
        listed = await services.recordings.newest(info.context.user, first, after)
        return [Recording.of(each, services.links) for each in listed]
