"""A database that is restarted under load, politely or not: it costs time and nothing else."""

import asyncio
import random
import time
from collections.abc import Iterator

import pytest

from tests.emulators.fal import FalEmulator
from tests.emulators.openrouter.emulator import OpenRouterEmulator
from tests.journeys import documents
from tests.journeys.client import Client
from tests.journeys.processes import run
from tests.journeys.product import Product
from tests.journeys.stacks import Stack
from tests.soaking import Soak
from tests.trust.books import Books
from tests.trust.postgres import PostgresServer, Stop, running_postgres
from tests.trust.traffic import Traffic

pytestmark = pytest.mark.slow

DEADLINE = 40
AFTERWARDS = 30.0
# What anybody waits for an answer, and for answers to be good again, at most.
ANSWERED_WITHIN = 5.0
GOOD_AGAIN_WITHIN = 10.0


@pytest.fixture
def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgresServer]:
    with running_postgres() as server:
        run(tmp_path_factory.mktemp("migrate"), {"GRAPHAPI_DATABASE_URL": server.url}, "migrate")
        yield server


@pytest.fixture
def stack(postgres_server: PostgresServer, valkey_url: str) -> Stack:
    settings = {"GRAPHAPI_DATABASE_URL": postgres_server.url, "GRAPHAPI_REDIS_URL": valkey_url}
    return Stack("scaled", settings, workers=2)


@pytest.fixture
def settings() -> dict[str, str]:
    return {"GRAPHAPI_JOB_DEADLINE": str(DEADLINE)}


async def test_a_database_that_is_restarted_under_load_costs_only_time(
    product: Product,
    postgres_server: PostgresServer,
    fal: FalEmulator,
    openrouter: OpenRouterEmulator,
    soak: Soak,
) -> None:
    chance = random.Random(soak.seed)
    fal.seconds = 0.4
    traffic = Traffic(product, chance, pause=0.3)
    worst = good_again = 0.0
    restarts = [*Stop] * (5 if soak.full else 1)
    async with traffic.flowing(), product.client() as client:
        for how in restarts:
            await asyncio.sleep(chance.uniform(0.5, 3))
            await asyncio.to_thread(postgres_server.stop, how)
            worst = max(worst, await _while_it_is_down(client, chance.uniform(0.1, 6)))
            await asyncio.to_thread(postgres_server.start)
            good_again = max(good_again, await _until_good(client))
    found = await Books(product, fal, openrouter).balance(traffic.titles, DEADLINE + AFTERWARDS)
    soak.tell(
        f"{len(restarts)} restarts of PostgreSQL, seed {soak.seed}: {found}; "
        f"errors within {worst:.2f} s, good again after {good_again:.2f} s"
    )
    assert (found.paid_twice, found.lost, found.unfinished) == (0, 0, 0), (soak.seed, found)
    assert found.made > len(restarts), "there was too little to be lost"
    assert traffic.refused, "nobody noticed"
    assert worst < ANSWERED_WITHIN + product.slack
    assert good_again < GOOD_AGAIN_WITHIN + product.slack


async def _while_it_is_down(client: Client, seconds: float) -> float:
    """Ask for so long; every answer must be a clear error. Answers how long one took at most."""
    end, worst = time.monotonic() + seconds, 0.0
    while time.monotonic() < end:
        asked = time.monotonic()
        answer = await client.post(documents.VIEWER)
        worst = max(worst, time.monotonic() - asked)
        (error,) = answer.json()["errors"]
        assert error["extensions"]["code"] == "UNAVAILABLE", error
        assert error["message"].endswith("."), error
        assert "Traceback" not in answer.text
        assert "postgres" not in answer.text.lower()
        await asyncio.sleep(0.1)
    return worst


async def _until_good(client: Client) -> float:
    """Ask until the answer is good; answers how long that took."""
    began = time.monotonic()
    while "errors" in (await client.post(documents.VIEWER)).json():
        assert time.monotonic() - began < 60
        await asyncio.sleep(0.1)
    return time.monotonic() - began
