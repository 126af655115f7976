"""What Lumenfall's error answers mean.

They read `{"error": {"message", "type", "code"}}`. The code decides where it says more than the
status does; the words never do. Whether money was spent is told by the status alone: see
`submit_error`. Sources: docs.lumenfall.ai, api-reference/errors; its skill file for
CONTENT_POLICY_VIOLATION.
"""

from dataclasses import dataclass

from graphapi.domain.failures import JobErrorCode
from graphapi.errors import InDoubt, ProviderError, Rejected, Throttled
from graphapi.providers.http import Reply, for_people

BY_CODE = {
    "INVALID_REQUEST": JobErrorCode.INVALID_INPUT,
    "AUTHENTICATION_FAILED": JobErrorCode.PROVIDER_CREDENTIALS,
    "INSUFFICIENT_BALANCE": JobErrorCode.INSUFFICIENT_BALANCE,
    "MODEL_NOT_FOUND": JobErrorCode.INVALID_INPUT,
    "MODEL_DISABLED": JobErrorCode.PROVIDER_UNAVAILABLE,
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
_NO_MODEL = (
    "Lumenfall knows no such model; set the row's `endpoint` in GRAPHAPI_MODELS_FILE to an id that "
    "its catalogue has."
)

_THROTTLED = 429
_MAYBE_RUNNING = 408
_REFUSED = 4
_SERVER_ERROR = 500


@dataclass(frozen=True, slots=True)
class Fault:
    """An error as Lumenfall told it; both are empty where it told nothing."""

    code: str = ""
    text: str = ""


def fault_of(reply: Reply) -> Fault:
    """Read an error answer; whatever is malformed counts as not told."""
    told = (reply.json_object() or {}).get("error")
    if not isinstance(told, dict):
        return Fault()
    return Fault(_text(told.get("code")), _text(told.get("message")))


def code_of(fault: Fault, status: int) -> JobErrorCode:
    """Tell the job's error code for an error answer."""
    other = JobErrorCode.PROVIDER_FAILED if status >= _SERVER_ERROR else JobErrorCode.INVALID_INPUT
    return BY_CODE.get(fault.code) or BY_STATUS.get(status, other)


def rejected(fault: Fault, status: int, key: str) -> Rejected:
    """Make the final error; `key` is cut out of what Lumenfall says."""
    code = code_of(fault, status)
    sentence = _NO_MODEL if fault.code == "MODEL_NOT_FOUND" else SENTENCES[code]
    said = for_people(fault.text, hide=key)
    return Rejected(code, f"{sentence} It says: {said}" if said else sentence)


def submit_error(reply: Reply, key: str) -> ProviderError:
    """Tell what an answer without success says about money.

    429 was not accepted and may be sent again; any other 4xx is a refusal, save 408, which a
    gateway may send after it has passed the request on. That and all the rest (5xx, redirects) is
    a doubt, also in Lumenfall's own words: a provider behind it may have made the picture.
    """
    fault = fault_of(reply)
    if reply.status == _THROTTLED:
        code = JobErrorCode.RATE_LIMITED
        return Throttled(code, SENTENCES[code], reply.retry_after())
    if reply.status // 100 == _REFUSED and reply.status != _MAYBE_RUNNING:
        return rejected(fault, reply.status, key)
    return InDoubt(
        JobErrorCode.SUBMIT_UNKNOWN,
        f"Lumenfall answered with HTTP status {reply.status}, so it is not known whether a "
        "picture was made.",
    )


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
