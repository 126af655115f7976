"""Many jobs at once: all in flight together, each told truly, and no parent left behind."""

import asyncio

import pytest

from tests.emulators.fal import FalEmulator
from tests.journeys import documents
from tests.journeys.judging import assert_all_ended, assert_paid_once
from tests.journeys.product import Product
from tests.journeys.stacks import on_scaled
from tests.journeys.stills import still
from tests.journeys.truth import Truth
from tests.journeys.watching import Watch

pytestmark = pytest.mark.slow

ROUNDS, SOURCES = 4, 4


async def test_twelve_variations_are_at_the_provider_all_at_once(
    product: Product, fal: FalEmulator
) -> None:
    fal.seconds = 60.0  # so that none is done before the last has begun
    async with product.client() as client:
        source = await client.add_image(still())
        async with client.watch(parentImageId=source["id"]) as watch:
            scheduled = await client.generate(source["id"], 12)
            children = [child["id"] for child in scheduled["variations"]]
            await watch.until(lambda: _stages(watch, children) == {"PROVIDER_RUNNING"})
            assert watch.heard[-1].event["generation"]["processing"] == 12
    assert Truth(fal).running_now() == 12


@on_scaled
async def test_two_children_that_finish_at_once_never_leave_their_parent_behind(
    product: Product, fal: FalEmulator
) -> None:
    fal.seconds = 0.2
    async with product.client() as client, client.watch() as watch:
        sources = [(await client.add_image(still()))["id"] for _ in range(SOURCES)]
        for _ in range(ROUNDS):
            answers = await asyncio.gather(*(client.generate(each, 2) for each in sources))
            children = [child["id"] for each in answers for child in each["variations"]]
            await watch.until_ended([*children, *sources])
            assert set(watch.statuses([*children, *sources])) == {"COMPLETED"}
            for parent in sources:
                counts = watch.latest[parent]["generation"]
                assert (counts["completed"], counts["total"]) == (2, 2)
        assert await client.ask(documents.PROCESSING) == []
    await assert_all_ended(product)
    await assert_paid_once(product, fal)


async def test_stage_and_queue_position_at_the_provider_are_true_the_whole_way(
    product: Product, fal: FalEmulator
) -> None:
    fal.seconds, fal.limit = 3.0, 2
    async with product.client() as client:
        source = await client.add_image(still())
        async with client.watch(parentImageId=source["id"]) as watch:
            scheduled = await client.generate(source["id"], 6)
            children = [child["id"] for child in scheduled["variations"]]
            await watch.until_ended(children)
        rows = await product.rows("SELECT image_id, request_id FROM jobs")
        truth, requests = Truth(fal, product.slack), {row.image_id: row.request_id for row in rows}
        assert truth.most_at_once() == 2
        waited = 0
        for child in children:
            heard = [each for each in watch.heard if each.image_id == child]
            truth.assert_never_false(requests[child], heard)
            truth.assert_never_late(requests[child], heard)
            places = [
                each.event["queuePosition"]
                for each in heard
                if each.event["stage"] == "PROVIDER_QUEUED"
            ]
            assert places == sorted(places, reverse=True)
            waited += len(places) > 1
        assert waited >= 2, "some are seen to move up in the queue"


def _stages(watch: Watch, image_ids: list[str]) -> set[str | None]:
    return {watch.latest.get(each, {}).get("stage") for each in image_ids}
