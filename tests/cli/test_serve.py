import re
import signal
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.journeys import documents
from tests.journeys.processes import failed, run
from tests.journeys.product import Product


@pytest.fixture
async def product(tmp_path: Path) -> AsyncIterator[Product]:
    """The embedded default, with no key but one of Lumenfall, which nothing asks by default."""
    product = Product(tmp_path / "product", {"LUMENFALL_API_KEY": "lmnfl_a.secret"})
    await product.start()
    yield product
    product.kill()


async def test_what_is_printed_at_start_is_all_that_a_newcomer_needs(product: Product) -> None:
    printed = product.server.printed
    assert re.search(rf"Address +{product.url}\n", printed)
    assert f"{product.url}/graphql" in printed
    assert "local/reframe   (stands in: FAL_API_KEY is not set)" in printed
    async with product.client() as client:
        assert (await client.ask(documents.VIEWER))["name"] == "developer"
        library = await client.ask(documents.IMAGES)
        sample = library["nodes"][0]
        page = await client.http.get(
            f"{product.url}/", headers={"Accept": "text/html"}, follow_redirects=True
        )
        assert page.headers["content-type"].startswith("text/html")
        assert (await client.http.get(f"{product.url}/readyz")).json()["status"] == "ready"
        async with client.watch(parentImageId=sample["id"]) as watch:
            scheduled = await client.generate(sample["id"], 1)
            (child,) = (each["id"] for each in scheduled["variations"])
            await watch.until_ended([child])
            assert watch.status(child) == "COMPLETED"
        assert (await client.image(child))["provider"] == "local"


async def test_a_second_start_finds_the_same_token_and_library(product: Product) -> None:
    async with product.client() as client:
        before = await client.ask(documents.IMAGES)
    assert await product.server.interrupt()
    await product.start()
    tokens = re.findall(r"Token +(\S+)", product.server.printed)
    assert len(tokens) == 2
    assert len(set(tokens)) == 1
    async with product.client() as client:
        after = await client.ask(documents.IMAGES)
    assert [each["id"] for each in after["nodes"]] == [each["id"] for each in before["nodes"]]


async def test_a_server_for_others_says_how_to_sign_in_and_what_address_it_lacks(
    tmp_path: Path,
) -> None:
    product = Product(tmp_path / "product", {"GRAPHAPI_HOST": "0.0.0.0"})
    try:
        run(product.folder, product.settings, "migrate")
        await product.start()
        assert "graphapi token create --user NAME" in product.server.printed
        assert "Set GRAPHAPI_PUBLIC_URL" in product.server.logged
        async with product.client("gapi_nobodys") as client:
            reply = await client.http.post(
                f"{product.url}/graphql",
                json={"query": "{ groups }"},
                headers={"Authorization": "Bearer gapi_nobodys"},
            )
            assert "graphapi token create --user NAME" in reply.text
    finally:
        product.kill()


async def test_an_idle_server_stops_cleanly_at_either_signal(product: Product) -> None:
    status, _ = await product.server.interrupt()
    assert status == 0
    await product.start()
    status, _ = await product.server.interrupt(signal.SIGTERM)
    assert status == 0
    assert '"level": "error"' not in product.server.logged


def test_a_port_that_is_taken_is_a_sentence_and_no_stack_trace(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        status, said = failed(tmp_path, {"GRAPHAPI_PORT": str(port)}, "serve")
    assert status == 2
    assert f"Cannot listen on 127.0.0.1:{port}" in said
    assert "GRAPHAPI_PORT" in said
    assert "Traceback" not in said


def test_a_database_that_was_never_migrated_names_the_command(
    tmp_path: Path, postgres_url: str
) -> None:
    status, said = failed(tmp_path, {"GRAPHAPI_DATABASE_URL": postgres_url}, "serve")
    assert status == 2
    assert "graphapi migrate" in said
    assert "Traceback" not in said


def test_a_wrong_setting_is_named(tmp_path: Path) -> None:
    settings = {"GRAPHAPI_VARIATION_MODEL": "nobody/knows-it", "GRAPHAPI_PORT": "0"}
    status, said = failed(tmp_path, settings, "serve")
    assert status == 2
    assert "GRAPHAPI_VARIATION_MODEL" in said
    assert "Traceback" not in said
