"""What a fault on the way says about money, over real connections that break in every way."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphapi.domain.failures import JobErrorCode
from graphapi.errors import ConfigurationError, InDoubt, NotSent, Throttled
from graphapi.providers import http
from graphapi.providers.http import File, Reply, Wire, check_headers, for_people

HELLO = b'HTTP/1.1 200 OK\r\nContent-Length: 16\r\n\r\n{"hello": "you"}'
HALF = b'HTTP/1.1 200 OK\r\nContent-Length: 400\r\n\r\n{"request_id": "'
REDIRECT = b"HTTP/1.1 307 Moved\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n"


class Peer:
    """A server that sends these bytes for each request and then, maybe, hangs up."""

    def __init__(self, answer: bytes, *, hang_up: bool = False) -> None:
        self.answer = answer
        self.hang_up = hang_up
        self.requests: list[bytes] = []
        self.connections = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while head := await reader.readuntil(b"\r\n\r\n"):
                self.requests.append(head)
                writer.write(self.answer)
                await writer.drain()
                if self.hang_up:
                    break


@asynccontextmanager
async def listening(peer: Peer) -> AsyncIterator[str]:
    serving: set[asyncio.Task[None] | None] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        serving.add(asyncio.current_task())
        try:
            await peer.serve(reader, writer)
        finally:
            writer.close()
            await asyncio.gather(writer.wait_closed(), return_exceptions=True)

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    # The client has closed its ends by now, so every connection is about to end.
    await asyncio.wait_for(asyncio.gather(*filter(None, serving)), 5)


@asynccontextmanager
async def wired(seconds: float = 5.0) -> AsyncIterator[Wire]:
    wire = Wire("the provider", seconds)
    try:
        yield wire
    finally:
        await wire.close()


def _refused_url() -> str:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return f"http://127.0.0.1:{listener.getsockname()[1]}"


async def test_a_complete_answer_is_read_whole() -> None:
    peer = Peer(HELLO)
    async with listening(peer) as url, wired() as wire:
        reply = await wire.pay("POST", url, {"X-Ours": "1"}, body={})
    assert (reply.status, reply.ok, reply.json_object()) == (200, True, {"hello": "you"})
    assert b"x-ours: 1" in peer.requests[0].lower()


@pytest.mark.parametrize(
    "url",
    [_refused_url(), "http://no-such-host.invalid/", "nonsense://127.0.0.1/"],
    ids=["refused", "no such host", "no such protocol"],
)
async def test_a_call_that_never_left_is_not_sent(url: str) -> None:
    async with wired() as wire:
        with pytest.raises(NotSent) as fault:
            await wire.pay("POST", url, {}, body={})
    assert fault.value.code is JobErrorCode.PROVIDER_UNAVAILABLE
    assert fault.value.message.startswith("the provider could not be reached")


async def test_a_broken_tls_handshake_means_that_nothing_was_sent() -> None:
    class NoTls(Peer):
        async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.read(1)
            writer.write(self.answer)

    for answer in (b"", HELLO):
        async with listening(NoTls(answer)) as url, wired() as wire:
            with pytest.raises(NotSent, match="ConnectError"):
                await wire.pay("POST", url.replace("http:", "https:"), {}, body={})


async def test_a_full_pool_means_that_nothing_was_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "PAID_CONNECTIONS", 1)
    monkeypatch.setattr(http, "CONNECT_SECONDS", 0.1)
    peer = Peer(b"")
    async with listening(peer) as url, wired() as wire:
        holding = asyncio.create_task(wire.pay("POST", url, {}))
        await asyncio.sleep(0.02)
        with pytest.raises(NotSent):
            await wire.pay("POST", url, {})
        holding.cancel()
        with pytest.raises(asyncio.CancelledError):
            await holding
    assert len(peer.requests) == 1


@pytest.mark.parametrize(
    "peer",
    [
        Peer(b"", hang_up=True),
        Peer(b""),
        Peer(HALF, hang_up=True),
        Peer(HALF),
        Peer(b"SSH-2.0-OpenSSH\r\n", hang_up=True),
    ],
    ids=["dropped", "silent", "cut", "stalled", "not HTTP"],
)
async def test_a_paid_call_whose_answer_is_lost_is_in_doubt_and_sent_once(peer: Peer) -> None:
    async with listening(peer) as url, wired(0.2) as wire:
        with pytest.raises(InDoubt) as fault:
            await wire.pay("POST", url, {}, body={})
        await asyncio.sleep(0.05)
    assert fault.value.code is JobErrorCode.SUBMIT_UNKNOWN
    assert len(peer.requests) == 1


async def test_a_server_that_drips_bytes_for_ever_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "CONNECT_SECONDS", 0.5)

    class Drip(Peer):
        async def serve(self, _reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(self.answer)
            with suppress(ConnectionError):
                while True:
                    writer.write(b" ")
                    await writer.drain()
                    await asyncio.sleep(0.02)

    drip = Drip(b"HTTP/1.1 200 OK\r\nContent-Length: 10000\r\n\r\n")
    async with listening(drip) as url, wired(0.2) as wire:
        with pytest.raises(InDoubt):
            await asyncio.wait_for(wire.pay("POST", url, {}), 3)


async def test_a_large_body_gets_time_to_be_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "CONNECT_SECONDS", 0.0)
    monkeypatch.setattr(http, "SLOWEST_UPLOAD", 1000)

    class Slow(Peer):
        async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            for _ in range(2000):
                await reader.readexactly(1)
            await asyncio.sleep(0.4)
            writer.write(self.answer)
            await writer.drain()

    async with listening(Slow(HELLO)) as url, wired(0.2) as wire:
        monkeypatch.setattr(wire._free, "timeout", httpx.Timeout(5))
        assert (await wire.ask("PUT", url, {}, content=b"x" * 2000)).ok


class Reader(Peer):
    """A server that reads each request to its declared end."""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(
            int(line.partition(b":")[2])
            for line in head.lower().splitlines()
            if line.startswith(b"content-length:")
        )
        self.requests.append(head + await reader.readexactly(length))
        writer.write(self.answer)
        await writer.drain()


async def test_files_go_out_as_a_form_of_declared_length_with_the_body_as_its_fields() -> None:
    reader = Reader(HELLO)
    files = [File("image", "a.png", b"\x89pixels", "image/png"), File("mask", "b", b"m", "x/y")]
    fields = {"prompt": "A дог: 5 %", "n": 2, "fast": True, "loras": [{"scale": 0.5}]}
    async with listening(reader) as url, wired() as wire:
        assert (await wire.pay("POST", url, {}, body=fields, files=files)).ok
    (request,) = reader.requests
    assert b"multipart/form-data; boundary=" in request
    for part in (
        b'name="prompt"\r\n\r\n' + "A дог: 5 %".encode(),
        b'name="n"\r\n\r\n2',
        b'name="fast"\r\n\r\ntrue',
        b'name="loras"\r\n\r\n[{"scale": 0.5}]',
        b'name="image"; filename="a.png"\r\nContent-Type: image/png\r\n\r\n\x89pixels',
        b'name="mask"; filename="b"\r\nContent-Type: x/y\r\n\r\nm',
    ):
        assert part + b"\r\n--" in request


async def test_a_form_whose_answer_is_lost_is_in_doubt_and_sent_once() -> None:
    peer = Peer(b"", hang_up=True)
    async with listening(peer) as url, wired(0.2) as wire:
        with pytest.raises(InDoubt):
            await wire.pay("POST", url, {}, body={}, files=[File("image", "a", b"x", "image/png")])
    assert len(peer.requests) == 1


async def test_a_provider_may_be_allowed_larger_answers() -> None:
    body = b"x" * (http.MAX_REPLY_BYTES + 1)
    peer = Peer(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
    async with listening(peer) as url:
        wire = Wire("the provider", 5.0, len(body))
        assert (await wire.pay("POST", url, {})).content == body
        await wire.close()


async def test_an_answer_larger_than_allowed_is_not_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "MAX_REPLY_BYTES", 1000)
    peer = Peer(b"HTTP/1.1 200 OK\r\nContent-Length: 1001\r\n\r\n" + b"x" * 1001)
    async with listening(peer) as url, wired() as wire:
        with pytest.raises(InDoubt):
            await wire.pay("POST", url, {})


async def test_a_cancelled_call_raises_its_cancellation() -> None:
    async with listening(Peer(b"")) as url, wired() as wire:
        call = asyncio.create_task(wire.pay("POST", url, {}))
        await asyncio.sleep(0.05)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call


async def test_a_redirect_is_answered_as_it_is() -> None:
    peer = Peer(REDIRECT)
    async with listening(peer) as url, wired() as wire:
        assert (await wire.pay("POST", url, {})).status == 307
        assert (await wire.ask("GET", url, {})).status == 307
    assert len(peer.requests) == 2


async def test_each_paid_call_has_a_connection_of_its_own_and_free_ones_share() -> None:
    peer = Peer(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
    async with listening(peer) as url, wired() as wire:
        for _ in range(3):
            await wire.pay("POST", url, {})
        assert peer.connections == 3
        for _ in range(3):
            await wire.ask("GET", url, {})
        assert peer.connections == 4


@pytest.mark.parametrize(
    "peer",
    [Peer(b"", hang_up=True), Peer(b""), Peer(HALF, hang_up=True)],
    ids=["dropped", "silent", "cut"],
)
async def test_a_free_call_may_always_be_asked_again(peer: Peer) -> None:
    async with listening(peer) as url, wired(0.2) as wire:
        with pytest.raises(Throttled) as fault:
            await wire.ask("GET", url, {})
    assert fault.value.code is JobErrorCode.PROVIDER_UNAVAILABLE


async def test_a_free_call_to_a_refused_port_may_be_asked_again() -> None:
    async with wired() as wire:
        with pytest.raises(Throttled, match="ConnectError"):
            await wire.ask("GET", _refused_url(), {})


async def test_proxies_of_the_environment_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", _refused_url())
    monkeypatch.setenv("ALL_PROXY", _refused_url())
    async with listening(Peer(REDIRECT)) as url, wired() as wire:
        assert (await wire.ask("GET", url, {})).status == 307


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[1]",
        b'"text"',
        b"{",
        b"\xff",
        b"[" * 100_000,
        b'{"a": NaN}',
        b'{"a": [-Infinity]}',
        b'{"a": 1e999}',
        b'{"a": ' + b"9" * 5000 + b"}",
    ],
)
def test_a_body_that_is_no_json_object_is_none(body: bytes) -> None:
    assert Reply(200, httpx.Headers(), body).json_object() is None


def test_what_no_database_can_store_is_taken_out_of_a_body() -> None:
    body = b'{"a\\u0000": ["b\\u0000c", {"d": "\\ud800e"}], "f": "\\ud83d\\ude00", "g": 1.5}'
    assert Reply(200, httpx.Headers(), body).json_object() == {
        "a": ["bc", {"d": "?e"}],
        "f": "\U0001f600",
        "g": 1.5,
    }


def _asking(value: str) -> timedelta | None:
    return Reply(429, httpx.Headers({"Retry-After": value}), b"").retry_after()


def test_retry_after_is_read_in_seconds_and_as_a_date() -> None:
    assert _asking("7") == timedelta(seconds=7)
    wait = _asking(format_datetime(datetime.now(UTC) + timedelta(seconds=30), usegmt=True))
    assert wait is not None
    assert timedelta(seconds=25) < wait <= timedelta(seconds=30)


@pytest.mark.parametrize(
    ("value", "wait"),
    [
        ("86400", timedelta(hours=1)),
        ("9" * 5000, None),
        ("9" * 30, None),
        ("-5", None),
        ("soon", None),
        ("", None),
        ("Mon, 01 Jan 2001 00:00:00 GMT", timedelta(0)),
    ],
)
def test_a_strange_retry_after_is_bounded_or_ignored(value: str, wait: timedelta | None) -> None:
    assert _asking(value) == wait


@given(st.text(max_size=60).filter(lambda value: "\n" not in value and "\r" not in value))
def test_no_retry_after_can_break_the_reading_of_an_answer(value: str) -> None:
    wait = Reply(429, httpx.Headers([(b"Retry-After", value.encode())]), b"").retry_after()
    assert wait is None or timedelta(0) <= wait <= timedelta(hours=1)


@given(st.text(), st.integers(2, 50))
def test_what_is_said_to_people_is_one_short_visible_line(text: str, limit: int) -> None:
    line = for_people(text, limit)
    assert len(line) <= limit
    assert line == line.strip()
    assert all(mark.isprintable() for mark in line if not mark.isspace())
    assert not set(line) & set("\n\r\t\x1b\x00\u202e")


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("Failed: https://us.example/m?sig=abc now", "Failed: [address] now"),
        ("see HTTP://us.example", "see [address]"),
        ("at data:image/png;base64,AAAA", "at [address]"),
        ("key id:secret is bad", "key [key] is bad"),
        ("a\r\n\tb\x1b[31m", "a b [31m"),
    ],
)
def test_addresses_keys_and_control_characters_are_not_shown(said: str, shown: str) -> None:
    assert for_people(said, hide="id:secret") == shown


@pytest.mark.parametrize("value", ["a\nb", "ключ", " spaced ", "", "tab\there"])
def test_a_header_that_cannot_be_sent_is_a_wrong_setting(value: str) -> None:
    with pytest.raises(ConfigurationError, match="FAL_API_KEY") as error:
        check_headers({"Authorization": value}, "FAL_API_KEY")
    assert value == "" or value not in str(error.value)


def test_headers_that_can_be_sent_pass() -> None:
    check_headers({"X-Fal-Store-IO": "0", "Authorization": "Key a:b c"}, "GRAPHAPI_FAL_HEADERS")
