"""Every error graphapi raises on purpose.

GraphapiError
 |-- Refused            a caller's mistake: nothing was changed; carries a code and a field path
 |    `-- NotFound      missing, malformed or somebody else's: always the same answer
 |-- Unauthenticated    nobody is signed in
 |-- ConfigurationError a setting is wrong: the sentence says which and what to do
 |-- Unavailable        what we stand on does not answer: a write may have been done all the same
 |-- StorageFailed      bytes could not be kept or read: nothing is half-written, try again later
 |-- DeliveryRefused    a webhook that is not proven to be the provider's; carries a fault
 `-- ProviderError      an outside call that did not bring what was asked; carries a JobErrorCode
      |-- NotSent       provably never left this process: it may be sent again
      |-- Throttled     answered "later" (408, 429): it may be sent again after a wait
      |-- Rejected      definitely refused, or failed for good
      `-- InDoubt       it may have been accepted: it must never be sent again by a machine

Catch `Refused` at the door and turn it into a user error; let nothing else reach a person.
"""

from datetime import timedelta
from enum import StrEnum

from graphapi.domain.charges import UNTOLD, Charge
from graphapi.domain.failures import Failure, JobErrorCode


class UserErrorCode(StrEnum):
    """Why a call was refused. Nothing was changed."""

    NOT_FOUND = "NOT_FOUND"
    INVALID_INPUT = "INVALID_INPUT"
    COUNT_OUT_OF_RANGE = "COUNT_OUT_OF_RANGE"
    DETAIL_TOO_LONG = "DETAIL_TOO_LONG"
    MODEL_UNKNOWN = "MODEL_UNKNOWN"
    MODEL_UNAVAILABLE = "MODEL_UNAVAILABLE"
    RATIO_UNSUPPORTED = "RATIO_UNSUPPORTED"
    SOURCE_MISSING = "SOURCE_MISSING"
    SOURCE_UNREACHABLE = "SOURCE_UNREACHABLE"
    SOURCE_NOT_AN_IMAGE = "SOURCE_NOT_AN_IMAGE"
    SOURCE_NOT_AUDIO = "SOURCE_NOT_AUDIO"
    SOURCE_TOO_LARGE = "SOURCE_TOO_LARGE"
    BUDGET_EXCEEDED = "BUDGET_EXCEEDED"
    IDEMPOTENCY_CONFLICT = "IDEMPOTENCY_CONFLICT"


class DeliveryFault(StrEnum):
    """What is wrong with a webhook delivery. Only KEYS_UNREACHABLE is worth delivering again."""

    TOO_LARGE = "TOO_LARGE"
    UNSIGNED = "UNSIGNED"
    STALE = "STALE"
    FOREIGN = "FOREIGN"
    FORGED = "FORGED"
    UNREADABLE = "UNREADABLE"
    KEYS_UNREACHABLE = "KEYS_UNREACHABLE"


class GraphapiError(Exception):
    """The base of every error raised on purpose."""


class Refused(GraphapiError):
    """A call that cannot be done as asked; nothing was changed.

    `message` is one sentence for a person that says what to do; `field` is the path of the
    argument at fault, in GraphQL names.
    """

    def __init__(self, code: UserErrorCode, message: str, field: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.field = field


class NotFound(Refused):
    """A missing, malformed or foreign object, indistinguishable from one another."""

    def __init__(self, noun: str, field: tuple[str, ...] = ()) -> None:
        super().__init__(UserErrorCode.NOT_FOUND, f"No such {noun}. Check the id.", field)


class Unauthenticated(GraphapiError):
    """A call that needs somebody signed in."""


class ConfigurationError(GraphapiError):
    """A setting that cannot work; the message names it and says what to do."""


class Unavailable(GraphapiError):
    """What we stand on does not answer just now; the message is for people, its cause for the log.

    A write that was under way may have been done all the same.
    """


class StorageFailed(GraphapiError):
    """Bytes could not be kept or read; nothing is half-written, and trying again later is safe."""


class DeliveryRefused(GraphapiError):
    """A webhook that is not proven to be the provider's, or that makes no sense.

    `message` names what is wrong, for the log; nothing of the delivery itself is in it.
    """

    def __init__(self, fault: DeliveryFault, message: str) -> None:
        super().__init__(message)
        self.fault = fault
        self.message = message


class ProviderError(GraphapiError):
    """An outside call that did not bring what was asked.

    `message` is safe to show to a person: no key, no URL of ours, no stack.
    """

    def __init__(self, code: JobErrorCode, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class NotSent(ProviderError):
    """The request provably never left this process; sending it again is safe."""


class Throttled(ProviderError):
    """The provider answered "later"; nothing was accepted. `retry_after` when it said how long."""

    def __init__(
        self, code: JobErrorCode, message: str, retry_after: timedelta | None = None
    ) -> None:
        super().__init__(code, message)
        self.retry_after = retry_after


class Rejected(ProviderError):
    """A definite refusal or failure; sending the same again brings the same.

    `charge` is what the provider says that it charges for it all the same.
    `perhaps_billed`: a provider that refused it when it was sent may have begun it before.
    """

    def __init__(
        self,
        code: JobErrorCode,
        message: str,
        *,
        charge: Charge = UNTOLD,
        perhaps_billed: bool = False,
    ) -> None:
        super().__init__(code, message)
        self.failure = Failure(code, message, charge)
        self.perhaps_billed = perhaps_billed


class InDoubt(ProviderError):
    """It cannot be known whether the request was accepted; never send it again by machine."""
