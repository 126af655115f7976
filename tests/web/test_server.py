"""Running the application on a port, in a process of its own."""

import asyncio
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from graphapi.errors import ConfigurationError
from graphapi.web.server import listen

PROGRAM = """
import asyncio, sys
from contextlib import asynccontextmanager
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse, StreamingResponse
from starlette.routing import Route, WebSocketRoute
from graphapi.web.server import run_server

@asynccontextmanager
async def open_app():
    if "fail" in sys.argv:
        raise OSError("no such disk")
    try:
        print("opening", flush=True)
        await asyncio.sleep(60 if "slow" in sys.argv else 0)
        yield Starlette(routes=routes)
    finally:
        print("closed", flush=True)

async def hello(request):
    return PlainTextResponse("hello")

async def endless(request):
    async def lines():
        while True:
            yield "tick"
            await asyncio.sleep(0.01)
    return StreamingResponse(lines())

async def echo(websocket):
    await websocket.accept()
    while True:
        await websocket.send_text(await websocket.receive_text())

routes = [Route("/", hello), Route("/endless", endless), WebSocketRoute("/echo", echo)]
run_server(open_app, "127.0.0.1", int(sys.argv[1]), grace_seconds=1)
"""

# As a shell does for what a script starts with `&`: SIGINT is ignored from the start.
IN_THE_BACKGROUND = ("sh", "-c", 'trap "" INT; exec "$@"', "sh")


@contextmanager
def running(
    *arguments: str, through: Sequence[str] = ()
) -> Iterator[tuple[subprocess.Popen[str], int]]:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    command = [*through, sys.executable, "-c", PROGRAM, str(port), *arguments]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            yield process, port
        finally:
            process.kill()


async def started(port: int) -> str:
    """Wait until the server answers; answers its headers."""
    async with asyncio.timeout(20), httpx.AsyncClient() as http:
        while True:
            try:
                return str((await http.get(f"http://127.0.0.1:{port}/")).headers)
            except httpx.ConnectError:
                await asyncio.sleep(0.05)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_ends_streams_and_sockets_and_closes_the_application_soon(
    number: signal.Signals,
) -> None:
    with running() as (process, port):
        assert "uvicorn" not in await started(port)
        async with (
            httpx.AsyncClient() as http,
            http.stream("GET", f"http://127.0.0.1:{port}/endless"),
            connect(f"ws://127.0.0.1:{port}/echo") as talk,
        ):
            await talk.send("still there?")
            assert await talk.recv() == "still there?"
            assert talk.protocol.extensions == []
            start = time.perf_counter()
            process.send_signal(number)
            output, _ = await asyncio.to_thread(process.communicate, timeout=10)
            assert time.perf_counter() - start < 5
            with pytest.raises(ConnectionClosed):
                await talk.recv()
    assert "closed" in output
    assert process.returncode == 0


@pytest.mark.parametrize("through", [(), IN_THE_BACKGROUND], ids=["terminal", "background"])
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_before_all_is_open_closes_what_is(
    number: signal.Signals, through: Sequence[str]
) -> None:
    with running("slow", through=through) as (process, _):
        assert process.stdout
        assert await asyncio.to_thread(process.stdout.readline) == "opening\n"
        process.send_signal(number)
        output, errors = await asyncio.to_thread(process.communicate, timeout=20)
    assert (output, errors, process.returncode) == ("closed\n", "", 0)


async def test_a_message_of_excessive_size_closes_its_socket() -> None:
    with running() as (_, port):
        await started(port)
        async with connect(f"ws://127.0.0.1:{port}/echo", max_size=None) as talk:
            with suppress(ConnectionClosed):  # it may close while the rest is being sent
                await talk.send("x" * 3 * 1024 * 1024)
            await talk.wait_closed()
            assert talk.close_code == 1009


async def test_an_application_that_cannot_start_ends_the_process() -> None:
    with running("fail") as (process, _):
        _, errors = await asyncio.to_thread(process.communicate, timeout=20)
    assert process.returncode == 1
    assert "no such disk" in errors


def test_a_taken_port_is_named_with_what_to_do() -> None:
    with listen("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ConfigurationError, match=rf"127\.0\.0\.1:{port}.*GRAPHAPI_PORT"):
            listen("127.0.0.1", port)


@pytest.mark.skipif(not hasattr(socket, "TCP_USER_TIMEOUT"), reason="Linux alone has it")
def test_a_peer_that_never_reads_is_dropped_after_a_while() -> None:
    with listen("127.0.0.1", 0) as listener, socket.create_connection(listener.getsockname()):
        accepted, _ = listener.accept()
        with accepted:
            timeout = accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT)
    assert timeout == 30_000
