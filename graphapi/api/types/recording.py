"""Something said, in sound and in words, as the schema shows it."""

from datetime import datetime
from typing import Self

import strawberry
from strawberry.scalars import JSON

from graphapi.api.context import Info
from graphapi.api.fields import relation
from graphapi.api.types.attempt import Attempt
from graphapi.api.types.enums import AiStatus, Stage
from graphapi.api.types.errors import JobError
from graphapi.api.types.money import Price
from graphapi.api.types.node import Node
from graphapi.api.types.normalisation import Normalisation
from graphapi.domain import recordings
from graphapi.ports.storage import MediaLinks


@strawberry.type(description="A piece of what was said, with its time.")
class Segment:
    """One segment."""

    text: str = strawberry.field(description="The words.")
    start: float | None = strawberry.field(
        description="When it begins, in seconds; null when the model does not say."
    )
    end: float | None = strawberry.field(
        description="When it ends, in seconds; null when the model does not say."
    )
    speaker: str | None = strawberry.field(
        description="Who says it, by the model's name for them; null when it does not say."
    )


@strawberry.type(
    description="Something said, in sound and in words: a recording that a model writes down, or a "
    "text that one speaks. It exists from the moment it is scheduled."
)
class Recording(Node):
    """Plain attributes, made once from the domain's recording; only relations are read later."""

    ai_status: AiStatus | None = strawberry.field(
        description="Where the model stands with it; null on an upload that none was asked about."
    )
    stage: Stage = strawberry.field(description="What is happening to it right now.")
    stage_message: str = strawberry.field(description="The same in words for a person.")
    progress: float | None = strawberry.field(
        description="How much is done, 0 to 1; null when nobody knows."
    )
    queue_position: int | None = strawberry.field(
        description="How many are before it in the queue it waits in; null when nobody knows."
    )
    error: JobError | None = strawberry.field(
        description="Why `aiStatus` is `FAILED`; null otherwise."
    )
    text: str | None = strawberry.field(
        description="What is said: heard by the model, or given to it; null until it is known."
    )
    segments: list[Segment] = strawberry.field(
        description="The pieces of what was heard, in order; empty where nothing was."
    )
    language: str | None = strawberry.field(
        description="The language that was heard, as the model names it; null when it does not."
    )
    audio_url: str | None = strawberry.field(
        description="The sound, at an absolute, signed address, good for one to two hours; null "
        "while there is none."
    )
    content_type: str | None = strawberry.field(
        description="The kind of sound, such as `audio/mpeg`; null while there is none."
    )
    duration: float | None = strawberry.field(
        description="How long it lasts, in seconds, as the model says; null when it does not."
    )
    provider: str | None = strawberry.field(
        description="Who was asked, such as `fal`; null on an upload."
    )
    model: str | None = strawberry.field(description="The model that was asked; null on an upload.")
    provider_metadata: JSON | None = strawberry.field(
        description="What the provider said beside, as it said it, such as the id of a new voice; "
        "null until it has answered."
    )
    normalised: list[Normalisation] = strawberry.field(
        description="What became of each parameter that was asked for, or had to be said; empty "
        "on an upload."
    )
    deleted: bool = strawberry.field(
        description="True in the last event that `recordingStatusChanged` tells of a recording "
        "that was deleted; false wherever else one is answered."
    )
    version: int = strawberry.field(description="Higher after every change.")
    created_at: datetime = strawberry.field(description="When it was asked for or uploaded.")

    @relation(
        "What it costs, all attempts together: reserved until it is finished, then settled by the "
        "bill, or free when it failed and nothing was charged. Null on an upload."
    )
    async def price(self, info: Info) -> Price | None:
        """Load the price."""
        found = await info.context.loaders.price_of_recording.load(self.id)
        return Price.of(found) if found else None

    @relation(
        "The attempts at it, oldest first: one, and one more each time it was tried again or a "
        "late result was adopted. Empty on an upload."
    )
    async def attempts(self, info: Info) -> list[Attempt]:
        """Load the attempts."""
        found = await info.context.loaders.attempts_at_recording.load(self.id)
        return [Attempt.of(each) for each in found]

    @classmethod
    def of(cls, recording: recordings.Recording, links: MediaLinks) -> Self:
        """Show a recording of the domain."""
        standing, audio = recording.standing, recording.audio
        metadata = recording.metadata
        return cls(
            id=strawberry.ID(recording.id),
            ai_status=standing.ai_status,
            stage=standing.stage,
            stage_message=standing.stage_message,
            progress=standing.progress,
            queue_position=standing.queue_position,
            error=JobError.of(standing.failure) if standing.failure else None,
            text=recording.text,
            segments=[
                Segment(text=each.text, start=each.start, end=each.end, speaker=each.speaker)
                for each in recording.segments
            ],
            language=recording.language,
            audio_url=links.media_url(audio.key) if audio else None,
            content_type=audio.content_type if audio else None,
            duration=recording.seconds,
            provider=recording.provider,
            model=recording.model,
            provider_metadata=None if metadata is None else JSON(metadata),
            normalised=[Normalisation.of(note) for note in recording.normalised],
            deleted=recording.deleted,
            version=recording.version,
            created_at=recording.created_at,
        )
