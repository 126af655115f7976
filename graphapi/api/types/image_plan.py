"""A request in a person's own words before it is made, as the schema shows it."""

from typing import Self

import strawberry

from graphapi.api.types.money import Price
from graphapi.api.types.normalisation import Normalisation
from graphapi.services.quoting import Quote


@strawberry.type(description="One image of a plan: what would be sent, and what that costs.")
class PlannedImage:
    """One item of a quote."""

    prompt: str = strawberry.field(description="The prompt, to the byte, with what roles add.")
    provider: str = strawberry.field(description="Who would make it, such as `fal`.")
    model: str = strawberry.field(description="The model that would make it.")
    aspect_ratio: str | None = strawberry.field(
        description="The shape that was asked for; null leaves it to the model."
    )
    price: Price = strawberry.field(description="What it costs.")
    normalised: list[Normalisation] = strawberry.field(
        description="What becomes of each parameter that was asked for, or has to be said."
    )


@strawberry.type(
    description="What `generateImage` or `editImage` sends, image by image, and what all of it "
    "costs."
)
class ImagePlan:
    """A quote."""

    items: list[PlannedImage] = strawberry.field(description="The images, in order.")
    price: Price = strawberry.field(
        description="What they cost together: unknown as soon as one of them is."
    )

    @classmethod
    def of(cls, quote: Quote) -> Self:
        """Show a quote."""
        return cls(
            items=[
                PlannedImage(
                    prompt=item.prompt,
                    provider=quote.model.provider,
                    model=quote.model.id,
                    aspect_ratio=quote.aspect_ratio,
                    price=Price.of(each),
                    normalised=[Normalisation.of(note) for note in notes],
                )
                for item, each, notes in zip(
                    quote.plan.variations, quote.prices, quote.notes, strict=True
                )
            ],
            price=Price.of(quote.total),
        )
