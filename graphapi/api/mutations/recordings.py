"""Asking for something to be heard or said, and removing it."""

from typing import Annotated, Any, TypeVar

import strawberry

from graphapi.api.context import Info
from graphapi.api.fields import mutation
from graphapi.api.types.arguments import DryRun, ExpiresAfter, IdempotencyKey
from graphapi.api.types.money import Price
from graphapi.api.types.normalisation import Normalisation
from graphapi.api.types.payload import Payload
from graphapi.api.types.recording import Recording
from graphapi.api.types.sound_options import (
    SpeechOptionsInput,
    TranscriptionOptionsInput,
    chosen,
)
from graphapi.domain.models import ModelKind
from graphapi.services.recordings import Quoted
from graphapi.services.requests import SoundWanted


@strawberry.type
class _Sounded(Payload):
    recording: Recording | None = strawberry.field(
        default=None,
        description="The new recording, `QUEUED`; null when refused, on a `dryRun`, or when it was "
        "deleted since this `idempotencyKey` made it.",
    )
    price: Price | None = strawberry.field(
        default=None,
        description="What it costs, or would with `dryRun`: reserved now, settled by the bill. "
        "Null when refused.",
    )
    normalised: list[Normalisation] = strawberry.field(
        default_factory=list,
        description="What becomes of each parameter that was asked for, or has to be said.",
    )


@strawberry.type(description="What `transcribe` answers, at once: it is scheduled.")
class TranscribePayload(_Sounded):
    """The new recording."""


@strawberry.type(description="What `generateSpeech` answers, at once: it is scheduled.")
class GenerateSpeechPayload(_Sounded):
    """The new recording."""


@strawberry.type(description="What `deleteRecordings` answers.")
class DeleteRecordingsPayload(Payload):
    """What is gone."""

    deleted_ids: list[strawberry.ID] = strawberry.field(
        default_factory=list,
        description="The ids of the recordings that are gone, each once; empty when refused.",
    )


PayloadT = TypeVar("PayloadT", bound=_Sounded)


@strawberry.type
class RecordingMutations:
    """Requests to models of sound."""

    @mutation(
        TranscribePayload,
        "Have a recording written down, such as a director's voice note that is to become a "
        "`variationDetail`. It is scheduled at once and paid for once; follow it by "
        "`recordingStatusChanged`.",
    )
    async def transcribe(  # noqa: PLR0913 - the documented arguments, by name
        self,
        info: Info,
        *,
        model: Annotated[
            str, strawberry.argument(description="The id of one of `models` of kind TRANSCRIPTION.")
        ],
        storage_id: Annotated[
            strawberry.ID | None,
            strawberry.argument(
                description="A recording that was uploaded as `generateUploadUrl` says, or the id "
                "of another own `Recording` that has its sound."
            ),
        ] = None,
        audio_url: Annotated[
            str | None,
            strawberry.argument(
                description="The public address of a recording instead; it is fetched within "
                "bounds, and kept. A `dryRun` checks all of it that needs no network."
            ),
        ] = None,
        options: Annotated[
            TranscriptionOptionsInput | None,
            strawberry.argument(description="What else to tell the model."),
        ] = None,
        dry_run: DryRun = False,
        expires_after: ExpiresAfter = None,
        idempotency_key: IdempotencyKey = None,
    ) -> TranscribePayload | None:
        """Schedule a transcription."""
        wanted = SoundWanted(
            ModelKind.TRANSCRIPTION,
            model,
            storage_id=storage_id,
            audio_url=audio_url,
            expires_after=expires_after,
            options=chosen(options),
        )
        return await _answer(
            info, TranscribePayload, wanted, idempotency_key, dry_run=bool(dry_run)
        )

    @mutation(
        GenerateSpeechPayload,
        "Have a text spoken. It is scheduled at once and paid for once; follow it by "
        "`recordingStatusChanged`.",
    )
    async def generate_speech(  # noqa: PLR0913 - the documented arguments, by name
        self,
        info: Info,
        *,
        model: Annotated[
            str, strawberry.argument(description="The id of one of `models` of kind SPEECH.")
        ],
        text: Annotated[
            str,
            strawberry.argument(
                description="What to say: 1 to 10000 characters, sent to the byte."
            ),
        ],
        options: Annotated[
            SpeechOptionsInput | None,
            strawberry.argument(description="What else to tell the model."),
        ] = None,
        dry_run: DryRun = False,
        expires_after: ExpiresAfter = None,
        idempotency_key: IdempotencyKey = None,
    ) -> GenerateSpeechPayload | None:
        """Schedule a speech."""
        wanted = SoundWanted(
            ModelKind.SPEECH,
            model,
            text=text,
            expires_after=expires_after,
            options=chosen(options),
        )
        return await _answer(
            info, GenerateSpeechPayload, wanted, idempotency_key, dry_run=bool(dry_run)
        )

    @mutation(
        DeleteRecordingsPayload,
        "Remove recordings, uploads among them: all of them or, when one is not there, none. What "
        "was made of a removed recording stays, with the sound it was made of. What waits for its "
        "turn is cancelled unpaid; what a provider already works on is finished and paid. A sound "
        "that nothing else needs is removed from storage a while later: a day, unless the server "
        "is set otherwise.",
    )
    async def delete_recordings(
        self,
        info: Info,
        *,
        ids: Annotated[
            list[strawberry.ID], strawberry.argument(description="The ids of own recordings.")
        ],
    ) -> DeleteRecordingsPayload | None:
        """Remove recordings."""
        deleted = await info.context.services.recordings.delete(info.context.user, ids)
        return DeleteRecordingsPayload(deleted_ids=[strawberry.ID(each) for each in deleted])


async def _answer(
    info: Info, payload: type[PayloadT], wanted: SoundWanted, key: str | None, *, dry_run: bool
) -> PayloadT:
    context = info.context
    service, user = context.services.recordings, context.user
    if dry_run:
        return payload(**_costs(await service.rehearse(user, wanted, key)))
    made = await service.request(user, wanted, key)
    links = context.services.links
    recording = Recording.of(made.recording, links) if made.recording else None
    return payload(recording=recording, **_costs(made.quote))


def _costs(quote: Quoted) -> dict[str, Any]:
    notes = [Normalisation.of(note) for note in quote.notes]
    return {"price": Price.of(quote.price), "normalised": notes}
