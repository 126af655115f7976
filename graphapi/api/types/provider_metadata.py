"""What a provider said about a result."""

from typing import Self

import strawberry
from strawberry.scalars import JSON

from graphapi.api.types.scalars import Long, long_of
from graphapi.domain import images


@strawberry.type(
    description="What the provider said about a result, as it said it; null where it said nothing. "
    "The picture that is stored was measured here: for its size ask `Image.width`."
)
class ProviderMetadata:
    """A provider's own words."""

    nsfw: bool | None = strawberry.field(
        description="Whether the provider holds the picture to be unsafe to show at work."
    )
    width: int | None = strawberry.field(description="The width it named, in pixels.")
    height: int | None = strawberry.field(description="The height it named, in pixels.")
    content_type: str | None = strawberry.field(
        description="The media type it named, such as `image/png`."
    )
    seed: Long | None = strawberry.field(
        description="The seed of the model's chance: the same request with the same seed comes "
        "close to the same picture."
    )
    description: str | None = strawberry.field(
        description="What the model said beside the picture, in its own words."
    )
    timings: JSON | None = strawberry.field(
        description="How long its steps took, in seconds, in its own names."
    )

    @classmethod
    def of(cls, said: images.ProviderMetadata) -> Self:
        """Show what a provider said."""
        return cls(
            nsfw=said.nsfw,
            width=said.width,
            height=said.height,
            content_type=said.content_type,
            seed=long_of(said.seed),
            description=said.description,
            timings=None if said.timings is None else JSON(said.timings),
        )
