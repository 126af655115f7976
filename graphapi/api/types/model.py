"""One model, as the schema shows it."""

from datetime import date
from typing import Self

import strawberry

from graphapi.api.types.directions import AspectRatio
from graphapi.api.types.enums import ModelKind
from graphapi.api.types.model_parameter import ModelParameter
from graphapi.api.types.money import PriceCard
from graphapi.api.types.provider_outage import ProviderOutage
from graphapi.api.types.source_limits import SourceLimits
from graphapi.domain import models, outages
from graphapi.services.models import MOST_INPUTS

_MAKERS = (models.ModelKind.EDIT, models.ModelKind.TEXT_TO_IMAGE)


@strawberry.type(description="From when until when a model is there, as far as anybody said.")
class ModelLifecycle:
    """A model's dates."""

    since: date | None = strawberry.field(
        description="Since when it is there; null when nobody says."
    )
    retires_on: date | None = strawberry.field(
        description="When it is, or was, to be shut down, as far as its provider or this server's "
        "operator says; null when nobody does. A model past that day stays `usable`, as long as "
        "its provider answers for it; then `note` says so."
    )
    note: str | None = strawberry.field(
        description="What else is worth knowing of it; null when there is nothing."
    )


@strawberry.type(description="A model that this server knows.")
class Model:
    """One row of the registry."""

    id: strawberry.ID = strawberry.field(
        description="Its name, such as `fal-ai/nano-banana-pro/edit`: what the argument `model` "
        "takes."
    )
    endpoint: str = strawberry.field(
        description="What its provider calls it: the id, unless this server is set to send another."
    )
    provider: str = strawberry.field(
        description="Who runs it, such as `fal` or `openrouter`; `local` is this server itself, "
        "free and without a network."
    )
    kind: ModelKind = strawberry.field(description="What it does.")
    description: str = strawberry.field(description="What it is good for, in a sentence or two.")
    aspect_ratios: list[AspectRatio] = strawberry.field(
        description="The shapes it can make that `generateVariations` takes; empty for a model "
        "that makes no pictures."
    )
    ratios: list[str] = strawberry.field(
        description="Every shape it can be told, as width to height such as `21:9`; `auto` leaves "
        "it to the model. Empty when it can be told none."
    )
    takes_any_ratio: bool = strawberry.field(
        description="Whether it can be told any other shape too, such as `7:1`, and makes the "
        "nearest of `ratios`."
    )
    ratio_sent_as: str | None = strawberry.field(
        description="The parameter in which a shape goes out, such as `aspect_ratio` or "
        "`image_size`; null when it can be told none."
    )
    resolutions: list[str] = strawberry.field(
        description="The steps of size it makes, such as `2K`; empty when it has none."
    )
    most_input_images: int | None = strawberry.field(
        description="How many pictures it takes in at most, 0 for one that works from words "
        f"alone; null when nobody says. Then this server sends at most {MOST_INPUTS}."
    )
    least_input_images: int = strawberry.field(
        description="How many pictures it needs at least: 0 for one that works from words alone, "
        "or can."
    )
    source_limits: SourceLimits | None = strawberry.field(
        description="How large those pictures may be; null for one that takes none."
    )
    reads_prompt: bool = strawberry.field(
        description="Whether `generateImage` or `editImage` can tell it what to make in your own "
        "words; false for one that makes no pictures, and for one that makes variations alone."
    )
    most_images: int = strawberry.field(
        description="How many pictures one request makes at most; a variation is always a request "
        "of its own."
    )
    parameters: list[ModelParameter] = strawberry.field(
        description="What else it can be told. A parameter that is not listed is refused by name, "
        "or goes out untouched in `extra`."
    )
    lifecycle: ModelLifecycle = strawberry.field(description="Its dates.")
    recoverable: bool = strawberry.field(
        description="Whether what became of a request can be found out after its answer was lost: "
        "true for a provider with a queue. Where it is false, a lost answer stays unknown."
    )
    usable: bool = strawberry.field(
        description="Whether it can be asked now. During an `outage` it can: the request waits."
    )
    unusable_reason: str | None = strawberry.field(
        description="Why it cannot be asked now, and what to do; null when it can."
    )
    outage: ProviderOutage | None = strawberry.field(
        description="What keeps its requests from being sent now; null when nothing does. They are "
        "taken all the same, and wait until their deadline; nothing is spent on them meanwhile."
    )
    is_default: bool = strawberry.field(
        description="Whether it is asked when no model is named, among those of its kind."
    )
    price_card: PriceCard = strawberry.field(description="What it charges.")

    @classmethod
    def of(cls, model: models.Model, outage: outages.ProviderOutage | None) -> Self:
        """Show a row of the registry."""
        dates = model.lifecycle
        return cls(
            id=strawberry.ID(model.id),
            endpoint=model.endpoint,
            provider=model.provider,
            kind=model.kind,
            description=model.description,
            aspect_ratios=[ratio for ratio in AspectRatio if ratio in model.aspect_ratios],
            ratios=list(model.aspect_ratios),
            takes_any_ratio=bool(model.sizes),
            ratio_sent_as=model.ratio_field if model.aspect_ratios else None,
            resolutions=list(model.tiers),
            most_input_images=model.most_inputs,
            least_input_images=model.least_inputs,
            source_limits=SourceLimits.of(model.source_limits) if model.most_inputs != 0 else None,
            reads_prompt=model.worded and model.kind in _MAKERS,
            most_images=model.most_images,
            parameters=[ModelParameter.of(each) for each in model.offered_parameters],
            lifecycle=ModelLifecycle(
                since=dates.since, retires_on=dates.retires_on, note=dates.note
            ),
            recoverable=model.recoverable,
            usable=model.unusable is None,
            unusable_reason=model.unusable,
            outage=ProviderOutage.of(outage) if outage else None,
            is_default=model.default,
            price_card=PriceCard.of(model.price_card),
        )
