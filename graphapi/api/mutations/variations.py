"""Asking for variations."""

from typing import Annotated, Any

import strawberry

from graphapi.api.context import Info
from graphapi.api.fields import mutation
from graphapi.api.types.arguments import (
    Detail,
    DryRun,
    EditModel,
    ExpiresAfter,
    GenerationOptions,
    IdempotencyKey,
    Mode,
    OwnImageId,
    Ratio,
    Shots,
)
from graphapi.api.types.directions import AspectRatio
from graphapi.api.types.generation import Generation
from graphapi.api.types.image import Image
from graphapi.api.types.money import Price
from graphapi.api.types.payload import Payload
from graphapi.api.types.variation_plan import VariationPlan
from graphapi.domain.options import Options
from graphapi.services.quoting import Quote
from graphapi.services.requests import VariationsWanted


@strawberry.type(description="What `generateVariations` answers, at once: everything is scheduled.")
class GenerateVariationsPayload(Payload):
    """The source, its new variations and the request."""

    image: Image | None = strawberry.field(
        default=None,
        description="The source image, its `aiStatus` now `PROCESSING` (on a `dryRun` as it was); "
        "null when refused.",
    )
    variations: list[Image] = strawberry.field(
        default_factory=list,
        description="The new variations in the order they were planned, each `QUEUED`, to be drawn "
        "as placeholders; empty when refused, and on a `dryRun`.",
    )
    generation: Generation | None = strawberry.field(
        default=None,
        description="The request, to be followed by its id; null when refused, and on a `dryRun`.",
    )
    plan: VariationPlan | None = strawberry.field(
        default=None,
        description="What is sent and what each of it costs, or would with `dryRun`; null when "
        "refused.",
    )
    price: Price | None = strawberry.field(
        default=None,
        description="What all of it costs: reserved now, settled by the bill. Null when refused.",
    )


@strawberry.type
class VariationMutations:
    """Requests for variations."""

    @mutation(
        GenerateVariationsPayload,
        "Make variations of an image. They are scheduled at once, all or none, and "
        "made asynchronously, each paid for singly: follow them by "
        "`aiStatusChanged(generationId: ...)`. The image remembers mode, count and detail, and "
        "the next request goes on with new shots and moments where this one ended.",
    )
    async def generate_variations(  # noqa: PLR0913 - the documented arguments, by name
        self,
        info: Info,
        *,
        image_id: OwnImageId,
        variation_count: Annotated[
            int, strawberry.argument(description="How many variations, 1 to 12.")
        ],
        modification_mode: Mode,
        variation_detail: Detail = None,
        aspect_ratio: Ratio = AspectRatio.RATIO_16_9,
        shot_types: Shots = None,
        model: EditModel = None,
        options: GenerationOptions = None,
        dry_run: DryRun = False,
        expires_after: ExpiresAfter = None,
        idempotency_key: IdempotencyKey = None,
    ) -> GenerateVariationsPayload | None:
        """Schedule variations."""
        context = info.context
        wanted = VariationsWanted(
            mode=modification_mode,
            count=variation_count,
            detail=variation_detail,
            shot_types=tuple(shot_types or ()) or None,
            aspect_ratio=aspect_ratio or AspectRatio.RATIO_16_9,
            model=model,
            expires_after=expires_after,
            options=options.chosen() if options else Options(),
        )
        links = context.services.links
        if dry_run:
            rehearsed = await context.services.variations.rehearse(
                context.user, image_id, wanted, idempotency_key
            )
            return GenerateVariationsPayload(
                image=Image.of(rehearsed.image, links), **_costs(rehearsed.quote)
            )
        scheduled = await context.services.variations.request(
            context.user, image_id, wanted, idempotency_key
        )
        return GenerateVariationsPayload(
            image=Image.of(scheduled.image, links) if scheduled.image else None,
            variations=[Image.of(each, links) for each in scheduled.variations],
            generation=Generation.of(scheduled.generation),
            **_costs(scheduled.quote),
        )


def _costs(quote: Quote) -> dict[str, Any]:
    return {"plan": VariationPlan.of(quote), "price": Price.of(quote.total)}
