"""Errors of every address but /graphql: `{"error": {"code", "message"}}`, never a stack."""

import logging
import secrets
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from graphapi.errors import Unavailable

logger = logging.getLogger(__name__)

_SENTENCES = {
    404: "There is nothing at this address.",
    405: "This address does not answer that method.",
}


def error_response(
    status: int, code: str, message: str, headers: Mapping[str, str] | None = None
) -> JSONResponse:
    """Answer an error: a code for programs and a sentence for people that says what to do."""
    body = {"error": {"code": code, "message": message}}
    return JSONResponse(body, status_code=status, headers=headers)


async def _answer_http_exception(_request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - it is registered for no other
    status = HTTPStatus(error.status_code)
    if status < HTTPStatus.OK or status in (HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED):
        return Response(status_code=status, headers=error.headers)
    sentence = error.detail if error.detail != status.phrase else _SENTENCES.get(status)
    return error_response(status, status.name, sentence or f"{status.phrase}.", error.headers)


async def _answer_unavailable(_request: Request, error: Exception) -> Response:
    logger.warning("%s %r", error, error.__cause__)
    return error_response(503, "UNAVAILABLE", str(error), {"Retry-After": "1"})


async def _answer_defect(request: Request, _error: Exception) -> Response:
    # Starlette raises the error again once this is sent, and the server logs its stack.
    request_id = secrets.token_hex(8)
    logger.error("Request %s failed: %s %s", request_id, request.method, request.url.path)
    message = f"Something went wrong on our side. Try again; if it stays, tell us {request_id}."
    return error_response(500, "INTERNAL", message)


# For `Starlette(exception_handlers=...)`.
EXCEPTION_HANDLERS: dict[Any, Any] = {
    HTTPException: _answer_http_exception,
    Unavailable: _answer_unavailable,
    Exception: _answer_defect,
}
