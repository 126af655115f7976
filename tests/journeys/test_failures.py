"""What goes wrong at the provider, and what a person sees of it."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from tests.emulators.fal import FalEmulator, Fault, Operation, Outcome, model_failure
from tests.journeys.judging import assert_all_ended, assert_paid_once
from tests.journeys.line import Line, line_to
from tests.journeys.product import Product
from tests.journeys.stacks import on_embedded
from tests.journeys.stills import still

pytestmark = pytest.mark.slow


@pytest.fixture
async def queue(fal_url: str) -> AsyncIterator[Line]:
    """The line to fal.ai's queue; uploads have their own."""
    async with line_to(fal_url) as line:
        yield line


@pytest.fixture
async def uploads(fal_url: str) -> AsyncIterator[Line]:
    """The line to fal.ai's uploads."""
    async with line_to(fal_url) as line:
        yield line


@pytest.fixture
def settings(queue: Line, uploads: Line) -> dict[str, str]:
    return {"GRAPHAPI_FAL_QUEUE_URL": queue.url, "GRAPHAPI_FAL_REST_URL": uploads.url}


async def test_three_of_twelve_fail_and_everybody_is_told_so(
    product: Product, fal: FalEmulator
) -> None:
    fal.plan(1, model_failure("content_policy_violation", message="Flagged by a checker."))
    fal.plan(4, model_failure("internal_server_error", status=500))
    fal.plan(7, model_failure("content_policy_violation", message="Flagged by a checker."))
    async with product.client() as client:
        source = await client.add_image(still())
        async with client.watch(parentImageId=source["id"]) as watch:
            scheduled = await client.generate(source["id"], 12)
            children = [child["id"] for child in scheduled["variations"]]
            await watch.until_ended(children)
            await watch.until(lambda: watch.status(source["id"]) == "COMPLETED")
            counts = watch.latest[source["id"]]["generation"]
            assert (counts["completed"], counts["failed"], counts["total"]) == (9, 3, 12)
            failures = [e["error"] for e in watch.latest.values() if e["aiStatus"] == "FAILED"]
        finished = await client.image(source["id"])
        assert finished["error"] is None
        failed = [child for child in finished["variations"] if child["aiStatus"] == "FAILED"]
        assert len(failed) == len(failures) == 3
        codes = sorted((error["code"], error["retryable"]) for error in failures)
        assert codes == [
            ("CONTENT_POLICY", False),
            ("CONTENT_POLICY", False),
            ("PROVIDER_FAILED", True),
        ]
        for child in failed:
            assert child["error"] in failures
            assert child["error"]["message"].endswith(".")
            assert child["error"]["whoActs"]
            assert child["imageUrl"] is None
    await assert_all_ended(product)
    await assert_paid_once(product, fal)


@on_embedded
async def test_when_all_fail_the_source_has_failed_too_but_stays_as_it_was(
    product: Product, fal: FalEmulator
) -> None:
    fal.plan_all(model_failure("generation_error"))
    async with product.client() as client:
        source = await client.add_image(still(), title="Kept")
        async with client.watch(parentImageId=source["id"]) as watch:
            scheduled = await client.generate(source["id"], 3)
            children = [child["id"] for child in scheduled["variations"]]
            await watch.until_ended([source["id"], *children])
            assert set(watch.statuses([source["id"], *children])) == {"FAILED"}
            assert watch.latest[source["id"]]["generation"]["failed"] == 3
            assert all(watch.latest[child]["error"]["message"] for child in children)
        finished = await client.image(source["id"])
        assert (finished["aiStatus"], finished["title"]) == ("FAILED", "Kept")
        assert finished["imageUrl"] is not None
    await assert_all_ended(product)
    await assert_paid_once(product, fal)


async def test_work_waits_while_the_providers_queue_refuses_connections(
    product: Product, fal: FalEmulator, queue: Line
) -> None:
    await queue.cut()
    async with product.client() as client:
        source = await client.add_image(still())
        async with client.watch(parentImageId=source["id"]) as watch:
            scheduled = await client.generate(source["id"], 3)
            children = [child["id"] for child in scheduled["variations"]]
            await watch.until(
                lambda: all(
                    "Trying again" in watch.latest.get(child, {}).get("stageMessage", "")
                    for child in children
                )
            )
            assert set(watch.statuses(children)) == {"QUEUED"}
            waiting = await product.rows("SELECT tries, state FROM jobs")
            assert {row.state for row in waiting} <= {"QUEUED", "SUBMITTING"}
            assert fal.ledger.posts == []
            await queue.mend()
            await watch.until_ended(children)
            assert set(watch.statuses(children)) == {"COMPLETED"}
    await assert_all_ended(product)
    await assert_paid_once(product, fal)


@on_embedded
async def test_work_waits_while_all_of_the_provider_is_out_of_reach(
    product: Product, fal: FalEmulator, queue: Line, uploads: Line
) -> None:
    await queue.cut()
    await uploads.cut()
    async with product.client() as client:
        source = await client.add_image(still())
        async with client.watch(parentImageId=source["id"]) as watch:
            scheduled = await client.generate(source["id"], 2)
            children = [child["id"] for child in scheduled["variations"]]
            await asyncio.sleep(9)
            assert set(watch.statuses(children)) <= {"QUEUED", "PROCESSING"}, watch.summary()
            await uploads.mend()
            await queue.mend()
            await watch.until_ended(children)
            assert set(watch.statuses(children)) == {"COMPLETED"}
    await assert_all_ended(product)
    await assert_paid_once(product, fal)


@on_embedded
async def test_a_media_link_that_dies_once_costs_time_and_nothing_else(
    product: Product, fal: FalEmulator
) -> None:
    gone, cut = Fault(status=404, body="Not Found"), Fault(cut=True)
    fal.disturb(Operation.MEDIA, None, gone, cut)  # the first download is the runner's own
    async with product.client() as client:
        source = await client.add_image(still())
        async with client.watch(parentImageId=source["id"]) as watch:
            scheduled = await client.generate(source["id"], 1)
            children = [child["id"] for child in scheduled["variations"]]
            await watch.until_ended(children)
            assert watch.statuses(children) == ["COMPLETED"]
    assert len(fal.ledger.posts) == 1
    await assert_all_ended(product)
    await assert_paid_once(product, fal)


@on_embedded
async def test_what_the_provider_says_while_it_works_reaches_who_watches(
    product: Product, fal: FalEmulator
) -> None:
    fal.plan_all(Outcome(seconds=2, logs=("Painting the rain",)))
    async with product.client() as client:
        source = await client.add_image(still())
        async with client.watch(parentImageId=source["id"]) as watch:
            (child,) = (await client.generate(source["id"], 1))["variations"]
            await watch.until_ended([child["id"]])
            heard = {(e["stage"], e["stageMessage"]) for e in watch.of(child["id"])}
            assert ("PROVIDER_RUNNING", "Painting the rain") in heard
