"""Trying failed variations again."""

from typing import Annotated

import strawberry

from graphapi.api.context import Info
from graphapi.api.fields import mutation
from graphapi.api.types.arguments import IdempotencyKey
from graphapi.api.types.generation import Generation
from graphapi.api.types.image import Image
from graphapi.api.types.payload import Payload


@strawberry.type(description="What `retryFailed` answers, at once: the new attempts are scheduled.")
class RetryFailedPayload(Payload):
    """What is tried again, and what is not."""

    generation: Generation | None = strawberry.field(
        default=None, description="The request, with its counts as they are now; null when refused."
    )
    variations: list[Image] = strawberry.field(
        default_factory=list,
        description="The same images as before, each `QUEUED` again with one more of `attempts`; "
        "empty when nothing was to be tried again.",
    )
    left_out: list[Image] = strawberry.field(
        default_factory=list,
        description="Images that failed or were cancelled and are not tried again, since their "
        "last attempt was, or may have been, charged for: its `billed` is not `NO`. Try "
        "`recoverVariation`, look at the provider's history, or set `evenIfMaybeCharged`.",
    )


@strawberry.type
class RetryMutations:
    """Second tries."""

    @mutation(
        RetryFailedPayload,
        "Try again the variations of a request that failed or were cancelled, and those alone: "
        "the same images with the same prompts, shots and model, and with new seeds except where "
        "a seed was asked for, which is kept. Each is paid for as a new attempt; how the earlier "
        "ones ended stays in `attempts`. Refused with "
        "`SOURCE_MISSING` when an image that the request works on was deleted since.",
    )
    async def retry_failed(
        self,
        info: Info,
        *,
        generation_id: Annotated[
            strawberry.ID, strawberry.argument(description="The id of an own generation.")
        ],
        even_if_maybe_charged: Annotated[
            bool | None,
            strawberry.argument(
                description="Whether to send again also what may have been charged for already: "
                "you may pay twice for those."
            ),
        ] = False,
        idempotency_key: IdempotencyKey = None,
    ) -> RetryFailedPayload | None:
        """Schedule new attempts."""
        services = info.context.services
        retried = await services.retrying.retry_failed(
            info.context.user,
            generation_id,
            even_if_maybe_charged=bool(even_if_maybe_charged),
            key=idempotency_key,
        )
        return RetryFailedPayload(
            generation=Generation.of(retried.generation),
            variations=[Image.of(each, services.links) for each in retried.variations],
            left_out=[Image.of(each, services.links) for each in retried.left_out],
        )
