"""One request for variations, as the schema shows it."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Self

import strawberry

from graphapi.api.context import Info
from graphapi.api.fields import relation
from graphapi.api.types.node import Node
from graphapi.domain import library, standing

if TYPE_CHECKING:
    from graphapi.api.types.image import Image

OfImage = Annotated["Image", strawberry.lazy("graphapi.api.types.image")]


@strawberry.type(description="An image that a request works on.")
class GenerationInput:
    """One input; the image is read later."""

    role: str | None = strawberry.field(
        description="What it is, as `roles` said; null when nothing was said of it."
    )
    image_id: strawberry.Private[str]

    @relation("The image, as it is now; null once it is deleted.")
    async def image(self, info: Info) -> OfImage | None:
        """Load the image."""
        found = await info.context.loaders.image.load(self.image_id)
        return _show(found, info) if found else None


@strawberry.type(
    description="One request for variations, or for images in your own words, with how they "
    "stand: `queued`, `processing`, `completed`, `failed` and `cancelled` always add up to `total`."
)
class Generation(Node):
    """Plain counts; the images are read later."""

    total: int = strawberry.field(description="How many images were asked for, 1 to 12.")
    queued: int = strawberry.field(description="How many wait for their turn, unsent and unpaid.")
    processing: int = strawberry.field(description="How many are being made.")
    completed: int = strawberry.field(description="How many have their picture.")
    failed: int = strawberry.field(
        description="How many ended without a picture: each tells why in its `error`."
    )
    cancelled: int = strawberry.field(description="How many were cancelled.")
    created_at: datetime = strawberry.field(description="When they were asked for.")
    image_id: strawberry.Private[str]

    @relation(
        "The source image, the first one of `editImage`, as it is now; it stays here when it is "
        "deleted. Of `generateImage`, which works on none, the first image made."
    )
    async def image(self, info: Info) -> OfImage:
        """Load the source."""
        found = await info.context.loaders.source.load(self.image_id)
        if found is None:
            raise LookupError(f"the source {self.image_id} of generation {self.id} is gone")
        return _show(found, info)

    @relation(
        "The images it works on, in the order in which they are sent: one for variations, those of "
        "`editImage`, none for `generateImage`."
    )
    async def inputs(self, info: Info) -> list[GenerationInput]:
        """Load the inputs."""
        found = await info.context.loaders.inputs.load(self.id)
        return [GenerationInput(role=each.role, image_id=each.image_id) for each in found]

    @relation("The images asked for, in the order they were planned; deleted ones are left out.")
    async def variations(self, info: Info) -> list[OfImage]:
        """Load the variations."""
        found = await info.context.loaders.variations_of_generation.load(self.id)
        return [_show(each, info) for each in found]

    @classmethod
    def of(cls, generation: standing.Generation) -> Self:
        """Show a generation of the domain."""
        counts = generation.counts
        return cls(
            id=strawberry.ID(generation.id),
            total=counts.total,
            queued=counts.queued,
            processing=counts.processing,
            completed=counts.completed,
            failed=counts.failed,
            cancelled=counts.cancelled,
            created_at=generation.created_at,
            image_id=generation.image_id,
        )


def _show(image: library.Image, info: Info) -> "Image":
    from graphapi.api.types.image import Image  # noqa: PLC0415 - an image has its generation too

    return Image.of(image, info.context.services.links)
