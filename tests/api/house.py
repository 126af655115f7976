"""A whole server of a test's own, and people who ask it over real HTTP and real sockets."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from pydantic import SecretStr

from graphapi.cli.migrations import migrate
from graphapi.container.processes import Server, open_server
from graphapi.settings import Settings
from graphapi.web.app import build_app
from tests.emulators.fal import KEY
from tests.emulators.serving import serve
from tests.storage.drawing import encoded, photograph
from tests.web.graphql_app import Client, client

# The slow model of a house with fal.ai, and the quick one of every house.
FAL = "fal-ai/nano-banana-pro/edit"
LOCAL = "local/reframe"

# Ids that name nothing: never given out, of another noun, and no ids at all.
NOBODYS = (
    "img_00000000000000000000000000", "usr_00000000000000000000000000", "nonsense", "",
    "x\0",
)  # fmt: skip

CREATE = """mutation ($input: CreateImageInput!) {
  createImage(input: $input) { success userErrors { code message field } image { id } }
}"""
VARY = """mutation ($id: ID!, $count: Int!, $mode: ModificationMode!, $model: String) {
  generateVariations(imageId: $id, variationCount: $count, modificationMode: $mode, model: $model) {
    success userErrors { code message field }
    image { id } variations { id prompt shotType } generation { id }
  }
}"""


@dataclass
class Person:
    """Somebody who asks; `token` is null for a stranger."""

    http: httpx.AsyncClient
    token: str | None = None

    async def ask(self, document: str, **variables: Any) -> dict[str, Any]:
        """Ask, and answer everything that came back."""
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        body = {"query": document, "variables": variables}
        answer = (await self.http.post("/graphql", json=body, headers=headers)).json()
        assert isinstance(answer, dict)
        return answer

    async def read(self, document: str, **variables: Any) -> Any:
        """Ask what has one root field; answers its value, with no error beside it."""
        answer = await self.ask(document, **variables)
        assert "errors" not in answer, answer
        (value,) = answer["data"].values()
        return value

    async def refusal(self, document: str, **variables: Any) -> dict[str, Any]:
        """Ask what is refused at the top level; answers the one error's extensions."""
        answer = await self.ask(document, **variables)
        (error,) = answer["errors"]
        assert error["message"].endswith((".", ".)"))
        extensions: dict[str, Any] = error["extensions"]
        return extensions

    async def user_error(self, document: str, **variables: Any) -> dict[str, Any]:
        """Ask what a mutation refuses; answers its one user error."""
        payload = await self.read(document, **variables)
        assert payload["success"] is False
        assert not any(value for name, value in payload.items() if name != "userErrors")
        (error,) = payload["userErrors"]
        assert error["message"].endswith((".", ".)"))
        assert isinstance(error, dict)
        return error

    async def upload(self, content: bytes | None = None) -> str:
        """Upload a picture; answers its storage id."""
        url = (await self.read("mutation { generateUploadUrl { uploadUrl } }"))["uploadUrl"]
        path = httpx.URL(url).raw_path.decode()  # the test's port is not the one in the settings
        answer = await self.http.post(
            path, content=content or PICTURE, headers={"Content-Type": "image/png"}
        )
        return str(answer.raise_for_status().json()["storageId"])

    async def add(self, **words: Any) -> str:
        """Put an uploaded picture into the library; answers the image's id."""
        given = {"storageId": await self.upload(), "analyze": False} | words
        return str((await self.read(CREATE, input=given))["image"]["id"])

    async def vary(
        self, image_id: str, count: int = 1, mode: str = "SHOT_VARIATION", model: str | None = None
    ) -> dict[str, Any]:
        """Ask for variations; answers the payload."""
        payload = await self.read(VARY, id=image_id, count=count, mode=mode, model=model)
        assert payload["success"], payload
        assert isinstance(payload, dict)
        return payload

    @asynccontextmanager
    async def socket(self) -> AsyncIterator[Client]:
        """Open a socket that has been greeted."""
        async with client(str(self.http.base_url.join("/graphql"))) as socket:
            await socket.greet(self.token)
            yield socket


@dataclass
class House:
    """A running server."""

    server: Server
    http: httpx.AsyncClient

    @property
    def folder(self) -> Path:
        """Tell where its data are."""
        return self.server.base.settings.data_dir

    async def person(self, name: str) -> Person:
        """Let somebody in."""
        made = await self.server.use_cases.users.create_token(name)
        return Person(self.http, made.text)

    def alter(self, statement: str, *values: Any) -> None:
        """Change rows behind the server's back."""
        with sqlite3.connect(self.folder / "graphapi.db") as connection:
            connection.execute(statement, values)
        connection.close()


@asynccontextmanager
async def open_house(
    folder: Path, fal_url: str | None = None, **options: Any
) -> AsyncIterator[House]:
    """Serve a house whose default model is the local one, with fal.ai beside it or without."""
    if fal_url:
        options = {
            "fal_key": SecretStr(KEY),
            "fal_queue_url": fal_url,
            "fal_rest_url": fal_url,
            "fal_api_url": f"{fal_url}/v1",
            "fal_jwks_url": f"{fal_url}/.well-known/jwks.json",
        } | options
    settings = Settings(data_dir=folder, variation_model=LOCAL, **options)
    await migrate(settings.resolved_database_url)
    async with (
        open_server(settings) as server,
        serve(build_app(server)) as url,
        httpx.AsyncClient(base_url=url, trust_env=False, verify=False) as http,
    ):
        yield House(server, http)


async def until_done(person: Person) -> None:
    """Wait until nothing of somebody's is under way."""
    async with asyncio.timeout(20):
        while await person.read("{ getProcessingImages { id } }"):  # noqa: ASYNC110 - a poll is what is meant
            await asyncio.sleep(0.02)


PICTURE = encoded(photograph(96, 64), "PNG")
