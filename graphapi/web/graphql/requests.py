"""Reading a GraphQL request from HTTP, as "GraphQL over HTTP" has it, strictly.

Only `application/json` bodies are read: a page on another site can send other types without the
browser asking us first, so reading them would open the door to forged requests.
"""

import asyncio
from email.message import Message
from typing import Any

from starlette.datastructures import QueryParams
from starlette.requests import Request

from graphapi.web.graphql.operations import Operation, TransportLimits, parse_operation
from graphapi.web.graphql.wire import decode_json

JSON = "application/json"
GRAPHQL_RESPONSE = "application/graphql-response+json"


class RequestFault(Exception):
    """A request that cannot be run, with the status and the sentence that say why."""

    def __init__(self, status: int, message: str, **headers: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.headers = headers


def wants_page(request: Request) -> bool:
    """Tell whether a browser opens the address itself, rather than a program asking."""
    accepted = {media for media, _ in _accepted(request.headers.get("accept", ""))}
    return (
        request.method == "GET" and "text/html" in accepted and "query" not in request.query_params
    )


def negotiate(request: Request) -> str:
    """Choose the media type of the answer; raises RequestFault with 406 when none suits.

    Plain JSON unless the client names the newer type at least as gladly.
    """
    header = request.headers.get("accept")
    if header is None or not header.strip():
        return JSON
    known = {JSON: JSON, "application/*": JSON, "*/*": JSON, GRAPHQL_RESPONSE: GRAPHQL_RESPONSE}
    offers = [(quality, known[media]) for media, quality in _accepted(header) if media in known]
    if not offers:
        raise RequestFault(
            406,
            f"Accept {JSON} or {GRAPHQL_RESPONSE}. "
            "Subscriptions run over WebSockets at this same address.",
        )
    return max(offers, key=lambda offer: offer[0])[1]


async def read_operation(request: Request, limits: TransportLimits) -> Operation:
    """Read what is to be run; raises RequestFault, with a sentence, for anything unfit."""
    if request.method not in ("GET", "POST"):
        raise RequestFault(
            405, "Send GraphQL requests by POST, or queries by GET.", Allow="GET, POST"
        )
    try:
        if request.method == "GET":
            return parse_operation(_from_address(request.query_params))
        _check_content_type(request)
        return parse_operation(decode_json(await _read_body(request, limits)))
    except ValueError as error:
        raise RequestFault(400, str(error)) from None


def _from_address(parameters: QueryParams) -> dict[str, Any]:
    fields: dict[str, Any] = dict(parameters)
    for name in ("variables", "extensions"):
        if fields.get(name):
            fields[name] = decode_json(fields[name])
    return fields


def _check_content_type(request: Request) -> None:
    content_type = Message()
    content_type["content-type"] = request.headers.get("content-type", "")
    charset = str(content_type.get_param("charset", "utf-8")).lower()
    if content_type.get_content_type() != JSON or charset not in ("utf-8", "utf8"):
        raise RequestFault(415, f'Send the body with the header "Content-Type: {JSON}", in UTF-8.')
    if request.headers.get("content-encoding", "identity") != "identity":
        raise RequestFault(415, "Send the body as it is, not compressed.")


async def _read_body(request: Request, limits: TransportLimits) -> bytes:
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and int(declared) > limits.body_bytes:
        raise _too_large(limits)
    body = bytearray()
    try:
        async with asyncio.timeout(limits.body_time.total_seconds()):
            async for chunk in request.stream():
                body += chunk
                if len(body) > limits.body_bytes:
                    raise _too_large(limits)
    except TimeoutError:
        raise RequestFault(408, "The body did not arrive in time.", Connection="close") from None
    return bytes(body)


def _too_large(limits: TransportLimits) -> RequestFault:
    return RequestFault(413, f"The body may have at most {limits.body_bytes:,} bytes.")


def _accepted(header: str) -> list[tuple[str, float]]:
    """List the media types of an Accept header with their quality, refused ones left out."""
    accepted = []
    for item in header.split(","):
        media, *parameters = (part.strip().lower() for part in item.split(";"))
        quality = next((part[2:] for part in parameters if part.startswith("q=")), "1")
        try:
            weight = float(quality)
        except ValueError:
            weight = 0.0
        if weight > 0:
            accepted.append((media, weight))
    return accepted
