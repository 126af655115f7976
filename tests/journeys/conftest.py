"""The two stacks, the providers on loopback, and a product of each test's own."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.emulators import fal as fal_emulator
from tests.emulators.fal import FalEmulator
from tests.emulators.openrouter import emulator as openrouter_emulator
from tests.emulators.openrouter.emulator import OpenRouterEmulator
from tests.journeys.processes import run
from tests.journeys.product import Product
from tests.journeys.stacks import Stack
from tests.servers.postgres import Postgres

# Pictures are drawn this much smaller than fal.ai draws them: it is their shape that matters.
SHRINK = 6


@pytest.fixture(params=["embedded", "scaled"])
def stack(request: pytest.FixtureRequest) -> Stack:
    """Each of the two: SQLite and one process, PostgreSQL and Valkey and two workers."""
    chosen: Stack = request.getfixturevalue(request.param)
    return chosen


@pytest.fixture
def embedded() -> Stack:
    """One process with SQLite, as `make run` starts it."""
    return Stack("embedded", {}, workers=0)


@pytest.fixture
def scaled(migrated_url: str, valkey_url: str) -> Stack:
    """A server and two workers, over PostgreSQL and Valkey."""
    settings = {"GRAPHAPI_DATABASE_URL": migrated_url, "GRAPHAPI_REDIS_URL": valkey_url}
    return Stack("scaled", settings, workers=2)


@pytest.fixture
def migrated_url(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of a PostgreSQL database that `graphapi migrate` has prepared."""

    def migrate(url: str) -> None:
        run(tmp_path_factory.mktemp("migrate"), {"GRAPHAPI_DATABASE_URL": url}, "migrate")

    with postgres.database(postgres.template("journeys", migrate)) as url:
        yield url


@pytest.fixture
async def fal() -> FalEmulator:
    """fal.ai, in this test's own hands."""
    return FalEmulator(shrink=SHRINK)


@pytest.fixture
async def fal_url(fal: FalEmulator) -> AsyncIterator[str]:
    """Address of fal.ai's queue and uploads."""
    async with fal_emulator.running(fal) as url:
        yield url


@pytest.fixture
async def openrouter() -> OpenRouterEmulator:
    """OpenRouter, in this test's own hands."""
    return OpenRouterEmulator()


@pytest.fixture
async def openrouter_url(openrouter: OpenRouterEmulator) -> AsyncIterator[str]:
    """Address of OpenRouter's API."""
    async with openrouter_emulator.running(openrouter) as url:
        yield url


@pytest.fixture
def provider_settings(fal_url: str, openrouter_url: str) -> dict[str, str]:
    """Settings that lead to the emulators."""
    return {
        "FAL_API_KEY": fal_emulator.KEY,
        "GRAPHAPI_FAL_QUEUE_URL": fal_url,
        "GRAPHAPI_FAL_REST_URL": fal_url,
        "GRAPHAPI_FAL_API_URL": f"{fal_url}/v1",
        "GRAPHAPI_FAL_JWKS_URL": f"{fal_url}/.well-known/jwks.json",
        "OPENROUTER_API_KEY": openrouter_emulator.KEY,
        "GRAPHAPI_OPENROUTER_URL": openrouter_url,
    }


@pytest.fixture
def settings() -> dict[str, str]:
    """Further settings; a module that needs some has a fixture of this name."""
    return {}


@pytest.fixture
async def product(
    stack: Stack, provider_settings: dict[str, str], settings: dict[str, str], tmp_path: Path
) -> AsyncIterator[Product]:
    """A running product of this test alone, with both providers."""
    given = {**stack.settings, **provider_settings, **settings}
    product = Product(tmp_path / "product", given, stack.workers)
    try:
        await product.start()
        yield product
    finally:
        product.kill()
        print(product.said())  # noqa: T201 - shown beside a red test
