"""Many jobs at once: all in flight together, each told truly, and no parent left behind."""

import asyncio
from pathlib import Path

from tests.emulators.fal import FalEmulator
from tests.journeys import documents
from tests.journeys.conftest import Stack
from tests.journeys.judging import assert_all_ended, assert_paid_once
from tests.journeys.truth import Truth
from tests.journeys.product import Product
from tests.journeys.stills import still

ROUNDS, SOURCES = 4, 6


async def test_twelve_variations_are_at_the_provider_all_at_once(
    product: Product, fal: FalEmulator
) -> None:
    fal.seconds = 2.0
    async with product.client() as client:
        source = await client.add_image(still())
        async with client.watch(parentImageId=source["id"]) as watch:
            scheduled = await client.generate(source["id"], 12)
            await watch.until_ended([child["id"] for child in scheduled["variations"]])
    assert Truth(fal).most_at_once() == 12


async def test_two_children_that_finish_at_once_never_leave_their_parent_behind(
    scaled: Stack, provider_settings: dict[str, str], tmp_path: Path, fal: FalEmulator
) -> None:
    product = Product(tmp_path / "product", {**scaled.settings, **provider_settings}, workers=2)
    fal.seconds = 0.2
    try:
        await product.start()
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
    finally:
        product.kill()


async def test_stage_and_queue_position_at_the_provider_are_true_the_whole_way(
    product: Product, fal: FalEmulator
) -> None:
    fal.seconds, fal.limit = 2.0, 2
    async with product.client() as client:
        source = await client.add_image(still())
        async with client.watch(parentImageId=source["id"]) as watch:
            scheduled = await client.generate(source["id"], 6)
            children = [child["id"] for child in scheduled["variations"]]
            await watch.until_ended(children)
        rows = await product.rows("SELECT image_id, request_id FROM jobs")
        truth, requests = Truth(fal), {row.image_id: row.request_id for row in rows}
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


async def test_those_who_wait_for_a_slot_of_our_own_know_how_many_are_before_them(
    embedded: Stack, provider_settings: dict[str, str], tmp_path: Path, fal: FalEmulator
) -> None:
    settings = {**provider_settings, "GRAPHAPI_GENERATION_CONCURRENCY": "2"}
    product = Product(tmp_path / "product", {**embedded.settings, **settings})
    fal.seconds = 2.0
    try:
        await product.start()
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
    finally:
        product.kill()
