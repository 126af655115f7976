"""Trying again what failed."""

from typing import Annotated

import strawberry

from graphapi.api.context import Info
from graphapi.api.fields import mutation
from graphapi.api.types.arguments import (
    DryRun,
    EvenIfMaybeCharged,
    ExpiresAfter,
    IdempotencyKey,
    OwnRecordingId,
)
from graphapi.api.types.attempt import RetryOutcome
from graphapi.api.types.generation import Generation
from graphapi.api.types.image import Image
from graphapi.api.types.money import Price
from graphapi.api.types.payload import Payload
from graphapi.api.types.recording import Recording
from graphapi.services.retrying import RetryWanted


@strawberry.type(description="What `retryFailed` answers, at once: the new attempts are scheduled.")
class RetryFailedPayload(Payload):
    """What is tried again, and what is not."""

    generation: Generation | None = strawberry.field(
        default=None, description="The request, with its counts as they are now; null when refused."
    )
    variations: list[Image] = strawberry.field(
        default_factory=list,
        description="The same images as before, each `QUEUED` again with one more of `attempts`, "
        "or those that would be on a `dryRun`; empty when nothing is to be tried again.",
    )
    left_out: list[Image] = strawberry.field(
        default_factory=list,
        description="Images that failed or were cancelled and are not tried again, since their "
        "last attempt was, or may have been, charged for: its `billed` is not `NO`. Try "
        "`recoverVariation`, look at the provider's history, or set `evenIfMaybeCharged`.",
    )
    price: Price | None = strawberry.field(
        default=None,
        description="What the new attempts cost together, or would with `dryRun`: reserved now, "
        "settled by the bills. Null when nothing is tried again.",
    )


@strawberry.type(description="What `retryRecording` answers, at once: a new attempt is scheduled.")
class RetryRecordingPayload(Payload):
    """What is tried again, or why not."""

    recording: Recording | None = strawberry.field(
        default=None,
        description="The same recording as before: `QUEUED` again with one more of `attempts`, "
        "when it is tried again. Null when refused, or when it was deleted since this "
        "`idempotencyKey` was used.",
    )
    outcome: RetryOutcome | None = strawberry.field(
        default=None,
        description="Whether it is tried again, or would be on a `dryRun`; null when refused.",
    )
    price: Price | None = strawberry.field(
        default=None,
        description="What the new attempt costs, or would with `dryRun`: reserved now, settled by "
        "the bill. Null when it is not tried again.",
    )


@strawberry.type
class RetryMutations:
    """Second tries."""

    @mutation(
        RetryFailedPayload,
        "Try again the variations of a request that failed or were cancelled, and those alone: "
        "the same images with the same prompts, shots and model, and with new seeds. Where a seed "
        "was asked for, its request's seed is kept; only a picture that shared its request with "
        "others, and was not its first, gets one further on, by 12 for each place, or else it "
        "would be one of theirs again: see `normalised`. Each is paid for as a new attempt; how "
        "the earlier ones ended stays in `attempts`. Refused with "
        "`SOURCE_MISSING` when an image that the request works on was deleted since.",
    )
    async def retry_failed(  # noqa: PLR0913 - the documented arguments, by name
        self,
        info: Info,
        *,
        generation_id: Annotated[
            strawberry.ID, strawberry.argument(description="The id of an own generation.")
        ],
        even_if_maybe_charged: EvenIfMaybeCharged = False,
        dry_run: DryRun = False,
        expires_after: ExpiresAfter = None,
        idempotency_key: IdempotencyKey = None,
    ) -> RetryFailedPayload | None:
        """Schedule new attempts."""
        services, retrying = info.context.services, info.context.services.retrying
        door = retrying.rehearse_failed if dry_run else retrying.retry_failed
        wanted = RetryWanted(generation_id, bool(even_if_maybe_charged), expires_after)
        retried = await door(info.context.user, wanted, idempotency_key)
        return RetryFailedPayload(
            generation=Generation.of(retried.generation),
            variations=[Image.of(each, services.links) for each in retried.variations],
            left_out=[Image.of(each, services.links) for each in retried.left_out],
            price=Price.of(retried.price) if retried.price else None,
        )

    @mutation(
        RetryRecordingPayload,
        "Have a recording that failed or was cancelled made again: the same words or sound, by "
        "the same model with the same options. It is paid for as a new attempt; how the earlier "
        "ones ended stays in `attempts`. One that is under way or there is left as it is.",
    )
    async def retry_recording(  # noqa: PLR0913 - the documented arguments, by name
        self,
        info: Info,
        *,
        id: OwnRecordingId,
        even_if_maybe_charged: EvenIfMaybeCharged = False,
        dry_run: DryRun = False,
        expires_after: ExpiresAfter = None,
        idempotency_key: IdempotencyKey = None,
    ) -> RetryRecordingPayload | None:
        """Schedule a new attempt."""
        context, retrying = info.context, info.context.services.retrying_recordings
        door = retrying.rehearse if dry_run else retrying.retry
        wanted = RetryWanted(id, bool(even_if_maybe_charged), expires_after)
        done = await door(context.user, wanted, idempotency_key)
        recording, links = done.recording, context.services.links
        return RetryRecordingPayload(
            recording=Recording.of(recording, links) if recording else None,
            outcome=done.outcome,
            price=Price.of(done.price) if done.price else None,
        )
