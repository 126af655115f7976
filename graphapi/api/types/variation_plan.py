"""A request for variations before it is made, as the schema shows it."""

from typing import Self

import strawberry

from graphapi.api.types.directions import AspectRatio, ShotType
from graphapi.api.types.money import Price
from graphapi.api.types.normalisation import Normalisation
from graphapi.services.quoting import Quote


@strawberry.type(description="One variation of a plan: what would be sent, and what that costs.")
class PlannedVariation:
    """One item of a quote."""

    prompt: str = strawberry.field(description="The prompt, to the byte.")
    shot_type: ShotType | None = strawberry.field(
        description="The shot; null where the mode or a detail decides it."
    )
    provider: str = strawberry.field(description="Who would make it, such as `fal`.")
    model: str = strawberry.field(description="The model that would make it.")
    aspect_ratio: AspectRatio = strawberry.field(description="The shape of the picture.")
    price: Price = strawberry.field(description="What it costs.")
    normalised: list[Normalisation] = strawberry.field(
        description="What becomes of each parameter that was asked for, or has to be said."
    )


@strawberry.type(
    description="What a request for variations sends, item by item, and what all of it costs."
)
class VariationPlan:
    """A quote."""

    items: list[PlannedVariation] = strawberry.field(description="The variations, in order.")
    price: Price = strawberry.field(
        description="What they cost together: unknown as soon as one of them is."
    )

    @classmethod
    def of(cls, quote: Quote) -> Self:
        """Show a quote."""
        return cls(
            items=[
                PlannedVariation(
                    prompt=variation.prompt,
                    shot_type=variation.shot_type,
                    provider=quote.model.provider,
                    model=quote.model.id,
                    # A variation always has a shape.
                    aspect_ratio=AspectRatio(str(quote.aspect_ratio)),
                    price=Price.of(each),
                    normalised=[Normalisation.of(note) for note in notes],
                )
                for variation, each, notes in zip(
                    quote.plan.variations, quote.prices, quote.notes, strict=True
                )
            ],
            price=Price.of(quote.total),
        )
