"""Serve an ASGI application on a free loopback port, inside the test's own event loop."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import uvicorn

# Streams that never end by themselves are cut after this long.
GRACE_SECONDS = 1


class _LoopServer(uvicorn.Server):
    """A server that leaves signals to the test runner and a failed start to the caller."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def serve(self, sockets: list[socket.socket] | None = None) -> None:
        try:
            await super().serve(sockets)
        except SystemExit as stop:
            raise RuntimeError("The application did not start; its log says why.") from stop


@asynccontextmanager
async def serve(app: Any) -> AsyncIterator[str]:
    """Serve `app` over real HTTP and WebSockets; yields its base URL, without a trailing slash.

    The lifespan of the application is run. On exit, what is under way gets a second to end and
    is then cancelled, so that no connection or task outlives the block.
    """
    with _free_socket() as listener:
        host, port = listener.getsockname()
        server = _LoopServer(_config(app))
        running = asyncio.create_task(server.serve([listener]))
        try:
            await _until_started(server, running)
            yield f"http://{host}:{port}"
        finally:
            server.should_exit = True
            await running
            await _end_leftovers(server)


def _free_socket() -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", 0))
    return listener


def _config(app: Any) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http="httptools",
        ws="websockets-sansio",
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )


async def _until_started(server: uvicorn.Server, running: asyncio.Task[None]) -> None:
    while not server.started:
        if running.done():
            await running
            raise RuntimeError("The server ended before it had started.")
        await asyncio.sleep(0.002)


async def _end_leftovers(server: uvicorn.Server) -> None:
    for connection in list(server.server_state.connections):
        if connection.transport is not None:
            connection.transport.abort()
    await asyncio.gather(*server.server_state.tasks, return_exceptions=True)
