import asyncio
import errno
from collections.abc import AsyncIterator

import pytest

from tests.servers.proxy import Mode, Proxy, proxy_to

LONG_ENOUGH = 0.2


async def _echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while chunk := await reader.read(100):
        writer.write(chunk)
    writer.close()


@pytest.fixture
async def proxy() -> AsyncIterator[Proxy]:
    """A proxy to a server that says everything back."""
    server = await asyncio.start_server(_echo, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with proxy_to(f"redis://127.0.0.1:{port}/0") as proxy:
        yield proxy
    server.close()


class Caller:
    """Somebody connected to a proxy."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def ask(self, words: bytes) -> bytes:
        """Say something and hear what comes."""
        self.writer.write(words)
        return await self.reader.read(100)


async def _call(proxy: Proxy) -> Caller:
    port = int(proxy.url.rpartition(":")[2].partition("/")[0])
    return Caller(*await asyncio.open_connection("127.0.0.1", port))


async def test_a_proxy_leads_through_and_ends_with_either_end(proxy: Proxy) -> None:
    caller = await _call(proxy)
    assert await caller.ask(b"hello") == b"hello"
    caller.writer.write_eof()
    assert await caller.reader.read() == b""
    caller.writer.close()


async def test_a_refusing_proxy_hangs_up_refuses_and_comes_back_at_the_same_address(
    proxy: Proxy,
) -> None:
    caller, url = await _call(proxy), proxy.url
    await caller.ask(b"hello")
    await proxy.turn(Mode.REFUSE)
    assert await caller.reader.read() == b""
    caller.writer.close()
    with pytest.raises(ConnectionRefusedError):
        await _call(proxy)
    await proxy.turn(Mode.PASS)
    assert proxy.url == url
    caller = await _call(proxy)
    assert await caller.ask(b"hello") == b"hello"
    caller.writer.close()


async def test_a_resetting_proxy_resets_who_is_connected_and_who_connects(proxy: Proxy) -> None:
    caller = await _call(proxy)
    await caller.ask(b"hello")
    await proxy.turn(Mode.RESET)
    for each in (caller, await _call(proxy)):
        with pytest.raises(ConnectionResetError) as caught:
            await each.reader.read()
        assert caught.value.errno == errno.ECONNRESET
        each.writer.close()


async def test_a_silent_proxy_accepts_and_swallows_and_hangs_up_when_it_speaks_again(
    proxy: Proxy,
) -> None:
    before = await _call(proxy)
    await before.ask(b"hello")
    await proxy.turn(Mode.SILENT)
    after = await _call(proxy)
    for each in (before, after):
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(LONG_ENOUGH):
                await each.ask(b"hello")
    await proxy.turn(Mode.PASS)
    for each in (before, after):
        assert await each.reader.read() == b""
        each.writer.close()
