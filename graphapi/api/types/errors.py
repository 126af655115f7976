"""What a client is told when something was refused or has failed."""

from typing import Self

import strawberry

from graphapi.api.types.enums import describe
from graphapi.domain.failures import Failure, JobErrorCode
from graphapi.domain.recordings import ACCEPTED_IN_WORDS
from graphapi.errors import Refused, UserErrorCode

describe(
    UserErrorCode,
    "Why a call was refused; nothing was changed. A later version may add values.",
    {
        "NOT_FOUND": "An id names nothing of yours: it is missing, malformed, deleted or somebody "
        "else's.",
        "INVALID_INPUT": "A value cannot be used as it is: the message says how to mend it.",
        "COUNT_OUT_OF_RANGE": "A number is outside its range: the message names the range.",
        "DETAIL_TOO_LONG": "`variationDetail` has more than 500 characters.",
        "MODEL_UNKNOWN": "No such model, or it does something else: query `models`.",
        "MODEL_UNAVAILABLE": "The model is known here and fits, but cannot be used now, mostly for "
        "want of its provider's key: the message says why.",
        "RATIO_UNSUPPORTED": "The model cannot make pictures of this shape: query `models`.",
        "SOURCE_MISSING": "There is no picture, or no recording, to work from: upload one, or give "
        "an address.",
        "SOURCE_UNREACHABLE": "The address of the picture, or of the recording, could not be "
        "fetched: it must be public, and answer in time.",
        "SOURCE_NOT_AN_IMAGE": "What was found at the address is no picture that can be read: "
        "JPEG, PNG, WebP, GIF and AVIF can.",
        "SOURCE_NOT_AUDIO": "What was found is no recording that can be kept: by its own bytes it "
        f"is not {ACCEPTED_IN_WORDS}.",
        "SOURCE_TOO_LARGE": "The picture has too many bytes or pixels, or the recording too many "
        "bytes: shrink it.",
        "IDEMPOTENCY_CONFLICT": "The idempotency key was used before, for something else: use a "
        "new one.",
        "BUDGET_EXCEEDED": "It would pass your limit of the day, or nobody knows whether it "
        "would: the message names what is left.",
    },
)

describe(
    JobErrorCode,
    "Why an analysis, an image or a recording ended without a result. A later version may add "
    "values.",
    {
        "ANALYSIS_FAILED": "The analysis that this variation waited for failed; nothing was spent.",
        "CANCELLED": "A person cancelled it.",
        "CONTENT_POLICY": "The provider's safety rules refused the prompt or the picture.",
        "INSUFFICIENT_BALANCE": "The provider account has run out of credit.",
        "INTERNAL": "Something went wrong on this server.",
        "INVALID_INPUT": "The provider did not accept the request as it was.",
        "INVALID_OUTPUT": "The model's answer could not be used.",
        "PICTURE_MISSING": "One request was to make several pictures, and the provider made fewer.",
        "PROVIDER_CREDENTIALS": "The provider did not accept this server's key, or there is none.",
        "PROVIDER_FAILED": "The provider took the request and failed at it.",
        "PROVIDER_UNAVAILABLE": "The provider could not be reached, or was out of order.",
        "RATE_LIMITED": "The provider takes no more requests for now.",
        "RESULT_LOST": "The provider took the request, but did not finish it in time, or its "
        "result could not be fetched in time; it may have been paid. `recoverVariation` and "
        "`recoverRecording` look for what is there after all.",
        "SOURCE_MISSING": "The source picture, or the recording to be heard, was no longer there.",
        "SOURCE_UNREACHABLE": "The source picture, or the recording to be heard, could not be "
        "given to the provider.",
        "SUBMIT_UNKNOWN": "It never became known whether the provider took the request; it may "
        "have been paid, so it was not sent again.",
        "TIMED_OUT": "It had not ended when its time was up.",
    },
)


@strawberry.type(
    description="A mistake in a mutation's arguments, told to a person. Nothing was changed."
)
class UserError:
    """One refusal."""

    code: UserErrorCode = strawberry.field(description="The kind of mistake, for a program.")
    message: str = strawberry.field(description="One sentence for a person that says what to do.")
    field: list[str] | None = strawberry.field(
        description='The path of the argument at fault, such as `["input", "title"]`; null '
        "when no single one is."
    )

    @classmethod
    def of(cls, refusal: Refused) -> Self:
        """Make the error that tells of a refusal."""
        return cls(code=refusal.code, message=refusal.message, field=list(refusal.field) or None)


@strawberry.type(description="Why an analysis, an image or a recording ended without a result.")
class JobError:
    """One failure."""

    code: JobErrorCode = strawberry.field(description="The kind of failure, for a program.")
    message: str = strawberry.field(description="One sentence for a person.")
    retryable: bool = strawberry.field(
        description="Whether asking for the same again can succeed. Another try may cost again."
    )
    who_acts: str = strawberry.field(
        description="Who can do something about it: `you`, `the operator of this server`, "
        "`the provider`, or `nobody`, when waiting is all it takes."
    )

    @classmethod
    def of(cls, failure: Failure) -> Self:
        """Make the error that tells of a failure."""
        return cls(
            code=failure.code,
            message=failure.message,
            retryable=failure.remedy.retryable,
            who_acts=failure.remedy.who_acts.value,
        )
