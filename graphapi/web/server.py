"""Running the application on a port: uvicorn, with what its defaults leave open closed."""

import asyncio
import signal
import socket
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, suppress
from datetime import timedelta

import uvicorn
from starlette.types import ASGIApp

from graphapi.errors import ConfigurationError

# The largest message of a socket; the view's own cap answers with a reason below this.
_MESSAGE_BYTES = 2 * 1024 * 1024

# A peer that stops reading is dropped after this long; uvicorn would hold it for ever.
_SILENT_PEER = timedelta(seconds=30)

# What is under way may end; a stopped process is expected to be gone within five seconds, and
# closing what the application stands on takes some of them.
_GRACE_SECONDS = 1

_BACKLOG = 2048

# Opens the application, and closes what it stands on after the last request.
OpenApp = Callable[[], AbstractAsyncContextManager[ASGIApp]]


def run_server(
    open_app: OpenApp, host: str, port: int, *, grace_seconds: int = _GRACE_SECONDS
) -> None:
    """Serve an application until SIGINT or SIGTERM, then end what is under way and close it.

    Raises ConfigurationError when the address cannot be listened on, before anything is opened.
    """
    # Started in the background by a script, a process is told to ignore SIGINT; we end with it.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    # A Ctrl-C before the first request is no defect either.
    with listen(host, port) as listener, suppress(KeyboardInterrupt):
        # The loop is chosen without an application: it is opened on that very loop.
        loop_factory = uvicorn.Config("", log_config=None).get_loop_factory()
        with asyncio.Runner(loop_factory=loop_factory) as runner:
            runner.run(_serve(open_app, listener, grace_seconds))


async def _serve(open_app: OpenApp, listener: socket.socket, grace_seconds: int) -> None:
    # Until uvicorn listens for it, SIGTERM ends the process as Ctrl-C does: what is open closes.
    signal.signal(signal.SIGTERM, signal.getsignal(signal.SIGINT))
    async with open_app() as app:
        config = uvicorn.Config(
            app,
            http="httptools",
            ws="websockets-sansio",
            ws_max_size=_MESSAGE_BYTES,
            ws_per_message_deflate=False,  # 2.3 times the memory of each socket
            access_log=False,
            log_config=None,
            lifespan="off",
            server_header=False,
            timeout_graceful_shutdown=grace_seconds,
        )
        server = uvicorn.Server(config)
        _end_with_signals(server)
        await server.serve([listener])


def _end_with_signals(server: uvicorn.Server) -> None:
    """Let a signal end the server from now on, and never the process: we have yet to close.

    uvicorn listens for itself while it serves, and raises what it heard again afterwards.
    """
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, server.handle_exit)


def listen(host: str, port: int) -> socket.socket:
    """Open the listening socket; raises ConfigurationError with what to do."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listener = socket.create_server((host, port), family=family, backlog=_BACKLOG)
    except OSError as error:
        raise ConfigurationError(
            f"Cannot listen on {host}:{port}: {error.strerror or error}. "
            "Choose another address with GRAPHAPI_HOST or port with GRAPHAPI_PORT."
        ) from None
    if hasattr(socket, "TCP_USER_TIMEOUT"):  # Linux; accepted sockets inherit it
        milliseconds = int(_SILENT_PEER.total_seconds() * 1000)
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, milliseconds)
    return listener
