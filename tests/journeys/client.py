"""A client as anybody could write one: HTTP for questions, one socket for each watch."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Self
from urllib.parse import urlsplit

import httpx
from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

from tests.journeys import documents
from tests.journeys.watching import Watch

PROTOCOL = Subprotocol("graphql-transport-ws")


class Client:
    """Somebody with a token; None is nobody."""

    def __init__(self, url: str, token: str | None) -> None:
        self.url = url
        self.headers = {"Authorization": f"Bearer {token}"} if token else {}
        self.http = httpx.AsyncClient(trust_env=False, timeout=60)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.http.aclose()

    async def post(self, document: str, **variables: Any) -> httpx.Response:
        """Send a document, and answer whatever comes."""
        body = {"query": document, "variables": variables}
        return await self.http.post(f"{self.url}/graphql", json=body, headers=self.headers)

    async def ask(self, document: str, **variables: Any) -> Any:
        """Send a document with one field, and answer its value."""
        answer = (await self.post(document, **variables)).json()
        assert "errors" not in answer, answer["errors"]
        (value,) = answer["data"].values()
        return value

    async def do(self, document: str, **variables: Any) -> Any:
        """Send a mutation that must succeed, and answer its payload."""
        payload = await self.ask(document, **variables)
        assert payload["success"], payload["userErrors"]
        return payload

    async def upload(self, content: bytes, content_type: str = "image/jpeg") -> str:
        """Upload a picture; answers its storage id."""
        url = (await self.do(documents.UPLOAD_URL))["uploadUrl"]
        headers = {"Content-Type": content_type}
        answer = await self.http.post(url, content=content, headers=headers)
        storage_id: str = answer.raise_for_status().json()["storageId"]
        return storage_id

    async def add_image(self, content: bytes, **given: Any) -> Any:
        """Upload a picture and put it into the library; without analysis unless told."""
        given = {"analyze": False, "storageId": await self.upload(content), **given}
        return (await self.do(documents.CREATE, input=given))["image"]

    async def generate(self, image_id: str, count: int, **given: Any) -> Any:
        """Ask for variations."""
        given = {"modificationMode": "SHOT_VARIATION", **given}
        return await self.do(documents.GENERATE, imageId=image_id, variationCount=count, **given)

    async def image(self, image_id: str) -> Any:
        """Read an image; None when it is not there."""
        return await self.ask(documents.IMAGE, id=image_id)

    @asynccontextmanager
    async def watch(self, **filters: Any) -> AsyncIterator[Watch]:
        """Subscribe to `aiStatusChanged`."""
        async with self.subscribed(documents.WATCH, **filters) as watch:
            yield watch

    @asynccontextmanager
    async def subscribed(self, document: str, **variables: Any) -> AsyncIterator[Watch]:
        """Subscribe over a socket of its own, by graphql-transport-ws."""
        address = urlsplit(self.url)._replace(scheme="ws", path="/graphql").geturl()
        async with connect(address, subprotocols=[PROTOCOL], proxy=None, max_size=None) as socket:
            await socket.send(json.dumps({"type": "connection_init", "payload": self.headers}))
            assert json.loads(await socket.recv()) == {"type": "connection_ack"}
            payload = {"query": document, "variables": variables}
            message = {"id": "1", "type": "subscribe", "payload": payload}
            await socket.send(json.dumps(message))
            watch = Watch()
            listening = asyncio.create_task(watch.listen(socket))
            try:
                yield watch
            finally:
                listening.cancel()
                await asyncio.gather(listening, return_exceptions=True)
