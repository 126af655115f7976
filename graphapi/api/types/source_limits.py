"""How large a picture a model takes in, as the schema shows it."""

from typing import Self

import strawberry

from graphapi.domain import sources


@strawberry.type(
    description="How large each input picture may be. Of a larger one a copy is made and sent, "
    "which `normalised` tells; what is stored stays as it is."
)
class SourceLimits:
    """The limits of one model."""

    most_bytes: int | None = strawberry.field(
        description="The most bytes it may have; null for no limit."
    )
    longest_side: int | None = strawberry.field(
        description="The most pixels on a side; null for no limit."
    )
    most_pixels: int | None = strawberry.field(
        description="The most pixels in all; null for no limit."
    )
    inline_bytes: int = strawberry.field(
        description="Pictures that have no more bytes than this together travel inside the "
        "request; larger ones are fetched or uploaded. 0 for a model whose pictures always do, or "
        "never."
    )
    basis: str | None = strawberry.field(description="Who says so; null when nobody does.")

    @classmethod
    def of(cls, limits: sources.SourceLimits) -> Self:
        """Show the limits of a row of the registry."""
        return cls(
            most_bytes=limits.most_bytes,
            longest_side=limits.longest_side,
            most_pixels=limits.most_pixels,
            inline_bytes=limits.inline_bytes,
            basis=limits.basis,
        )
