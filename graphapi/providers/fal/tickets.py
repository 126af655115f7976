"""Where a request lives on fal.ai's queue.

A model id such as `fal-ai/nano-banana-pro/edit` is an app (`fal-ai/nano-banana-pro`) and a
sub-path; ids in the `workflows` and `comfy` namespaces have one segment more. The sub-path belongs
in the address of the submit alone. Sources: fal.ai/docs, inference/queue; fal-client's AppId.
"""

import re
from typing import Any, TypeGuard
from urllib.parse import urlencode

import httpx

from graphapi.domain.failures import JobErrorCode
from graphapi.errors import InDoubt, Rejected
from graphapi.ports.editing import Ticket
from graphapi.providers.http import Reply

_NAMESPACES = ("workflows", "comfy")
_SEGMENT = re.compile(r"(?!\.)[A-Za-z0-9._-]+")
# What a column of the database, and an Int of GraphQL, can hold.
_INT32 = 2**31
_REQUEST_ID = re.compile(r"[A-Za-z0-9_-]{1,128}")


def submit_url(queue_url: str, model: str, webhook_url: str | None = None) -> str:
    """Build the address that `model` is submitted to; raises Rejected for what is no model id."""
    query = "" if webhook_url is None else f"?{urlencode({'fal_webhook': webhook_url})}"
    return f"{queue_url}/{'/'.join(_segments(model))}{query}"


def ticket_of(reply: Reply, queue_url: str, model: str) -> Ticket:
    """Read the answer to an accepted submit.

    Raises InDoubt when it carries no usable request id: something was accepted, under a name we
    do not know. Addresses off the queue's own origin are replaced by ones built from the app, so
    that the key never goes elsewhere.
    """
    body = reply.json_object() or {}
    request_id = body.get("request_id")
    if not is_request_id(request_id):
        raise InDoubt(
            JobErrorCode.SUBMIT_UNKNOWN,
            "fal.ai's answer named no request, so it is not known whether it was accepted.",
        )
    built = built_ticket(queue_url, model, request_id)

    def given(field: str, otherwise: str | None) -> str | None:
        url = body.get(field)
        return url if isinstance(url, str) and on_origin(url, queue_url) else otherwise

    return Ticket(
        request_id=request_id,
        status_url=given("status_url", built.status_url),
        response_url=given("response_url", built.response_url),
        cancel_url=given("cancel_url", built.cancel_url),
        queue_position=queue_position(body),
    )


def built_ticket(queue_url: str, model: str, request_id: str) -> Ticket:
    """Build the addresses of a request that fal.ai gave none for, as its own clients do.

    Raises Rejected for what is no model or no request id.
    """
    segments = _segments(model)
    if not is_request_id(request_id):
        raise Rejected(JobErrorCode.INVALID_INPUT, "This is no request id of fal.ai.")
    app = "/".join(segments[: _app_length(segments)])
    url = f"{queue_url}/{app}/requests/{request_id}"
    return Ticket(request_id, f"{url}/status", url, f"{url}/cancel")


def is_request_id(value: Any) -> TypeGuard[str]:
    """Tell whether this can be a request id, and so a part of an address."""
    return isinstance(value, str) and _REQUEST_ID.fullmatch(value) is not None


def queue_position(body: dict[str, Any]) -> int | None:
    """Read how many requests are ahead; 0 is next."""
    position = body.get("queue_position")
    if isinstance(position, int) and not isinstance(position, bool) and 0 <= position < _INT32:
        return position
    return None


def on_origin(url: str, base_url: str) -> bool:
    """Tell whether both addresses have the same scheme, host and port."""
    try:
        one, other = httpx.URL(url), httpx.URL(base_url)
    except httpx.InvalidURL:
        return False
    return (one.scheme, one.netloc, one.userinfo) == (other.scheme, other.netloc, other.userinfo)


def is_model_id(model: str) -> bool:
    """Tell whether this can be a model id, and so a part of an address."""
    segments = model.split("/")
    return len(segments) >= _app_length(segments) and all(map(_SEGMENT.fullmatch, segments))


def _segments(model: str) -> list[str]:
    if not is_model_id(model):
        raise Rejected(
            JobErrorCode.INVALID_INPUT,
            "This is no fal.ai model id: use one such as fal-ai/nano-banana-pro/edit.",
        )
    return model.split("/")


def _app_length(segments: list[str]) -> int:
    return 3 if segments[0] in _NAMESPACES else 2
