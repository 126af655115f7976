"""Stopping what is being made."""

from typing import Annotated, Any, Self

import strawberry

from graphapi.api.context import Info
from graphapi.api.fields import mutation
from graphapi.api.types.arguments import OwnRecordingId
from graphapi.api.types.attempt import Stop
from graphapi.api.types.generation import Generation
from graphapi.api.types.image import Image
from graphapi.api.types.payload import Payload
from graphapi.api.types.recording import Recording
from graphapi.ports.storage import MediaLinks
from graphapi.services.cancelling import Cancellation


@strawberry.type
class CancellationPayload(Payload):
    """What the payloads about images have in common; no type of the schema by itself."""

    stopped: list[Image] = strawberry.field(
        default_factory=list,
        description="Those stopped in time: nothing was sent, or the provider had not begun. "
        "Nothing is spent on them.",
    )
    stopping: list[Image] = strawberry.field(
        default_factory=list,
        description="Those the provider has. It is asked to stop them, and may finish and charge "
        "for them all the same; what it makes is kept, and they read `COMPLETED` then.",
    )
    shared: list[Image] = strawberry.field(
        default_factory=list,
        description="Those whose request makes other images too that are still wanted, so the "
        "provider is not asked to stop it: they are made, charged for and kept. Once the others "
        "are cancelled as well, it is.",
    )
    uncertain: list[Image] = strawberry.field(
        default_factory=list,
        description="Those of which it is not known, or not yet, whether the provider has them. "
        "It is asked to stop them once it is known; they may be charged for.",
    )
    ended: list[Image] = strawberry.field(
        default_factory=list,
        description="Those that had ended before, or whose result was already there.",
    )
    generation: Generation | None = strawberry.field(
        default=None, description="The request they belong to, as it stands now; null when refused."
    )

    @classmethod
    def of(cls, cancellation: Cancellation, links: MediaLinks) -> Self:
        """Show what became of a cancellation."""
        lists: dict[str, Any] = {
            stop.value.lower(): [Image.of(each, links) for each in cancellation.images[stop]]
            for stop in Stop
        }
        return cls(generation=Generation.of(cancellation.generation), **lists)


@strawberry.type(
    description="What `cancelVariation` answers: the image is in one of the five lists."
)
class CancelVariationPayload(CancellationPayload):
    """What became of one variation."""


@strawberry.type(
    description="What `cancelGeneration` answers: each image is in one of the five lists, or among "
    "`deletedIds`."
)
class CancelGenerationPayload(CancellationPayload):
    """What became of all variations of a request."""

    deleted_ids: list[strawberry.ID] = strawberry.field(
        default_factory=list,
        description="The ids of those that were deleted before, and so cannot be shown. What was "
        "still being made of them is stopped as the others are, and may be charged for in the "
        "same way; `spend` tells.",
    )

    @classmethod
    def of(cls, cancellation: Cancellation, links: MediaLinks) -> Self:
        """Show what became of a cancellation, of deleted images too."""
        payload = super().of(cancellation, links)
        payload.deleted_ids = [strawberry.ID(each) for each in cancellation.deleted]
        return payload


@strawberry.type(description="What `cancelRecording` answers.")
class CancelRecordingPayload(Payload):
    """What became of one recording."""

    recording: Recording | None = strawberry.field(
        default=None, description="The recording as it stands now; null when refused."
    )
    outcome: Stop | None = strawberry.field(
        default=None, description="Whether it was stopped in time; null when refused."
    )


@strawberry.type
class CancellationMutations:
    """Changes of mind."""

    @mutation(
        CancelVariationPayload,
        "Stop the making of a variation. What waits for its turn here is stopped at once and costs "
        "nothing; what a provider has, it is asked to stop, which may come too late. Asked again, "
        "it tells how that stands by now.",
    )
    async def cancel_variation(
        self,
        info: Info,
        *,
        image_id: Annotated[
            strawberry.ID, strawberry.argument(description="The id of an own variation.")
        ],
    ) -> CancelVariationPayload | None:
        """Cancel a variation."""
        services = info.context.services
        done = await services.cancelling.cancel_variation(info.context.user, image_id)
        return CancelVariationPayload.of(done, services.links)

    @mutation(
        CancelGenerationPayload,
        "Stop the making of all variations of one request, each as by `cancelVariation`, also of "
        "those that were deleted meanwhile. Those that are there stay.",
    )
    async def cancel_generation(
        self,
        info: Info,
        *,
        id: Annotated[
            strawberry.ID, strawberry.argument(description="The id of an own generation.")
        ],
    ) -> CancelGenerationPayload | None:
        """Cancel a generation."""
        services = info.context.services
        done = await services.cancelling.cancel_generation(info.context.user, id)
        return CancelGenerationPayload.of(done, services.links)

    @mutation(
        CancelRecordingPayload,
        "Stop the hearing or speaking of a recording. What waits for its turn here is stopped at "
        "once and costs nothing; what a provider has, it is asked to stop, which may come too "
        "late. Asked again, it tells how that stands by now.",
    )
    async def cancel_recording(
        self, info: Info, *, id: OwnRecordingId
    ) -> CancelRecordingPayload | None:
        """Cancel a recording."""
        services = info.context.services
        done = await services.cancelling.cancel_recording(info.context.user, id)
        return CancelRecordingPayload(
            recording=Recording.of(done.recording, services.links), outcome=done.outcome
        )
