"""Errors of every address but /graphql."""

import httpx
import pytest
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from graphapi.web.errors import EXCEPTION_HANDLERS, error_response
from tests.emulators.serving import serve

SECRET = "the password is swordfish"


async def _break(_request: Request) -> Response:
    raise RuntimeError(SECRET)


async def _refuse(_request: Request) -> Response:
    raise HTTPException(429, "Slow down.", {"Retry-After": "3"})


async def _fine(_request: Request) -> Response:
    return PlainTextResponse("fine")


APP = Starlette(
    routes=[Route("/break", _break), Route("/refuse", _refuse), Route("/fine", _fine)],
    exception_handlers=EXCEPTION_HANDLERS,
)


async def get(path: str, method: str = "GET") -> httpx.Response:
    async with serve(APP) as url, httpx.AsyncClient() as client:
        return await client.request(method, url + path)


async def test_an_unknown_address_says_so_in_json() -> None:
    answer = await get("/nowhere")
    assert answer.status_code == 404
    assert answer.json() == {
        "error": {"code": "NOT_FOUND", "message": "There is nothing at this address."}
    }


async def test_a_wrong_method_says_which_ones_are_right() -> None:
    answer = await get("/fine", "POST")
    assert answer.status_code == 405
    assert answer.json()["error"]["code"] == "METHOD_NOT_ALLOWED"
    assert "GET" in answer.headers["allow"]


async def test_our_own_sentence_and_headers_are_kept() -> None:
    answer = await get("/refuse")
    assert answer.json() == {"error": {"code": "TOO_MANY_REQUESTS", "message": "Slow down."}}
    assert answer.headers["retry-after"] == "3"


async def test_a_defect_tells_the_caller_nothing_and_the_log_everything(
    caplog: pytest.LogCaptureFixture,
) -> None:
    answer = await get("/break")
    assert answer.status_code == 500
    assert SECRET not in answer.text
    assert "Traceback" not in answer.text
    message = answer.json()["error"]["message"]
    request_id = message.rstrip(".").rsplit(" ", 1)[1]
    assert f"Request {request_id} failed: GET /break" in caplog.text
    assert SECRET in caplog.text


def test_an_error_carries_a_code_and_a_sentence() -> None:
    response = error_response(410, "GONE", "Ask for a new one.", {"X-Header": "kept"})
    assert response.status_code == 410
    assert response.body == b'{"error":{"code":"GONE","message":"Ask for a new one."}}'
    assert response.headers["x-header"] == "kept"
