"""A tiny schema behind the real view, and clients that speak to it over real connections."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import strawberry
from starlette.applications import Starlette
from starlette.requests import HTTPConnection
from starlette.routing import Route, WebSocketRoute
from strawberry.scalars import JSON
from websockets.asyncio.client import ClientConnection, connect

from graphapi.api.execution import Schema
from graphapi.errors import NotFound, Refused, Unauthenticated, UserErrorCode
from graphapi.web.graphql import GraphQLView
from tests.emulators.serving import serve

TOKEN = "opensesame"
SECRET = "the password is swordfish"


@dataclass
class Context:
    """What a resolver sees; `number` tells one operation's context from another's."""

    viewer: str | None
    number: int
    log: list[str]


Info = strawberry.Info[Context, None]


@strawberry.type
class Thing:
    """A thing that holds itself."""

    name: str = "thing"

    @strawberry.field
    def things(self) -> list["Thing"]:
        return [Thing()]

    @strawberry.field
    def broken(self) -> str:
        raise RuntimeError(SECRET)


@strawberry.type
class Query:
    """The queries."""

    @strawberry.field
    def thing(self) -> Thing:
        return Thing()

    @strawberry.field
    def viewer(self, info: Info) -> str | None:
        if info.context.viewer is None:
            raise Unauthenticated
        return info.context.viewer

    @strawberry.field
    def context_number(self, info: Info) -> int:
        return info.context.number

    @strawberry.field
    def echo(self, text: str = "hello") -> str:
        return text

    @strawberry.field
    def count(self, number: int) -> int:
        return number

    @strawberry.field
    def fetch(self, id: strawberry.ID) -> str | None:
        raise NotFound(f"image {id}", ("id",))

    @strawberry.field
    def choose(self, number: int) -> str | None:
        message = f"Ask for 0 to 12, not {number}."
        raise Refused(UserErrorCode.COUNT_OUT_OF_RANGE, message, ("number",))

    @strawberry.field
    def anything(self, value: JSON) -> JSON:
        return value

    @strawberry.field
    def not_a_number(self) -> JSON:
        return JSON(float("nan"))


@strawberry.type
class Mutation:
    """The mutations."""

    @strawberry.mutation
    def note(self, info: Info, text: str) -> bool:
        info.context.log.append(text)
        return True


@strawberry.type
class Subscription:
    """The subscriptions."""

    @strawberry.subscription
    async def ticks(self, info: Info, pause: float = 0.0) -> AsyncIterator[int]:
        info.context.log.append("started")
        try:
            for number in range(1_000_000):
                yield number
                await asyncio.sleep(pause)
        finally:
            info.context.log.append("ended")

    @strawberry.subscription
    async def up_to(self, most: int) -> AsyncIterator[int]:
        for number in range(most):
            yield number

    @strawberry.subscription
    async def lost(self, id: strawberry.ID) -> AsyncIterator[int]:
        if id:
            raise NotFound(f"image {id}", ("id",))
        yield 0

    @strawberry.subscription
    async def explodes(self) -> AsyncIterator[int]:
        yield 1
        raise RuntimeError(SECRET)


@dataclass
class App:
    """The application, and what its operations left behind."""

    options: dict[str, Any] = field(default_factory=dict)
    log: list[str] = field(default_factory=list)
    contexts: int = 0

    async def authenticate(self, token: str | None) -> str | None:
        """Know one user, stumble over one token, and refuse every other."""
        if token == "stumble":
            raise RuntimeError(SECRET)
        if token not in (None, TOKEN):
            raise Unauthenticated("This token is unknown or was revoked.")
        return "ada" if token else None

    def make_context(self, _connection: HTTPConnection, viewer: str | None) -> Context:
        """Make a numbered context."""
        self.contexts += 1
        return Context(viewer, self.contexts, self.log)

    @asynccontextmanager
    async def serve(self) -> AsyncIterator[str]:
        """Serve /graphql; yields its address."""
        schema = Schema(query=Query, mutation=Mutation, subscription=Subscription)
        view = GraphQLView(
            schema, authenticate=self.authenticate, make_context=self.make_context, **self.options
        )
        routes = [Route("/graphql", view), WebSocketRoute("/graphql", view)]
        async with serve(Starlette(routes=routes)) as url:
            yield f"{url}/graphql"


@dataclass
class Client:
    """Speaks graphql-transport-ws, one JSON message at a time."""

    socket: ClientConnection

    async def send(self, **message: Any) -> None:
        """Send one message."""
        await self.socket.send(json.dumps(message))

    async def receive(self) -> dict[str, Any]:
        """Receive one message, soon."""
        async with asyncio.timeout(5):
            message = json.loads(await self.socket.recv())
        assert isinstance(message, dict)
        return message

    async def greet(self, token: str | None = None) -> None:
        """Send `connection_init` and wait for its answer."""
        payload = {"Authorization": f"Bearer {token}"} if token else {}
        await self.send(type="connection_init", payload=payload)
        assert await self.receive() == {"type": "connection_ack"}

    async def subscribe(self, query: str, id: str = "1", **payload: Any) -> None:
        """Start an operation."""
        await self.send(type="subscribe", id=id, payload={"query": query, **payload})

    async def close_code(self) -> tuple[int | None, str | None]:
        """Wait until the server closes, soon; answers its code and reason."""
        async with asyncio.timeout(5):
            await self.socket.wait_closed()
        return self.socket.close_code, self.socket.close_reason


@asynccontextmanager
async def client(url: str, **options: Any) -> AsyncIterator[Client]:
    """Open a socket to a served view."""
    options = {"subprotocols": ["graphql-transport-ws"], **options}
    async with connect(url.replace("http", "ws", 1), **options) as socket:
        yield Client(socket)


async def until(condition: Callable[[], bool]) -> None:
    """Wait until something has become true, soon."""
    async with asyncio.timeout(5):
        while not condition():  # noqa: ASYNC110 - what is waited for tells nobody
            await asyncio.sleep(0.002)
