"""What Lumenfall's error answers mean.

They read `{"error": {"message", "type", "code"}}`. The code decides where it says more than the
status does; the words never do. What an error tells about money: see `submit_error`. Sources:
docs.lumenfall.ai, api-reference/errors, and billing, which says nothing of failures; its skill file
for CONTENT_POLICY_VIOLATION.
"""

from dataclasses import dataclass

from graphapi.domain.charges import UNTOLD, Charge
from graphapi.domain.failures import JobErrorCode
from graphapi.errors import InDoubt, ProviderError, Rejected, Throttled
from graphapi.providers.http import Reply, for_people, is_refusal
from graphapi.providers.lumenfall.charged import charged

BY_CODE = {
    "INVALID_REQUEST": JobErrorCode.INVALID_INPUT,
    "AUTHENTICATION_FAILED": JobErrorCode.PROVIDER_CREDENTIALS,
    "INSUFFICIENT_BALANCE": JobErrorCode.INSUFFICIENT_BALANCE,
    "MODEL_NOT_FOUND": JobErrorCode.INVALID_INPUT,
    "MODEL_DISABLED": JobErrorCode.INVALID_INPUT,
    "RATE_LIMITED": JobErrorCode.RATE_LIMITED,
    "ALL_PROVIDERS_EXHAUSTED": JobErrorCode.PROVIDER_UNAVAILABLE,
    "UPSTREAM_ERROR": JobErrorCode.PROVIDER_FAILED,
    "CONTENT_POLICY_VIOLATION": JobErrorCode.CONTENT_POLICY,
}

BY_STATUS = {
    401: JobErrorCode.PROVIDER_CREDENTIALS,
    402: JobErrorCode.INSUFFICIENT_BALANCE,
    403: JobErrorCode.PROVIDER_CREDENTIALS,
    408: JobErrorCode.TIMED_OUT,
    429: JobErrorCode.RATE_LIMITED,
    502: JobErrorCode.PROVIDER_UNAVAILABLE,
    503: JobErrorCode.PROVIDER_UNAVAILABLE,
    504: JobErrorCode.TIMED_OUT,
}

SENTENCES = {
    JobErrorCode.CONTENT_POLICY: "The model declined to make this picture; change the wording "
    "or the source.",
    JobErrorCode.INSUFFICIENT_BALANCE: "The Lumenfall account has no balance left; add credit in "
    "its dashboard.",
    JobErrorCode.INVALID_INPUT: "Lumenfall refused the request as it stands.",
    JobErrorCode.INVALID_OUTPUT: "Lumenfall answered without a picture.",
    JobErrorCode.PROVIDER_CREDENTIALS: "Lumenfall does not accept the key; check "
    "LUMENFALL_API_KEY.",
    JobErrorCode.PROVIDER_FAILED: "The provider behind Lumenfall failed; try again.",
    JobErrorCode.PROVIDER_UNAVAILABLE: "No provider behind Lumenfall could take the request; try "
    "again later.",
    JobErrorCode.RATE_LIMITED: "Lumenfall takes no more requests for the moment.",
    JobErrorCode.TIMED_OUT: "Lumenfall did not finish the request in time; try again.",
}
_OTHER_MODEL = (
    "choose another one, or set the row's `endpoint` in GRAPHAPI_MODELS_FILE to an id that its "
    "catalogue offers."
)
_BY_MODEL = {
    "MODEL_NOT_FOUND": f"Lumenfall knows no such model; {_OTHER_MODEL}",
    "MODEL_DISABLED": f"Lumenfall has this model switched off; {_OTHER_MODEL}",
}
_UPSTREAM = "UPSTREAM_ERROR"
_PERHAPS_BILLED = "It does not say whether it charges for that."

_THROTTLED = 429
_FAILED = 400
_SERVER_ERROR = 500


@dataclass(frozen=True, slots=True)
class Fault:
    """An error as Lumenfall told it; each is empty where it told nothing."""

    code: str = ""
    text: str = ""
    kind: str = ""

    @property
    def is_told(self) -> bool:
        """Tell whether Lumenfall has said anything in its own form."""
        return bool(self.code or self.text or self.kind)

    @property
    def is_its_own(self) -> bool:
        """Tell whether it is complete and documented: no gateway on the way speaks so."""
        return bool(self.kind and self.text) and self.code in BY_CODE


def fault_of(reply: Reply) -> Fault:
    """Read an error answer; whatever is malformed counts as not told."""
    told = (reply.json_object() or {}).get("error")
    if not isinstance(told, dict):
        return Fault()
    return Fault(_text(told.get("code")), _text(told.get("message")), _text(told.get("type")))


def code_of(fault: Fault, status: int) -> JobErrorCode:
    """Tell the job's error code for an error answer."""
    other = JobErrorCode.PROVIDER_FAILED if status >= _SERVER_ERROR else JobErrorCode.INVALID_INPUT
    return BY_CODE.get(fault.code) or BY_STATUS.get(status, other)


def charge_of(reply: Reply) -> Charge:
    """Read what is charged for a failure, where its answer names that."""
    return Charge(micros=charged((reply.json_object() or {}).get("metadata")))


def rejected(fault: Fault, status: int, key: str, charge: Charge) -> Rejected:
    """Make the final error; `key` is cut out of what Lumenfall says.

    A refusal came before anything was begun, unless a provider behind Lumenfall had it.
    """
    code = code_of(fault, status)
    sentence = _BY_MODEL.get(fault.code, SENTENCES[code])
    perhaps_billed = not is_refusal(status, told=True) or fault.code == _UPSTREAM
    if perhaps_billed and charge == UNTOLD:
        sentence = f"{sentence} {_PERHAPS_BILLED}"
    said = for_people(fault.text, hide=key)
    message = f"{sentence} It says: {said}" if said else sentence
    return Rejected(code, message, charge=charge, perhaps_billed=perhaps_billed)


def submit_error(reply: Reply, key: str) -> ProviderError:
    """Tell what an answer without success says about money.

    429 was not accepted and may be sent again; any other 4xx is a refusal if it is in Lumenfall's
    own words. A gateway may send one after it has passed the request on, as it may a 408; that and
    all the rest (5xx, redirects) is a doubt, unless Lumenfall itself says that it failed: then
    nothing will come of it any more, though a provider behind it may have been paid.
    """
    fault = fault_of(reply)
    if reply.status == _THROTTLED:
        code = JobErrorCode.RATE_LIMITED
        return Throttled(code, SENTENCES[code], reply.retry_after())
    refused = is_refusal(reply.status, told=fault.is_told)
    if refused or (reply.status >= _FAILED and fault.is_its_own):
        return rejected(fault, reply.status, key, charge_of(reply))
    return InDoubt(
        JobErrorCode.SUBMIT_UNKNOWN,
        f"Lumenfall answered with HTTP status {reply.status}, so it is not known whether a "
        "picture was made.",
    )


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
