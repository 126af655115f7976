"""What OpenRouter's error answers mean.

They read `{"error": {"code", "message", "metadata": {"error_type", ...}, "availability"?}}`, with
the code as HTTP status; once a model has begun, the same comes with status 200, as `error` or as
`choices[].error`. Any part may be missing. The documented `error_type` says more than the status.
Sources: openrouter.ai/docs, api/reference/errors-and-debugging; its OpenAPI description.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from graphapi.domain.failures import JobErrorCode
from graphapi.errors import InDoubt, ProviderError, Rejected, Throttled
from graphapi.providers.http import MAX_RETRY_AFTER, Reply, for_people

BY_TYPE = {
    "authentication": JobErrorCode.PROVIDER_CREDENTIALS,
    "payment_required": JobErrorCode.INSUFFICIENT_BALANCE,
    "permission_denied": JobErrorCode.PROVIDER_CREDENTIALS,
    "rate_limit_exceeded": JobErrorCode.RATE_LIMITED,
    "provider_overloaded": JobErrorCode.PROVIDER_UNAVAILABLE,
    "provider_unavailable": JobErrorCode.PROVIDER_UNAVAILABLE,
    "content_policy_violation": JobErrorCode.CONTENT_POLICY,
    "refusal": JobErrorCode.CONTENT_POLICY,
    "timeout": JobErrorCode.TIMED_OUT,
    "server": JobErrorCode.PROVIDER_FAILED,
}

BY_STATUS = {
    401: JobErrorCode.PROVIDER_CREDENTIALS,
    402: JobErrorCode.INSUFFICIENT_BALANCE,
    403: JobErrorCode.CONTENT_POLICY,
    408: JobErrorCode.TIMED_OUT,
    429: JobErrorCode.RATE_LIMITED,
    502: JobErrorCode.PROVIDER_UNAVAILABLE,
    503: JobErrorCode.PROVIDER_UNAVAILABLE,
    524: JobErrorCode.TIMED_OUT,
    529: JobErrorCode.PROVIDER_UNAVAILABLE,
}

SENTENCES = {
    JobErrorCode.CONTENT_POLICY: "The model declined to describe this picture.",
    JobErrorCode.INSUFFICIENT_BALANCE: "The OpenRouter account or its key has no credit left; add "
    "credit in its dashboard.",
    JobErrorCode.INVALID_INPUT: "OpenRouter refused the request as it stands.",
    JobErrorCode.INVALID_OUTPUT: "The model's answer cannot be used; run the analysis again.",
    JobErrorCode.PROVIDER_CREDENTIALS: "OpenRouter does not accept the key; check "
    "OPENROUTER_API_KEY.",
    JobErrorCode.PROVIDER_FAILED: "The model at OpenRouter failed; run the analysis again.",
    JobErrorCode.PROVIDER_UNAVAILABLE: "No model was available at OpenRouter; try again later.",
    JobErrorCode.RATE_LIMITED: "OpenRouter takes no more requests for the moment.",
    JobErrorCode.TIMED_OUT: "The model at OpenRouter did not answer in time; run the analysis "
    "again.",
}
_NO_MODEL = (
    "OpenRouter has none of the models that can do this; check GRAPHAPI_ANALYSIS_MODELS: each must "
    "exist, read images and support structured outputs."
)

_LATER = (429,)
# Complete answers of OpenRouter itself, which say that no model has answered. It does not charge
# for those (its "zero completion insurance"), so they are no doubt about money.
_LATER_IF_SPOKEN = (502, 503, 529)
_MAYBE_RUNNING = 408
_NOT_FOUND = 404


@dataclass(frozen=True, slots=True)
class Fault:
    """An error as OpenRouter told it. `status` is the HTTP status or, within a 200, its code."""

    status: int
    kind: str = ""
    text: str = ""
    retry_after: timedelta | None = None
    moderated: bool = False


def fault_of(error: object, status: int) -> Fault:
    """Read an error object; whatever is malformed counts as not told."""
    told = error if isinstance(error, dict) else {}
    metadata = _object(told.get("metadata"))
    code = told.get("code")
    return Fault(
        status=code if isinstance(code, int) and status == 200 else status,  # noqa: PLR2004 - OK
        kind=_text(metadata.get("error_type")),
        text=_text(told.get("message")),
        retry_after=_wait(_object(told.get("availability")).get("retry_after")),
        moderated="reasons" in metadata or "flagged_input" in metadata,
    )


def code_of(fault: Fault) -> JobErrorCode:
    """Tell the job's error code for an error answer."""
    if fault.moderated:
        return JobErrorCode.CONTENT_POLICY
    if fault.kind in BY_TYPE:
        return BY_TYPE[fault.kind]
    client = fault.status // 100 == 4  # noqa: PLR2004 - the class of an HTTP status
    other = JobErrorCode.INVALID_INPUT if client else JobErrorCode.PROVIDER_FAILED
    return BY_STATUS.get(fault.status, other)


def rejected(fault: Fault, key: str) -> Rejected:
    """Make the final error; `key` is cut out of what OpenRouter says."""
    code = code_of(fault)
    said = for_people(fault.text, hide=key)
    sentence = _NO_MODEL if _names_no_model(fault) else SENTENCES[code]
    return Rejected(code, f"{sentence} It says: {said}" if said else sentence)


def error_of(reply: Reply, key: str) -> ProviderError:
    """Tell what an answer without success says about money.

    429 was not accepted, and 502, 503 and 529 in OpenRouter's own words were not billed: they may
    be sent again. Any other 4xx is a refusal, and so is a redirect, which nobody followed; but
    408 and every other 5xx, or one that a gateway wrote, may hide a model at work: a doubt.
    """
    body = reply.json_object() or {}
    fault = fault_of(body.get("error"), reply.status)
    spoken = isinstance(body.get("error"), dict)
    if reply.status in _LATER or (spoken and reply.status in _LATER_IF_SPOKEN):
        code = code_of(fault)
        return Throttled(code, SENTENCES[code], reply.retry_after() or fault.retry_after)
    if reply.status // 100 in (3, 4) and reply.status != _MAYBE_RUNNING:
        return rejected(fault, key)
    return InDoubt(
        JobErrorCode.SUBMIT_UNKNOWN,
        f"OpenRouter answered with HTTP status {reply.status}, so it is not known whether a model "
        "described the picture.",
    )


def _names_no_model(fault: Fault) -> bool:
    return fault.status == _NOT_FOUND or "not a valid model" in fault.text


def _wait(seconds: object) -> timedelta | None:
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        return None
    return timedelta(seconds=min(max(0.0, seconds), MAX_RETRY_AFTER.total_seconds()))


def _object(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
