"""The line to a server, which can be told to fail: refused, reset, or silent.

A proxy leads to one server of the test. Its port stays its own for as long as it lives, also
while it refuses, so that nobody else can take it meanwhile.
"""

import asyncio
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from enum import StrEnum
from urllib.parse import urlsplit

# On for zero seconds: what is left unsent is dropped, and the peer is sent an RST.
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)
_CHUNK = 65536


class Mode(StrEnum):
    """What a proxy does with connections.

    PASS leads through. REFUSE listens no more, and hangs up on who is connected. RESET accepts,
    then resets; so are those who are connected. SILENT accepts and swallows, both ways: nobody
    hears anything, not even that the other end is gone.
    """

    PASS = "pass"
    REFUSE = "refuse"
    RESET = "reset"
    SILENT = "silent"


class Proxy:
    """A port of ours that leads to `target`, in the mode it is turned to."""

    def __init__(self, target: str) -> None:
        self._target = urlsplit(target)
        self._mode = Mode.REFUSE
        self._server: asyncio.Server | None = None
        self._calls: set[asyncio.Task[None]] = set()
        # Bound and never listening: it keeps the port, and connections to it are refused.
        self._reserved = _bound(0)
        self._port: int = self._reserved.getsockname()[1]

    @property
    def url(self) -> str:
        """Tell the address of the server by way of this proxy."""
        user = f"{self._target.username}@" if self._target.username else ""
        return self._target._replace(netloc=f"{user}127.0.0.1:{self._port}").geturl()

    async def turn(self, mode: Mode) -> None:
        """Go on in another mode. Connections outlive a change from PASS to SILENT alone."""
        before, self._mode = self._mode, mode
        if mode is Mode.REFUSE and self._server is not None:
            server, self._server = self._server, None
            server.close()
        # After a silence bytes are missing, so its connections cannot go on either.
        if (before, mode) != (Mode.PASS, Mode.SILENT):
            await self._hang_up()
        if mode is not Mode.REFUSE and self._server is None:
            self._server = await asyncio.start_server(self._lead, sock=_bound(self._port))

    async def close(self) -> None:
        """Refuse for good, and give the port back."""
        await self.turn(Mode.REFUSE)
        self._reserved.close()

    async def _hang_up(self) -> None:
        for call in self._calls:
            call.cancel()
        await asyncio.gather(*self._calls, return_exceptions=True)

    async def _lead(self, near: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        call = asyncio.current_task()
        assert call is not None
        self._calls.add(call)
        call.add_done_callback(self._calls.discard)
        try:
            if self._mode is Mode.PASS:
                await self._lead_through(near, back)
            elif self._mode is Mode.SILENT:
                await self._swallow(near)
        except (asyncio.CancelledError, OSError):
            pass  # hung up, by us or by either end; asyncio would log it as a defect
        finally:
            self._end(back)

    async def _lead_through(self, near: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        address = self._target.hostname or "127.0.0.1", self._target.port or 80
        far, there = await asyncio.open_connection(*address)
        try:
            await asyncio.gather(self._pump(near, there), self._pump(far, back))
        finally:
            self._end(there)

    async def _pump(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        while chunk := await source.read(_CHUNK):
            if self._mode is Mode.SILENT:
                await self._swallow(source)
            sink.write(chunk)
            await sink.drain()
        if self._mode is Mode.SILENT:
            await self._swallow(source)
        sink.write_eof()

    async def _swallow(self, source: asyncio.StreamReader) -> None:
        """Take everything and tell nobody, until hung up."""
        while await source.read(_CHUNK):
            pass
        await asyncio.Event().wait()

    def _end(self, writer: asyncio.StreamWriter) -> None:
        if self._mode is Mode.RESET:
            peer = writer.get_extra_info("socket")
            peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
        writer.transport.abort()


@asynccontextmanager
async def proxy_to(target: str) -> AsyncIterator[Proxy]:
    """Lead to a server; `target` is its URL, of any scheme."""
    proxy = Proxy(target)
    await proxy.turn(Mode.PASS)
    try:
        yield proxy
    finally:
        await proxy.close()


def _bound(port: int) -> socket.socket:
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    bound.bind(("127.0.0.1", port))
    return bound
