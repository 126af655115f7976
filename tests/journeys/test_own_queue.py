"""A limit of our own on what is under way: who waits knows how many are before them."""

import pytest

from tests.emulators.fal import FalEmulator
from tests.journeys.product import Product
from tests.journeys.stacks import on_embedded
from tests.journeys.stills import still
from tests.journeys.truth import Truth

pytestmark = pytest.mark.slow


@pytest.fixture
def settings() -> dict[str, str]:
    return {"GRAPHAPI_GENERATION_CONCURRENCY": "2"}


@on_embedded
async def test_those_who_wait_for_a_slot_of_our_own_know_how_many_are_before_them(
    product: Product, fal: FalEmulator
) -> None:
    fal.seconds = 2.0
    async with product.client() as client:
        source = await client.add_image(still())
        async with client.watch(parentImageId=source["id"]) as watch:
            scheduled = await client.generate(source["id"], 6)
            children = [child["id"] for child in scheduled["variations"]]

            def places() -> list[int | None]:
                latest = (watch.latest.get(child) for child in children)
                waiting = [e for e in latest if e and e["stage"] == "WAITING"]
                return [e["queuePosition"] for e in waiting]

            await watch.until(lambda: places() == [0, 1, 2, 3])
            await watch.until(lambda: places() == [0, 1])
            await watch.until_ended(children)
    assert Truth(fal).most_at_once() == 2
