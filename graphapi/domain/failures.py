"""Why a job ended badly, whether trying again can help, and who must act."""

from dataclasses import dataclass, field
from enum import StrEnum

from graphapi.domain.charges import UNTOLD, Charge


class WhoActs(StrEnum):
    """Who can do something about a failure."""

    NOBODY = "nobody"
    CALLER = "you"
    OPERATOR = "the operator of this server"
    PROVIDER = "the provider"


class JobErrorCode(StrEnum):
    """Why a job ended badly."""

    ANALYSIS_FAILED = "ANALYSIS_FAILED"
    CANCELLED = "CANCELLED"
    CONTENT_POLICY = "CONTENT_POLICY"
    INSUFFICIENT_BALANCE = "INSUFFICIENT_BALANCE"
    INTERNAL = "INTERNAL"
    INVALID_INPUT = "INVALID_INPUT"
    INVALID_OUTPUT = "INVALID_OUTPUT"
    PICTURE_MISSING = "PICTURE_MISSING"
    PROVIDER_CREDENTIALS = "PROVIDER_CREDENTIALS"
    PROVIDER_FAILED = "PROVIDER_FAILED"
    PROVIDER_UNAVAILABLE = "PROVIDER_UNAVAILABLE"
    RATE_LIMITED = "RATE_LIMITED"
    RESULT_LOST = "RESULT_LOST"
    SOURCE_MISSING = "SOURCE_MISSING"
    SOURCE_UNREACHABLE = "SOURCE_UNREACHABLE"
    SUBMIT_UNKNOWN = "SUBMIT_UNKNOWN"
    TIMED_OUT = "TIMED_OUT"


@dataclass(frozen=True, slots=True)
class Remedy:
    """What follows from a failure: can the same request succeed later, and who acts."""

    retryable: bool
    who_acts: WhoActs


REMEDIES: dict[JobErrorCode, Remedy] = {
    JobErrorCode.ANALYSIS_FAILED: Remedy(True, WhoActs.CALLER),
    JobErrorCode.CANCELLED: Remedy(True, WhoActs.CALLER),
    # A refusal is not deterministic, but another try is another paid call: a person's choice.
    JobErrorCode.CONTENT_POLICY: Remedy(False, WhoActs.CALLER),
    JobErrorCode.INSUFFICIENT_BALANCE: Remedy(True, WhoActs.OPERATOR),
    JobErrorCode.INTERNAL: Remedy(True, WhoActs.OPERATOR),
    JobErrorCode.INVALID_INPUT: Remedy(False, WhoActs.CALLER),
    JobErrorCode.INVALID_OUTPUT: Remedy(True, WhoActs.PROVIDER),
    JobErrorCode.PICTURE_MISSING: Remedy(True, WhoActs.CALLER),
    JobErrorCode.PROVIDER_CREDENTIALS: Remedy(True, WhoActs.OPERATOR),
    JobErrorCode.PROVIDER_FAILED: Remedy(True, WhoActs.PROVIDER),
    JobErrorCode.PROVIDER_UNAVAILABLE: Remedy(True, WhoActs.PROVIDER),
    JobErrorCode.RATE_LIMITED: Remedy(True, WhoActs.NOBODY),
    JobErrorCode.RESULT_LOST: Remedy(True, WhoActs.CALLER),
    JobErrorCode.SOURCE_MISSING: Remedy(False, WhoActs.CALLER),
    JobErrorCode.SOURCE_UNREACHABLE: Remedy(True, WhoActs.CALLER),
    # Another try may be a second charge: a person decides, knowingly.
    JobErrorCode.SUBMIT_UNKNOWN: Remedy(False, WhoActs.CALLER),
    JobErrorCode.TIMED_OUT: Remedy(True, WhoActs.NOBODY),
}


@dataclass(frozen=True, slots=True)
class Failure:
    """One failure as it is stored and shown. `message` is a sentence for a person.

    `charge` is what whoever failed charges for it. It is not stored with a failure.
    """

    code: JobErrorCode
    message: str
    charge: Charge = field(default=UNTOLD, compare=False)

    @property
    def remedy(self) -> Remedy:
        """Look up whether to try again and who acts."""
        return REMEDIES[self.code]
