"""What a fetcher meets outside: names, and servers of every manner."""

import asyncio
import gzip
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

PICTURE = bytes(range(256)) * 40
LOOPBACK = "127.0.0.1"


class Names:
    """A resolver of our own: what it was asked, and what it answers, in turn."""

    def __init__(self, **answers: Sequence[Sequence[str]]) -> None:
        self.answers = {name.replace("_", "."): list(turns) for name, turns in answers.items()}
        self.asked: list[str] = []

    async def __call__(self, host: str, _port: int) -> Sequence[str]:
        self.asked.append(host)
        turns = self.answers.get(host)
        if not turns:
            raise OSError("no such name")
        return turns.pop(0) if len(turns) > 1 else turns[0]


class Web:
    """A web server on this machine that keeps what it was asked."""

    def __init__(self) -> None:
        self.base = ""
        self.seen: list[Request] = []

    @property
    def port(self) -> int:
        return urlsplit(self.base).port or 0

    async def picture(self, request: Request) -> Response:
        self.seen.append(request)
        kind = request.query_params.get("type", "image/jpeg")
        return Response(PICTURE, headers={"Content-Type": kind} if kind else {})

    async def redirect(self, request: Request) -> Response:
        self.seen.append(request)
        return RedirectResponse(request.query_params["to"])

    async def again(self, request: Request) -> Response:
        self.seen.append(request)
        left = int(request.path_params["left"])
        return RedirectResponse(f"/again/{left - 1}" if left > 1 else "/picture")

    async def status(self, request: Request) -> Response:
        return Response(PICTURE, int(request.path_params["code"]), media_type="image/png")

    async def large(self, request: Request) -> Response:
        size = int(request.path_params["size"])
        if "declared" in request.query_params:
            return Response(bytes(size), media_type="image/png")
        chunks = (bytes(1000) for _ in range(size // 1000))
        return StreamingResponse(chunks, media_type="image/png")

    async def packed(self, _request: Request) -> Response:
        return Response(
            gzip.compress(bytes(5_000_000)),
            headers={"Content-Encoding": "gzip", "Content-Type": "image/png"},
        )

    async def drip(self, _request: Request) -> Response:
        async def drops() -> AsyncIterator[bytes]:
            while True:
                yield b"."
                await asyncio.sleep(0.02)

        return StreamingResponse(drops(), media_type="image/png")

    async def short(self, _request: Request) -> Response:
        async def half() -> AsyncIterator[bytes]:
            yield b"half"
            raise ConnectionError("the cable was pulled")

        headers = {"Content-Length": "8000", "Content-Type": "image/png"}
        return StreamingResponse(half(), headers=headers)

    @property
    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/picture", self.picture),
                Route("/redirect", self.redirect),
                Route("/again/{left:int}", self.again),
                Route("/status/{code:int}", self.status),
                Route("/large/{size:int}", self.large),
                Route("/packed", self.packed),
                Route("/drip", self.drip),
                Route("/short", self.short),
            ]
        )


def http_answer(body: bytes) -> bytes:
    """A whole answer with a picture in it."""
    head = f"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


@asynccontextmanager
async def raw_server(answer: bytes, tls: ssl.SSLContext | None = None) -> AsyncIterator[str]:
    """A server that says these bytes to whoever asks, and hangs up."""

    async def say(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1000)
        writer.write(answer)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(_guarded(say), LOOPBACK, 0, ssl=tls)
    async with server:
        port = server.sockets[0].getsockname()[1]
        yield f"{'https' if tls else 'http'}://{LOOPBACK}:{port}"


Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def _guarded(talk: Talk) -> Talk:
    async def guarded(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await talk(reader, writer)
        except ConnectionError:
            writer.close()

    return guarded
