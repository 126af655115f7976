"""Whatever is sent: a code of its own, a sentence, never a 500, and never half a row."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from graphapi.storage.links import SignedLinks
from tests.emulators.fal import FalEmulator
from tests.emulators.serving import serve
from tests.journeys import documents
from tests.journeys.client import Client
from tests.journeys.product import Product
from tests.journeys.stacks import Stack
from tests.journeys.stills import still

SECRET = "a-secret-key-that-a-test-knows"
NOBODYS = "img_00000000000000000000000000"
MOST_BYTES = 32 * 2**20


class _LongAgo:
    """A clock that an expired address was signed by."""

    def now(self) -> datetime:
        return datetime.now(UTC) - timedelta(days=1)


@pytest.fixture
def stack(embedded: Stack) -> Stack:
    """What is checked at the door is the same on both."""
    return embedded


@pytest.fixture
async def website() -> AsyncIterator[str]:
    """A site with something on it that is no picture, and something that never ends."""

    async def page(_request: Request) -> Response:
        return Response("<h1>No picture</h1>", media_type="image/png")

    async def huge(_request: Request) -> Response:
        return Response(b"\xff\xd8\xff" + bytes(MOST_BYTES), media_type="image/jpeg")

    async with serve(Starlette(routes=[Route("/page", page), Route("/huge", huge)])) as url:
        yield url


@pytest.fixture
def settings(website: str) -> dict[str, str]:
    return {"GRAPHAPI_TRUSTED_ORIGINS": website, "GRAPHAPI_SECRET_KEY": SECRET}


@asynccontextmanager
async def _nothing_changes(product: Product) -> AsyncIterator[None]:
    async def counted() -> list[int]:
        tables = ("images", "jobs", "generations", "pictures")
        found = [await product.rows(f"SELECT count(*) AS n FROM {table}") for table in tables]
        return [rows[0].n for rows in found]

    before = await counted()
    yield
    assert await counted() == before
    assert '"level": "error"' not in product.server.logged


async def _user_error(client: Client, document: str, **variables: Any) -> tuple[str, Any]:
    answer = await client.post(document, **variables)
    assert answer.status_code == 200
    assert "errors" not in answer.json(), answer.json()
    (payload,) = answer.json()["data"].values()
    assert payload["success"] is False
    (error,) = payload["userErrors"]
    assert error["message"].endswith((".", ".)")), error
    return error["code"], error["field"]


async def test_each_request_that_cannot_be_met_has_a_code_and_changes_nothing(
    product: Product, fal: FalEmulator, website: str
) -> None:
    fal.seconds = 60
    async with product.client() as client:
        image_id = (await client.add_image(still()))["id"]
        (pending,) = (await client.generate(image_id, 1))["variations"]

        async def refused(**given: Any) -> tuple[str, Any]:
            asked = {"imageId": image_id, "variationCount": 1, "modificationMode": "B_ROLL"}
            return await _user_error(client, documents.GENERATE, **{**asked, **given})

        async def not_created(**given: Any) -> tuple[str, Any]:
            return await _user_error(client, documents.CREATE, input=given)

        async with _nothing_changes(product):
            assert await refused(imageId=NOBODYS) == ("NOT_FOUND", ["imageId"])
            assert await refused(imageId="no id at all") == ("NOT_FOUND", ["imageId"])
            for count in (0, 13, -1, 2**31 - 1):
                found = await refused(variationCount=count)
                assert found == ("COUNT_OUT_OF_RANGE", ["variationCount"])
            found = await refused(variationDetail="x" * 501)
            assert found == ("DETAIL_TOO_LONG", ["variationDetail"])
            assert await refused(model="nobody/knows-it") == ("MODEL_UNKNOWN", ["model"])
            assert await refused(imageId=pending["id"]) == ("SOURCE_MISSING", ["imageId"])

            found = await not_created(storageId="pic_00000000000000000000000000")
            assert found == ("NOT_FOUND", ["input", "storageId"])
            assert (await not_created())[0] in ("SOURCE_MISSING", "INVALID_INPUT")
            addresses = {
                "http://127.0.0.1:1/a.png": "SOURCE_UNREACHABLE",
                "http://169.254.169.254/latest": "SOURCE_UNREACHABLE",
                "http://nobody.invalid/a.png": "SOURCE_UNREACHABLE",
                f"{website}/missing": "SOURCE_UNREACHABLE",
                f"{website}/page": "SOURCE_NOT_AN_IMAGE",
                f"{website}/huge": "SOURCE_TOO_LARGE",
            }
            for address, code in addresses.items():
                assert await not_created(imageUrl=address) == (code, ["input", "imageUrl"])
            assert (await not_created(imageUrl="file:///etc/passwd"))[0] in (
                "SOURCE_UNREACHABLE",
                "INVALID_INPUT",
            )


async def test_each_upload_that_cannot_be_taken_has_a_status_and_keeps_nothing(
    product: Product,
) -> None:
    async with product.client() as client:
        address = (await client.do(documents.UPLOAD_URL))["uploadUrl"]
        user_id = (await client.ask(documents.VIEWER))["id"]

        async def refused(
            content: bytes, content_type: str = "image/jpeg", url: str = address
        ) -> tuple[int, str]:
            headers = {"Content-Type": content_type}
            answer = await client.http.post(url, content=content, headers=headers)
            error = answer.json()["error"]
            assert error["message"].endswith(".")
            return answer.status_code, error["code"]

        expired = SignedLinks(SECRET, _LongAgo(), product.url, None).upload_ticket(user_id).url
        async with _nothing_changes(product):
            assert await refused(still(), url=expired) == (410, "EXPIRED")
            assert await refused(still(), url=address[:-2]) == (403, "FORBIDDEN")
            assert await refused(still(), url=f"{product.url}/uploads/me") == (403, "FORBIDDEN")
            assert await refused(still(), "text/plain") == (415, "UNSUPPORTED_TYPE")
            assert await refused(b"no picture") == (422, "NOT_AN_IMAGE")
            assert await refused(b"") == (422, "NOT_AN_IMAGE")
            assert await refused(still()[: len(still()) // 2]) == (400, "TRUNCATED")
            assert await refused(bytes(MOST_BYTES + 1)) == (413, "TOO_LARGE")
            await _broken_off(product, address)
        assert await client.upload(still()), "the address itself is still good"


async def _broken_off(product: Product, address: str) -> None:
    """Send half of what was announced, then hang up."""
    host, port = product.url.removeprefix("http://").split(":")
    path = address.removeprefix(product.url)
    head = f"POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: image/jpeg\r\n"
    head += f"Content-Length: {len(still())}\r\n\r\n"
    _, writer = await asyncio.open_connection(host, int(port))
    writer.write(head.encode() + still()[:1000])
    await writer.drain()
    writer.close()
    await writer.wait_closed()
    await asyncio.sleep(0.1)


async def test_each_document_that_cannot_be_run_has_a_code_and_never_a_500(
    product: Product,
) -> None:
    async with product.client() as client:
        url = f"{product.url}/graphql"

        async def refused(body: bytes) -> tuple[int, str]:
            headers = {**client.headers, "Content-Type": "application/json"}
            headers["Accept"] = "application/graphql-response+json"
            answer = await client.http.post(url, content=body, headers=headers)
            error = answer.json()["errors"][0]
            assert error["message"].endswith((".", '"')), error
            return answer.status_code, error["extensions"]["code"]

        def document(text: str) -> bytes:
            return json.dumps({"query": text}).encode()

        deep = "{ images { nodes { parentImage " + "{ parentImage " * 40 + "{ id }" + "}" * 43
        wide = "{" + " ".join(f"a{n}: groups" for n in range(500)) + "}"
        many = 'query { image(id: "1") { %s } }' % " ".join(["id"] * 5_000)  # noqa: UP031 - braces
        async with _nothing_changes(product):
            assert await refused(b"{") == (400, "BAD_REQUEST")
            assert await refused(b"[]") == (400, "BAD_REQUEST")
            assert await refused(b'{"query": 7}') == (400, "BAD_REQUEST")
            assert await refused(b"\xff\xfe") == (400, "BAD_REQUEST")
            assert await refused(b'{"query": "{ groups }", "variables": []}') == (
                400,
                "BAD_REQUEST",
            )
            assert await refused(document("{ groups")) == (400, "GRAPHQL_PARSE_FAILED")
            assert await refused(document("{ nothing }")) == (400, "GRAPHQL_VALIDATION_FAILED")
            for text in (deep, wide, many):
                assert await refused(document(text)) == (400, "DOCUMENT_TOO_COMPLEX")
            huge = json.dumps({"query": "{ groups }", "extensions": {"x": "x" * 2**21}})
            assert (await refused(huge.encode()))[0] == 413
