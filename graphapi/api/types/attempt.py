"""One attempt at an image or a recording, as the schema shows it."""

from datetime import datetime
from typing import Self

import strawberry

from graphapi.api.types.enums import describe
from graphapi.api.types.errors import JobError
from graphapi.domain import attempts
from graphapi.domain.attempts import RecoveryOutcome, RetryOutcome, Stop
from graphapi.domain.jobs import Billed, JobState

__all__ = ["Attempt", "Billed", "JobState", "RecoveryOutcome", "RetryOutcome", "Stop"]

describe(
    JobState,
    "Where one attempt stands. Only the last three are final.",
    {
        "QUEUED": "It waits here for its turn; nothing was sent or spent.",
        "SUBMITTING": "It is being sent to the provider.",
        "SUBMIT_UNKNOWN": "It is not known whether the provider took it. It is never sent again "
        "by itself; evidence is awaited.",
        "SUBMITTED": "The provider has it.",
        "RESULT_READY": "The provider has finished; the result is being saved.",
        "SUCCEEDED": "Its result is saved.",
        "FAILED": "It ended without a result: see `error`.",
        "CANCELLED": "It was stopped because a person did not want it any more.",
    },
)

describe(
    Billed,
    "Whether the provider charges for an attempt, as far as anybody can know.",
    {
        "NO": "Nothing was charged.",
        "YES": "It was charged.",
        "UNKNOWN": "It may have been charged: look at the provider's bill.",
    },
)

describe(
    RecoveryOutcome,
    "What a search for a late result came to.",
    {
        "RECOVERED": "The result is there and is being saved: follow the image, or the recording.",
        "STILL_RUNNING": "The provider is still working on it: follow the image, or the recording.",
        "NOTHING_FOUND": "The provider knows of no result.",
        "CANNOT_KNOW": "The provider could not be asked, or does not tell: see `message`.",
        "NOT_NEEDED": "It is being made or looked for, or is there.",
    },
)

describe(
    Stop,
    "What became of the wish to stop an attempt. Only `STOPPED` and `ENDED` are final.",
    {
        "STOPPED": "Stopped in time: nothing was sent, or the provider had not begun. Nothing is "
        "spent on it.",
        "STOPPING": "The provider has it. It is asked to stop, and may finish and charge for it "
        "all the same; what it makes is kept, and it reads `COMPLETED` then.",
        "SHARED": "Its request makes images too that are still wanted, so the provider is not "
        "asked to stop. Never so of a recording.",
        "UNCERTAIN": "It is not known, or not yet, whether the provider has it. It is asked to "
        "stop once that is known; it may be charged for.",
        "ENDED": "It had ended before, or its result was already there; whether it is charged for "
        "is told in `attempts`.",
    },
)

describe(
    RetryOutcome,
    "What became of the wish to try again.",
    {
        "RETRIED": "There is a new attempt, with a price of its own; on a `dryRun` there would be.",
        "MAYBE_CHARGED": "Not tried again, since its last attempt was, or may have been, charged "
        "for: look for its result with `recoverRecording`, look at the provider's history, or set "
        "`evenIfMaybeCharged`.",
        "NOT_NEEDED": "Not tried again: it is being made or looked for, or is there.",
    },
)


@strawberry.type(
    description="One attempt at an image or a recording: at most one paid request, or its part "
    "of one. Another try is another attempt; what became of this one stays."
)
class Attempt:
    """One attempt."""

    number: int = strawberry.field(description="Which attempt at this image or recording, from 1.")
    state: JobState = strawberry.field(description="Where it stands.")
    error: JobError | None = strawberry.field(
        description="Why it ended without a result; null while it has not."
    )
    billed: Billed = strawberry.field(description="Whether it is charged for.")
    provider: str = strawberry.field(description="Who was asked, such as `fal`.")
    model: str = strawberry.field(description="The model that was asked.")
    request_id: str | None = strawberry.field(
        description="The provider's own id of it, to look it up there; null when none is known."
    )
    started_at: datetime = strawberry.field(description="When it was asked for.")
    sent_at: datetime | None = strawberry.field(
        description="When it was sent to the provider; null when it was not."
    )
    ended_at: datetime | None = strawberry.field(
        description="When it ended; null while it has not."
    )
    cancel_requested_at: datetime | None = strawberry.field(
        description="When a person wanted it stopped that could not be stopped at once; null when "
        "nobody did."
    )

    @classmethod
    def of(cls, attempt: attempts.Attempt) -> Self:
        """Show an attempt of the domain."""
        return cls(
            number=attempt.number,
            state=attempt.state,
            error=JobError.of(attempt.failure) if attempt.failure else None,
            billed=attempt.billed,
            provider=attempt.provider,
            model=attempt.model,
            request_id=attempt.request_id,
            started_at=attempt.started_at,
            sent_at=attempt.sent_at,
            ended_at=attempt.ended_at,
            cancel_requested_at=attempt.cancel_requested_at,
        )
