"""Asking for images in one's own words."""

from typing import Annotated, Any, TypeVar

import strawberry

from graphapi.api.context import Info
from graphapi.api.fields import mutation
from graphapi.api.types.arguments import (
    AnyRatio,
    DryRun,
    ExpiresAfter,
    GenerationOptions,
    IdempotencyKey,
    ImageCount,
    Prompt,
)
from graphapi.api.types.generation import Generation
from graphapi.api.types.generation_options import GenerationOptionsInput
from graphapi.api.types.image import Image
from graphapi.api.types.image_plan import ImagePlan
from graphapi.api.types.money import Price
from graphapi.api.types.payload import Payload
from graphapi.domain.options import Options
from graphapi.services.quoting import Quote
from graphapi.services.requests import PicturesWanted


@strawberry.type
class _MadeImages(Payload):
    images: list[Image] = strawberry.field(
        default_factory=list,
        description="The new images in order, each `QUEUED`, to be drawn as placeholders; empty "
        "when refused, and on a `dryRun`.",
    )
    generation: Generation | None = strawberry.field(
        default=None,
        description="The request, to be followed by its id; null when refused, and on a `dryRun`.",
    )
    plan: ImagePlan | None = strawberry.field(
        default=None,
        description="What is sent and what each of it costs, or would with `dryRun`; null when "
        "refused.",
    )
    price: Price | None = strawberry.field(
        default=None,
        description="What all of it costs: reserved now, settled by the bill. Null when refused.",
    )


@strawberry.type(description="What `generateImage` answers, at once: everything is scheduled.")
class GenerateImagePayload(_MadeImages):
    """The new images and the request."""


@strawberry.type(description="What `editImage` answers, at once: everything is scheduled.")
class EditImagePayload(_MadeImages):
    """The new images and the request."""


PayloadT = TypeVar("PayloadT", bound=_MadeImages)

ImageIds = Annotated[
    list[strawberry.ID],
    strawberry.argument(
        description="The ids of own images to work on, in order, up to the model's "
        "`mostInputImages`. The new images are filed with the first of them, as its variations are."
    ),
]
Roles = Annotated[
    list[str | None] | None,
    strawberry.argument(
        description="What each of these images is, in the same order; null for one that needs no "
        "saying. Each becomes a sentence before the prompt, counted from 1 and followed by a blank "
        "line: `the wardrobe reference` becomes `Image 2 is the wardrobe reference.` At most 200 "
        "characters each."
    ),
]


@strawberry.type
class PictureMutations:
    """Requests in one's own words."""

    @mutation(
        GenerateImagePayload,
        "Make images from words alone, into your library. They are scheduled at once, all or none, "
        "and made asynchronously, as many in one request as the model makes: follow them by "
        "`aiStatusChanged(generationId: ...)`.",
    )
    async def generate_image(  # noqa: PLR0913 - the documented arguments, by name
        self,
        info: Info,
        *,
        model: Annotated[
            str,
            strawberry.argument(
                description="The id of one of `models` that works from words alone, such as those "
                "of kind `TEXT_TO_IMAGE`."
            ),
        ],
        prompt: Prompt,
        num_images: ImageCount = 1,
        aspect_ratio: AnyRatio = None,
        options: GenerationOptions = None,
        dry_run: DryRun = False,
        expires_after: ExpiresAfter = None,
        idempotency_key: IdempotencyKey = None,
    ) -> GenerateImagePayload | None:
        """Schedule images."""
        wanted = PicturesWanted(
            model=model,
            prompt=prompt,
            count=1 if num_images is None else num_images,
            aspect_ratio=aspect_ratio,
            expires_after=expires_after,
            options=_chosen(options),
        )
        if dry_run:
            return await _rehearsed(
                info, GenerateImagePayload, "generateImage", wanted, idempotency_key
            )
        return await _scheduled(
            info, GenerateImagePayload, "generateImage", wanted, idempotency_key
        )

    @mutation(
        EditImagePayload,
        "Make images from one or several of yours, as a prompt says. The images themselves stay as "
        "they are. Otherwise as `generateImage`.",
    )
    async def edit_image(  # noqa: PLR0913 - the documented arguments, by name
        self,
        info: Info,
        *,
        image_ids: ImageIds,
        model: Annotated[
            str, strawberry.argument(description="The id of one of `models` of kind `EDIT`.")
        ],
        prompt: Prompt,
        roles: Roles = None,
        num_images: ImageCount = 1,
        aspect_ratio: AnyRatio = None,
        options: GenerationOptions = None,
        dry_run: DryRun = False,
        expires_after: ExpiresAfter = None,
        idempotency_key: IdempotencyKey = None,
    ) -> EditImagePayload | None:
        """Schedule edits."""
        wanted = PicturesWanted(
            model=model,
            prompt=prompt,
            count=1 if num_images is None else num_images,
            image_ids=tuple(image_ids),
            roles=tuple(roles or ()),
            aspect_ratio=aspect_ratio,
            expires_after=expires_after,
            options=_chosen(options),
        )
        if dry_run:
            return await _rehearsed(info, EditImagePayload, "editImage", wanted, idempotency_key)
        return await _scheduled(info, EditImagePayload, "editImage", wanted, idempotency_key)


async def _rehearsed(
    info: Info, payload: type[PayloadT], operation: str, wanted: PicturesWanted, key: str | None
) -> PayloadT:
    context = info.context
    quote = await context.services.picturing.rehearse(context.user, operation, wanted, key)
    return payload(**_costs(quote))


async def _scheduled(
    info: Info, payload: type[PayloadT], operation: str, wanted: PicturesWanted, key: str | None
) -> PayloadT:
    context = info.context
    made = await context.services.picturing.request(context.user, operation, wanted, key)
    return payload(
        images=[Image.of(each, context.services.links) for each in made.images],
        generation=Generation.of(made.generation),
        **_costs(made.quote),
    )


def _chosen(options: GenerationOptionsInput | None) -> Options:
    return options.chosen() if options else Options()


def _costs(quote: Quote) -> dict[str, Any]:
    return {"plan": ImagePlan.of(quote), "price": Price.of(quote.total)}
