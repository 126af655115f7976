"""Finding what was made after all."""

from typing import Annotated

import strawberry

from graphapi.api.context import Info
from graphapi.api.fields import mutation
from graphapi.api.types.arguments import OwnRecordingId
from graphapi.api.types.attempt import RecoveryOutcome
from graphapi.api.types.image import Image
from graphapi.api.types.payload import Payload
from graphapi.api.types.recording import Recording


@strawberry.type(description="What `recoverVariation` answers.")
class RecoverVariationPayload(Payload):
    """What was found."""

    image: Image | None = strawberry.field(
        default=None, description="The image as it stands now; null when refused."
    )
    outcome: RecoveryOutcome | None = strawberry.field(
        default=None, description="What the search came to; null when refused."
    )
    message: str | None = strawberry.field(
        default=None, description="The same in a sentence for a person; null when refused."
    )


@strawberry.type(description="What `recoverRecording` answers.")
class RecoverRecordingPayload(Payload):
    """What was found."""

    recording: Recording | None = strawberry.field(
        default=None, description="The recording as it stands now; null when refused."
    )
    outcome: RecoveryOutcome | None = strawberry.field(
        default=None, description="What the search came to; null when refused."
    )
    message: str | None = strawberry.field(
        default=None, description="The same in a sentence for a person; null when refused."
    )


@strawberry.type
class RecoveryMutations:
    """Late finds."""

    @mutation(
        RecoverVariationPayload,
        "Look at the provider for the picture of a variation that failed or was cancelled, by the "
        "request's id or in the provider's history, and adopt it if it is there. Nothing is sent "
        "or paid. The failed attempt stays in `attempts`; what is adopted is one more of them. "
        "Waits for the provider, so it may take half a minute.",
    )
    async def recover_variation(
        self,
        info: Info,
        *,
        image_id: Annotated[
            strawberry.ID, strawberry.argument(description="The id of an own variation.")
        ],
    ) -> RecoverVariationPayload | None:
        """Recover a variation."""
        services = info.context.services
        recovered = await services.recovering.recover(info.context.user, image_id)
        return RecoverVariationPayload(
            image=Image.of(recovered.image, services.links),
            outcome=recovered.outcome,
            message=recovered.message,
        )

    @mutation(
        RecoverRecordingPayload,
        "Look at the provider for the words or the sound of a recording that failed or was "
        "cancelled, by the request's id or in the provider's history, and adopt it if it is there. "
        "Nothing is sent or paid. The failed attempt stays in `attempts`; what is adopted is one "
        "more of them. Waits for the provider, so it may take half a minute.",
    )
    async def recover_recording(
        self, info: Info, *, id: OwnRecordingId
    ) -> RecoverRecordingPayload | None:
        """Recover a recording."""
        services = info.context.services
        recovered = await services.recovering.recover_recording(info.context.user, id)
        return RecoverRecordingPayload(
            recording=Recording.of(recovered.recording, services.links),
            outcome=recovered.outcome,
            message=recovered.message,
        )
