"""What fal.ai's error answers mean.

A model answers `{"detail": [{"loc", "msg", "type"}]}`, the platform `{"detail": "...",
"error_type": "..."}` and the header X-Fal-Error-Type. The type decides where it says more than the
status does; the words never do, save for the one refusal that has no type (an empty balance).
Sources: fal.ai/docs, model-apis: errors, request-errors.
"""

from dataclasses import dataclass
from typing import Any

from graphapi.domain.charges import NOTHING, UNTOLD, Charge
from graphapi.domain.failures import JobErrorCode
from graphapi.errors import InDoubt, ProviderError, Rejected, Throttled
from graphapi.providers.fal.results import units
from graphapi.providers.http import Reply, for_people, is_refusal

STILL_RUNNING = "Request is still in progress"

BY_TYPE = {
    # From the model.
    "internal_server_error": JobErrorCode.PROVIDER_FAILED,
    "generation_timeout": JobErrorCode.TIMED_OUT,
    "downstream_service_error": JobErrorCode.PROVIDER_FAILED,
    "downstream_service_unavailable": JobErrorCode.PROVIDER_UNAVAILABLE,
    "content_policy_violation": JobErrorCode.CONTENT_POLICY,
    # What Google's refusals look like through the nano-banana models.
    "no_media_generated": JobErrorCode.CONTENT_POLICY,
    "image_load_error": JobErrorCode.SOURCE_UNREACHABLE,
    "file_download_error": JobErrorCode.SOURCE_UNREACHABLE,
    # From the platform.
    "request_timeout": JobErrorCode.TIMED_OUT,
    "startup_timeout": JobErrorCode.TIMED_OUT,
    "runner_scheduling_failure": JobErrorCode.PROVIDER_UNAVAILABLE,
    "runner_connection_timeout": JobErrorCode.PROVIDER_UNAVAILABLE,
    "runner_disconnected": JobErrorCode.PROVIDER_UNAVAILABLE,
    "runner_connection_refused": JobErrorCode.PROVIDER_UNAVAILABLE,
    "runner_connection_error": JobErrorCode.PROVIDER_UNAVAILABLE,
    "runner_incomplete_response": JobErrorCode.PROVIDER_FAILED,
    "runner_server_error": JobErrorCode.PROVIDER_FAILED,
    "client_disconnected": JobErrorCode.CANCELLED,
    "client_cancelled": JobErrorCode.CANCELLED,
    "bad_request": JobErrorCode.INVALID_INPUT,
    "internal_error": JobErrorCode.PROVIDER_FAILED,
    "concurrent_requests_limit": JobErrorCode.RATE_LIMITED,
}

BY_STATUS = {
    401: JobErrorCode.PROVIDER_CREDENTIALS,
    402: JobErrorCode.INSUFFICIENT_BALANCE,
    403: JobErrorCode.PROVIDER_CREDENTIALS,
    408: JobErrorCode.TIMED_OUT,
    429: JobErrorCode.RATE_LIMITED,
    499: JobErrorCode.CANCELLED,
    503: JobErrorCode.PROVIDER_UNAVAILABLE,
    504: JobErrorCode.TIMED_OUT,
}

SENTENCES = {
    JobErrorCode.CANCELLED: "The request was cancelled at fal.ai.",
    JobErrorCode.CONTENT_POLICY: "The model declined to make this picture; change the wording "
    "or the source.",
    JobErrorCode.INSUFFICIENT_BALANCE: "The fal.ai account has no balance left; top it up in its "
    "dashboard.",
    JobErrorCode.INVALID_INPUT: "fal.ai refused the request as it stands.",
    JobErrorCode.PROVIDER_CREDENTIALS: "fal.ai does not accept the key; check FAL_API_KEY.",
    JobErrorCode.PROVIDER_FAILED: "The model at fal.ai failed; try again.",
    JobErrorCode.PROVIDER_UNAVAILABLE: "fal.ai could not run the request; try again later.",
    JobErrorCode.RATE_LIMITED: "fal.ai takes no more requests for the moment.",
    JobErrorCode.RESULT_LOST: "fal.ai no longer knows this request, so its result is lost.",
    JobErrorCode.SOURCE_UNREACHABLE: "fal.ai could not load the source picture; check that it is "
    "an image and, if it is not uploaded, that the internet can reach it.",
    JobErrorCode.TIMED_OUT: "fal.ai did not start or finish the request in time; try again.",
}

# From a gateway these are about the asking, not about the request that is asked for.
ABOUT_THE_KEY = (401, 402, 403)
ASK_AGAIN = (408, 429)

SERVER_ERROR = 500
_SHOWN_ENTRIES = 3


@dataclass(frozen=True, slots=True)
class Fault:
    """An error as fal.ai told it; `kind` is its type. Both are empty when it told nothing."""

    kind: str = ""
    text: str = ""

    @property
    def is_told(self) -> bool:
        """Tell whether fal.ai has said anything; a gateway on the way does not speak so."""
        return bool(self.kind or self.text)

    def or_else(self, other: "Fault") -> "Fault":
        """Fill what this one does not tell from another."""
        return Fault(self.kind or other.kind, self.text or other.text)


def fault_of(reply: Reply) -> Fault:
    """Read an error answer in any of its forms; whatever is malformed counts as not told."""
    return fault_in(reply.json_object(), reply.headers.get("x-fal-error-type", ""))


def fault_in(body: Any, kind: str = "") -> Fault:
    """Read the body of an error wherever it was kept; `kind` is what a header said of it."""
    if not isinstance(body, dict):
        return Fault(kind)
    detail = body.get("detail")
    kind = _text(body.get("error_type")) or kind
    if isinstance(detail, list):
        entries = [entry for entry in detail if isinstance(entry, dict)]
        kind = next((_text(entry.get("type")) for entry in entries), "") or kind
        return Fault(kind, "; ".join(filter(None, map(_line, entries[:_SHOWN_ENTRIES]))))
    return Fault(kind, _text(detail))


def code_of(fault: Fault, status: int) -> JobErrorCode:
    """Tell the job's error code for an error answer."""
    if "exhausted balance" in fault.text.lower():
        return JobErrorCode.INSUFFICIENT_BALANCE
    if fault.kind in BY_TYPE:
        return BY_TYPE[fault.kind]
    other = JobErrorCode.PROVIDER_FAILED if status >= SERVER_ERROR else JobErrorCode.INVALID_INPUT
    return BY_STATUS.get(status, other)


def rejected(fault: Fault, status: int, key: str, billable_units: str = "") -> Rejected:
    """Make the final error; `key` is cut out of what fal.ai says.

    `billable_units` is the header that tells what is billed for it. Without that, a failure of the
    server's own is never billed (fal.ai/docs, model-apis: reliability), and of others it is not
    known.
    """
    code = code_of(fault, status)
    said = for_people(fault.text, hide=key)
    sentence = f"{SENTENCES[code]} It says: {said}" if said else SENTENCES[code]
    charge = Charge(units=units(billable_units))
    if charge == UNTOLD and status >= SERVER_ERROR:
        charge = NOTHING
    return Rejected(code, sentence, charge=charge)


def later(code: JobErrorCode, reply: Reply) -> Throttled:
    """Make the error for an answer after which the same question is to be asked again."""
    sentence = f"fal.ai answered with HTTP status {reply.status}; it will be asked again."
    if reply.status in ABOUT_THE_KEY:
        sentence = SENTENCES[code]
    return Throttled(code, sentence, reply.retry_after())


def submit_error(reply: Reply, key: str) -> ProviderError:
    """Tell what a submit that was not answered with success says about money.

    429 was not accepted and may be sent again; a refusal is as `is_refusal` says, and all the rest
    (5xx, redirects) is a doubt.
    """
    fault = fault_of(reply)
    match reply.status:
        case 429:
            return later(JobErrorCode.RATE_LIMITED, reply)
        case status if is_refusal(status, told=fault.is_told):
            return rejected(fault, status, key)
        case status:
            return InDoubt(
                JobErrorCode.SUBMIT_UNKNOWN,
                f"fal.ai answered with HTTP status {status}, so it is not known whether the "
                "request was accepted.",
            )


def _line(entry: dict[str, Any]) -> str:
    location = entry.get("loc")
    parts = location if isinstance(location, list) else []
    place = ".".join(str(part) for part in parts if part != "body")
    message = _text(entry.get("msg"))
    return f"{place}: {message}" if place else message


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
