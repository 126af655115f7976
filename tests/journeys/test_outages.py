"""A Redis that freezes, or dies and comes back empty: answers stay quick, and work completes."""

import time

import pytest

from tests.emulators.fal import FalEmulator
from tests.journeys.judging import assert_all_ended, assert_paid_once
from tests.journeys.product import Product
from tests.journeys.stacks import Stack
from tests.journeys.stills import still
from tests.servers.valkey import ValkeyServer

pytestmark = pytest.mark.slow

# Of what Redis may add to an answer: less than a person notices.
UNNOTICED = 0.4


@pytest.fixture
def stack(migrated_url: str, valkey_server: ValkeyServer) -> Stack:
    """A server and two workers over a Valkey that may be frozen and killed."""
    settings = {
        "GRAPHAPI_DATABASE_URL": migrated_url,
        "GRAPHAPI_REDIS_URL": valkey_server.url,
    }
    return Stack("scaled", settings, workers=2)


async def test_variations_are_scheduled_at_once_while_redis_is_frozen_and_made_after_it_thaws(
    product: Product, fal: FalEmulator, valkey_server: ValkeyServer
) -> None:
    async with product.client() as client:
        first, second, third = [(await client.add_image(still()))["id"] for _ in range(3)]
        async with client.watch() as watch:
            answers, took = [], []
            for image_id in (first, second, third):
                if image_id == second:
                    valkey_server.freeze()
                started = time.monotonic()
                answers.append(await client.generate(image_id, 6))
                took.append(time.monotonic() - started)
            usual, *frozen = took
            assert max(frozen) < 2 * usual + UNNOTICED, took
            valkey_server.thaw()
            children = [child["id"] for each in answers for child in each["variations"]]
            await watch.until_ended(children)
            assert set(watch.statuses(children)) == {"COMPLETED"}
    await assert_all_ended(product)
    await assert_paid_once(product, fal)


async def test_a_redis_that_dies_and_comes_back_empty_loses_no_work(
    product: Product, fal: FalEmulator, valkey_server: ValkeyServer
) -> None:
    fal.seconds = 1.0
    async with product.client() as client:
        source = await client.add_image(still())
        async with client.watch(parentImageId=source["id"]) as watch:
            scheduled = await client.generate(source["id"], 4)
            children = [child["id"] for child in scheduled["variations"]]
            valkey_server.kill()
            scheduled = await client.generate(source["id"], 4)
            children += [child["id"] for child in scheduled["variations"]]
            valkey_server.restart_empty()
            await watch.until_ended(children)
            assert set(watch.statuses(children)) == {"COMPLETED"}
    assert len(fal.ledger.posts) == 8
    await assert_all_ended(product)
    await assert_paid_once(product, fal)
