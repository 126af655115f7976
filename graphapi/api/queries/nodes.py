"""Anything by its id."""

from typing import Annotated

import strawberry

from graphapi.api.context import Info
from graphapi.api.fields import query
from graphapi.api.types.generation import Generation
from graphapi.api.types.image import Image
from graphapi.api.types.node import Node
from graphapi.api.types.recording import Recording
from graphapi.domain.ids import Noun, noun_of


@strawberry.type
class NodeQueries:
    """Reads by id."""

    @query(
        "One request for variations, with how they stand; null when there is none of "
        "yours with this id."
    )
    async def generation(
        self,
        info: Info,
        id: Annotated[strawberry.ID, strawberry.argument(description="The generation's id.")],
    ) -> Generation | None:
        """Find a generation."""
        return await _generation(info, id)

    @query("Anything of yours by its id; null when there is nothing.")
    async def node(
        self,
        info: Info,
        id: Annotated[strawberry.ID, strawberry.argument(description="The id, whatever it names.")],
    ) -> Node | None:
        """Find whatever an id names."""
        match noun_of(id):
            case Noun.IMAGE:
                found = await info.context.loaders.image.load(id)
                return Image.of(found, info.context.services.links) if found else None
            case Noun.GENERATION:
                return await _generation(info, id)
            case Noun.RECORDING:
                return await _recording(info, id)
        return None


async def _recording(info: Info, id: str) -> Recording | None:
    services = info.context.services
    found = await services.recordings.get(info.context.user, id)
    return Recording.of(found, services.links) if found else None


async def _generation(info: Info, id: str) -> Generation | None:
    found = await info.context.loaders.generation.load(id)
    return Generation.of(found) if found else None
