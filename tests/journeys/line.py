"""The line to a provider, which can be cut: then connections are refused, and open ones end."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit


class Line:
    """A port of ours that leads to `target`, unless it is cut."""

    def __init__(self, target: str) -> None:
        parts = urlsplit(target)
        self._target = (parts.hostname or "127.0.0.1", parts.port or 80)
        self._port = 0
        self._server: asyncio.Server | None = None
        self._calls: set[asyncio.Task[None]] = set()

    @property
    def url(self) -> str:
        """Tell the address at this end; the same after every cut."""
        return f"http://127.0.0.1:{self._port}"

    async def mend(self) -> None:
        """Lead through from now on."""
        self._server = await asyncio.start_server(self._lead, "127.0.0.1", self._port)
        self._port = self._server.sockets[0].getsockname()[1]

    async def cut(self) -> None:
        """Refuse connections from now on, and end those that are open."""
        if self._server is None:
            return
        server, self._server = self._server, None
        server.close()
        for call in self._calls:
            call.cancel()
        await asyncio.gather(*self._calls, return_exceptions=True)
        await server.wait_closed()

    async def _lead(self, near: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        call = asyncio.current_task()
        assert call is not None
        self._calls.add(call)
        call.add_done_callback(self._calls.discard)
        far, there = await asyncio.open_connection(*self._target)
        try:
            await asyncio.gather(_pump(near, there), _pump(far, back))
        except asyncio.CancelledError:
            pass  # cut; asyncio would log a cancelled handler as a defect
        finally:
            there.transport.abort()
            back.transport.abort()


@asynccontextmanager
async def line_to(target: str) -> AsyncIterator[Line]:
    """Open a line; it is cut afterwards."""
    line = Line(target)
    await line.mend()
    try:
        yield line
    finally:
        await line.cut()


async def _pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    try:
        while chunk := await source.read(65536):
            sink.write(chunk)
            await sink.drain()
        sink.write_eof()
    except OSError:
        pass  # either end hung up
