"""Running the application on a port: uvicorn, with what its defaults leave open closed."""

import socket
from contextlib import suppress
from datetime import timedelta

import uvicorn
from starlette.types import ASGIApp

from graphapi.errors import ConfigurationError

# The largest message of a socket; the view's own cap answers with a reason below this.
_MESSAGE_BYTES = 2 * 1024 * 1024

# A peer that stops reading is dropped after this long; uvicorn would hold it for ever.
_SILENT_PEER = timedelta(seconds=30)

# What is under way may end; container runtimes kill after ten seconds, and the lifespan's own
# end takes some of them.
_GRACE_SECONDS = 4

_BACKLOG = 2048


def run_server(app: ASGIApp, host: str, port: int, *, grace_seconds: int = _GRACE_SECONDS) -> None:
    """Serve `app` until SIGINT or SIGTERM, then end what is under way and the lifespan.

    Raises ConfigurationError when the address cannot be listened on, and SystemExit when the
    application does not start; its log says why.
    """
    config = uvicorn.Config(
        app,
        http="httptools",
        ws="websockets-sansio",
        ws_max_size=_MESSAGE_BYTES,
        ws_per_message_deflate=False,  # 2.3 times the memory of each socket
        access_log=False,
        log_config=None,
        server_header=False,
        timeout_graceful_shutdown=grace_seconds,
    )
    with listen(host, port) as listener, suppress(KeyboardInterrupt):
        uvicorn.Server(config).run([listener])


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
