"""One model, as the schema shows it."""

from typing import Self

import strawberry

from graphapi.api.types.directions import AspectRatio
from graphapi.api.types.enums import ModelKind
from graphapi.api.types.money import PriceCard
from graphapi.domain import models


@strawberry.type(description="A model that this server knows.")
class Model:
    """One row of the registry."""

    id: strawberry.ID = strawberry.field(
        description="Its name, such as `fal-ai/nano-banana-pro/edit`: what the argument `model` "
        "takes."
    )
    provider: str = strawberry.field(
        description="Who runs it, such as `fal` or `openrouter`; `local` is this server itself, "
        "free and without a network."
    )
    kind: ModelKind = strawberry.field(description="What it does.")
    description: str = strawberry.field(description="What it is good for, in a sentence or two.")
    aspect_ratios: list[AspectRatio] = strawberry.field(
        description="The shapes it can make; empty for a model that makes no pictures."
    )
    usable: bool = strawberry.field(description="Whether it can be asked now.")
    unusable_reason: str | None = strawberry.field(
        description="Why it cannot be asked now, and what to do; null when it can."
    )
    is_default: bool = strawberry.field(
        description="Whether it is asked when no model is named, among those of its kind."
    )
    price_card: PriceCard = strawberry.field(description="What it charges.")

    @classmethod
    def of(cls, model: models.Model) -> Self:
        """Show a row of the registry."""
        return cls(
            id=strawberry.ID(model.id),
            provider=model.provider,
            kind=model.kind,
            description=model.description,
            aspect_ratios=list(model.aspect_ratios),
            usable=model.unusable is None,
            unusable_reason=model.unusable,
            is_default=model.default,
            price_card=PriceCard.of(model.price_card),
        )
