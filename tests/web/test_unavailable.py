"""What a caller is told while the database is away: to try again, by every door."""

from collections.abc import AsyncIterator

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from graphapi.errors import Unavailable
from graphapi.web.errors import EXCEPTION_HANDLERS
from tests.emulators.serving import serve
from tests.web.graphql_app import TOKEN, App, client

SENTENCE = "The database does not answer just now. Try again in a moment."
REASON = "could not connect to 10.1.2.3"


class Away(App):
    """An application whose users cannot be looked up now."""

    async def authenticate(self, token: str | None) -> str | None:
        """Fail as the database does, when somebody is to be looked up."""
        if token is None:
            return None
        raise Unavailable(SENTENCE) from OSError(REASON)


async def _away(_request: Request) -> Response:
    raise Unavailable(SENTENCE) from OSError(REASON)


@pytest.fixture
async def url() -> AsyncIterator[str]:
    async with Away().serve() as url:
        yield url


async def test_a_request_is_asked_to_try_again_and_the_reason_is_for_the_log(
    url: str, caplog: pytest.LogCaptureFixture
) -> None:
    headers = {"Authorization": f"Bearer {TOKEN}"}
    async with httpx.AsyncClient() as http:
        answer = await http.post(url, json={"query": "{ echo }"}, headers=headers)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
    (error,) = answer.json()["errors"]
    assert (error["message"], error["extensions"]["code"]) == (SENTENCE, "UNAVAILABLE")
    assert REASON not in answer.text
    assert REASON in caplog.text
    assert "Traceback" not in caplog.text


async def test_a_socket_is_closed_with_the_code_after_which_clients_connect_again(
    url: str,
) -> None:
    async with client(url) as talk:
        await talk.send(type="connection_init", payload={"Authorization": f"Bearer {TOKEN}"})
        assert await talk.close_code() == (1013, "Try again later")


async def test_every_other_address_says_so_in_json(caplog: pytest.LogCaptureFixture) -> None:
    app = Starlette(routes=[Route("/away", _away)], exception_handlers=EXCEPTION_HANDLERS)
    async with serve(app) as url, httpx.AsyncClient() as http:
        answer = await http.get(f"{url}/away")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
    assert answer.json() == {"error": {"code": "UNAVAILABLE", "message": SENTENCE}}
    assert REASON in caplog.text
