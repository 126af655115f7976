"""The server that the emulators run on."""

import asyncio
import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, StreamingResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket
from websockets.asyncio.client import connect

from tests.emulators.serving import serve


async def _hello(_request: Request) -> PlainTextResponse:
    return PlainTextResponse("hello")


async def _endless(_request: Request) -> StreamingResponse:
    async def lines() -> AsyncIterator[str]:
        while True:
            yield "tick\n"
            await asyncio.sleep(0.01)

    return StreamingResponse(lines())


async def _echo(socket: WebSocket) -> None:
    await socket.accept()
    while True:
        await socket.send_text(await socket.receive_text())


APP = Starlette(
    routes=[
        Route("/", _hello),
        Route("/endless", _endless),
        WebSocketRoute("/echo", _echo),
    ]
)


async def test_an_application_is_served_on_a_loopback_port() -> None:
    async with serve(APP) as url, httpx.AsyncClient() as client:
        answer = await client.get(url)
    assert url.startswith("http://127.0.0.1:")
    assert answer.text == "hello"


async def test_nothing_answers_once_the_block_has_ended() -> None:
    async with serve(APP) as url:
        pass
    async with httpx.AsyncClient() as client:
        with pytest.raises(httpx.ConnectError):
            await client.get(url)


async def test_two_applications_are_served_side_by_side() -> None:
    async with serve(APP) as one, serve(APP) as other:
        assert one != other


async def test_open_streams_and_sockets_do_not_outlive_the_block() -> None:
    before = asyncio.all_tasks()
    async with httpx.AsyncClient() as client:
        async with serve(APP) as url:
            stream = await client.send(client.build_request("GET", f"{url}/endless"), stream=True)
            socket = await connect(f"{url.replace('http', 'ws')}/echo")
            await socket.send("still there?")
            assert await socket.recv() == "still there?"
        await stream.aclose()
        await socket.close()
    gc.collect()
    assert asyncio.all_tasks() == before


async def test_an_application_that_cannot_start_raises() -> None:
    @asynccontextmanager
    async def fail(app: Starlette) -> AsyncIterator[None]:
        if app.debug:
            yield
        raise OSError("no such disk")

    with pytest.raises(RuntimeError, match="did not start"):
        async with serve(Starlette(lifespan=fail)):
            pass
