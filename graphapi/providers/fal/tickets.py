"""Where a request lives on fal.ai's queue.

A model id such as `fal-ai/nano-banana-pro/edit` is an app (`fal-ai/nano-banana-pro`) and a
sub-path; ids in the `workflows` and `comfy` namespaces have one segment more. The sub-path belongs
in the address of the submit alone. Sources: fal.ai/docs, inference/queue; fal-client's AppId.
"""

import re
from typing import Any

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


def submit_url(queue_url: str, model: str) -> str:
    """Build the address that `model` is submitted to; raises Rejected for what is no model id."""
    segments = model.split("/")
    if len(segments) <= _app_length(segments) - 1 or not all(map(_SEGMENT.fullmatch, segments)):
        raise Rejected(
            JobErrorCode.INVALID_INPUT,
            "This is no fal.ai model id: use one such as fal-ai/nano-banana-pro/edit.",
        )
    return f"{queue_url}/{model}"


def ticket_of(reply: Reply, queue_url: str, model: str) -> Ticket:
    """Read the answer to an accepted submit.

    Raises InDoubt when it carries no usable request id: something was accepted, under a name we
    do not know. Addresses off the queue's own origin are replaced by ones built from the app, so
    that the key never goes elsewhere.
    """
    body = reply.json_object() or {}
    request_id = body.get("request_id")
    if not isinstance(request_id, str) or not _REQUEST_ID.fullmatch(request_id):
        raise InDoubt(
            JobErrorCode.SUBMIT_UNKNOWN,
            "fal.ai's answer named no request, so it is not known whether it was accepted.",
        )
    segments = model.split("/")
    built = f"{queue_url}/{'/'.join(segments[: _app_length(segments)])}/requests/{request_id}"

    def given(field: str, otherwise: str) -> str:
        url = body.get(field)
        return url if isinstance(url, str) and on_origin(url, queue_url) else otherwise

    return Ticket(
        request_id=request_id,
        status_url=given("status_url", f"{built}/status"),
        response_url=given("response_url", built),
        cancel_url=given("cancel_url", f"{built}/cancel"),
        queue_position=queue_position(body),
    )


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


def _app_length(segments: list[str]) -> int:
    return 3 if segments[0] in _NAMESPACES else 2
