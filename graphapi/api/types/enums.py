"""The words a client may send or receive, each explained: the domain's own enums, as they are."""

from collections.abc import Mapping
from enum import Enum

import strawberry
from strawberry.types.enum import has_enum_definition

from graphapi.domain.images import AiStatus, ReviewStatus, SourceType
from graphapi.domain.jobs import Stage
from graphapi.domain.models import ModelKind
from graphapi.domain.quality import QualityFlagKind
from graphapi.domain.recordings import RecordingKind

__all__ = [
    "AiStatus",
    "ModelKind",
    "QualityFlagKind",
    "RecordingKind",
    "ReviewStatus",
    "SourceType",
    "Stage",
    "describe",
]


def describe(enum: type[Enum], description: str, values: Mapping[str, str]) -> None:
    """Put an enum of the domain into the schema under its members' names, each described.

    Raises KeyError for a member without a description: the schema cannot be built then.
    """
    described = strawberry.enum(enum, description=description)
    assert has_enum_definition(described)  # noqa: S101 - strawberry has just put it there
    for value in described.__strawberry_definition__.values:
        value.description = values[value.name]


describe(
    AiStatus,
    "Where the models stand with an image, seen from the latest analysis and the latest "
    "variations asked of it; or with a recording, seen from the latest attempt at it.",
    {
        "QUEUED": "A variation or a recording that waits for its turn; nothing has been sent or "
        "paid yet.",
        "PROCESSING": "Work is under way on it, or on an image's variations.",
        "COMPLETED": "Everything has ended, and at least one thing that was asked succeeded.",
        "FAILED": "Everything has ended and nothing succeeded: see `error` for why, and what to "
        "do. A cancelled variation reads so too, with the error code `CANCELLED`.",
    },
)

describe(
    ReviewStatus,
    "How far a person has taken an image. Nothing but `updateImage` changes it.",
    {
        "DRAFT": "Just arrived; nobody has looked at it. Uploads and variations begin here.",
        "PENDING": "Put forward, and waiting for somebody's decision.",
        "ACTIVE": "Chosen: it belongs on the board.",
    },
)

describe(
    SourceType,
    "How an image came into the library.",
    {
        "UPLOAD": "Its bytes were uploaded.",
        "URL": "It was fetched from an address on the web: see `sourceUrl`.",
        "AI": "A model made it, as a variation of its `parentImage`.",
    },
)

describe(
    Stage,
    "What is happening to an image or a recording right now, step by step. `stageMessage` says it "
    "in words.",
    {
        "WAITING": "Waiting for its turn here; nothing has been sent.",
        "PREPARING": "The source picture is being made reachable for the provider.",
        "SUBMITTING": "The request is being sent to the provider.",
        "SUBMIT_UNKNOWN": "It is not known whether the provider took the request. It is not sent "
        "again, so nothing is paid twice; evidence is awaited.",
        "PROVIDER_QUEUED": "The provider has the request in its queue: see `queuePosition`.",
        "PROVIDER_RUNNING": "The provider is working on it; on a source image, some of its "
        "variations are being made.",
        "SAVING": "The result is there; it is being fetched, checked and stored.",
        "ANALYSING": "A model is looking at the picture.",
        "DONE": "Nothing is under way; whatever was asked last succeeded, or nothing was asked.",
        "FAILED": "It ended without a result: see `error`.",
        "CANCELLED": "It was cancelled before it had a result.",
    },
)

describe(
    ModelKind,
    "What a model does.",
    {
        "EDIT": "Makes new pictures from a source picture: it can be named in "
        "`generateVariations`.",
        "TEXT_TO_IMAGE": "Makes new pictures from words alone.",
        "ANALYSIS": "Looks at a picture and describes it: `rerunSmartAnalysis` and `createImage` "
        "use it.",
        "TRANSCRIPTION": "Listens to a recording and writes down what is said.",
        "SPEECH": "Speaks a text.",
    },
)

describe(
    RecordingKind,
    "What a model did to make a recording.",
    {
        "TRANSCRIPTION": "It listened, and wrote down what is said.",
        "SPEECH": "It spoke a text.",
    },
)

describe(
    QualityFlagKind,
    "What may be wrong with a picture that a model made.",
    {
        "WRONG_RATIO": "Its shape is more than one percent off the one that was sent to the model.",
        "BLANK": "It is of one colour all over.",
        "COPY_OF_SOURCE": "It is the source again, with no change that a person would see.",
    },
)
