"""Where an image stands, as it is pushed to whoever watches."""

import base64
from datetime import datetime
from typing import Self

import strawberry

from graphapi.api.types.enums import AiStatus, Stage
from graphapi.api.types.errors import JobError
from graphapi.api.types.generation import Generation
from graphapi.api.types.image import Image
from graphapi.ports.storage import MediaLinks
from graphapi.ports.watching import Event


@strawberry.type(description="When something will probably be finished.")
class EtaRange:
    """A range of moments."""

    earliest: datetime = strawberry.field(description="Hardly before this moment.")
    latest: datetime = strawberry.field(description="Hardly after this moment.")


@strawberry.type(
    description="Where one image stands now. Versions of an image never repeat and never go back; "
    "states in between may be skipped, the final one always arrives."
)
class AiStatusEvent:
    """One image's state."""

    image: Image = strawberry.field(description="The image as it is now.")
    ai_status: AiStatus | None = strawberry.field(
        description="Where the models stand with it; null when none was ever asked."
    )
    version: int = strawberry.field(
        description="The image's version: higher than in every event about it before."
    )
    stage: Stage = strawberry.field(description="What is happening to it right now.")
    stage_message: str = strawberry.field(
        description="The same in words for a person, the provider's own where it reports any; "
        "empty when nothing was ever asked."
    )
    progress: float | None = strawberry.field(
        description="How much is done, 0 to 1; null when nobody knows. It is never invented."
    )
    queue_position: int | None = strawberry.field(
        description="How many are before it in the queue it waits in; null when nobody knows."
    )
    eta: EtaRange | None = strawberry.field(
        description="When it will probably be finished; null when nobody knows."
    )
    error: JobError | None = strawberry.field(
        description="Why `aiStatus` is `FAILED`; null otherwise."
    )
    generation: Generation | None = strawberry.field(
        description="Of a source, the latest request for variations; of a variation, the request "
        "that made it; null when there is none."
    )
    snapshot: bool = strawberry.field(
        description="True where this tells how things stood when you subscribed, false for a "
        "change since."
    )
    deleted: bool = strawberry.field(
        description="True when the image has just been deleted: the last event about it."
    )
    cursor: str = strawberry.field(description="An opaque mark of how far you have been told.")

    @classmethod
    def of(cls, event: Event, links: MediaLinks) -> Self:
        """Show an event."""
        image, generation = event.status.image, event.status.generation
        standing, shown = image.standing, Image.of(image, links)
        return cls(
            image=shown,
            ai_status=shown.ai_status,
            version=shown.version,
            stage=standing.stage,
            stage_message=standing.stage_message,
            progress=standing.progress,
            queue_position=standing.queue_position,
            eta=None,
            error=shown.error,
            generation=Generation.of(generation) if generation else None,
            snapshot=event.snapshot,
            deleted=image.deleted,
            cursor=_cursor(image.changed_seq),
        )


def _cursor(seq: int) -> str:
    return base64.urlsafe_b64encode(f"seq:{seq}".encode()).decode().rstrip("=")
