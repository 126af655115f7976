"""Processes that are killed or stopped in the middle: nothing is lost, nothing is paid twice."""

import asyncio
import random
import time

import pytest

from tests.emulators.fal import FalEmulator, Fault, Operation
from tests.journeys.client import Client
from tests.journeys.judging import assert_all_ended, assert_paid_once
from tests.journeys.processes import Process, eventually
from tests.journeys.product import Product
from tests.journeys.stills import still
from tests.journeys.watching import Watch

pytestmark = pytest.mark.slow

# From the design: a dead process is known to be dead by then, and its duties are another's.
RESUMED_WITHIN = 10.0
STOPPED_WITHIN = 5.0


def _performers(product: Product) -> list[Process]:
    """List the processes that perform the steps of jobs."""
    return product.workers or [product.server]


async def test_six_jobs_go_on_where_a_kill_left_them(product: Product, fal: FalEmulator) -> None:
    fal.seconds, fal.limit = 1.5, 3
    async with product.client() as client:
        source = await client.add_image(still())
        scheduled = await client.generate(source["id"], 6)
        children = [child["id"] for child in scheduled["variations"]]
        await eventually(lambda: len(fal.ledger.accepted) == 6)
        await asyncio.sleep(1.6)  # some are being saved, some run, some wait
        for process in product.processes:
            process.kill()
        killed = time.monotonic()
        await product.start()
        async with client.watch(parentImageId=source["id"]) as watch:
            # On a slow machine all of it may be done before anybody watches.
            await watch.until(
                lambda: (
                    any(not heard.event["snapshot"] for heard in watch.heard)
                    or set(watch.statuses(children)) == {"COMPLETED"}
                )
            )
            resumed = time.monotonic() - killed
            await watch.until_ended(children)
            assert set(watch.statuses(children)) == {"COMPLETED"}
    assert resumed <= RESUMED_WITHIN + 2 * product.slack
    assert len(fal.ledger.posts) == 6
    await assert_all_ended(product)
    await assert_paid_once(product, fal)


async def test_a_request_that_a_kill_left_in_doubt_says_so_and_is_never_sent_again(
    product: Product, fal: FalEmulator
) -> None:
    fal.disturb(Operation.SUBMIT, Fault(delay=60, accept=True))
    async with product.client() as client:
        source = await client.add_image(still())
        scheduled = await client.generate(source["id"], 2)
        children = [child["id"] for child in scheduled["variations"]]
        await eventually(lambda: len(fal.ledger.accepted) == 2)
        await asyncio.sleep(0.5)
        for process in _performers(product):
            process.kill()
        killed = time.monotonic()
        await product.start()
        async with client.watch(parentImageId=source["id"]) as watch:
            await watch.until(lambda: _stages(watch, children) == ["DONE", "SUBMIT_UNKNOWN"])
            (doubtful,) = (e for e in watch.latest.values() if e["stage"] == "SUBMIT_UNKNOWN")
            assert time.monotonic() - killed <= RESUMED_WITHIN + 2 + 2 * product.slack
            assert doubtful["aiStatus"] == "PROCESSING"
            assert "not sent again" in doubtful["stageMessage"]
            await watch.until(lambda: source["id"] in watch.latest)  # told after its variations
            source_now = watch.latest[source["id"]]
            assert source_now["aiStatus"] == "PROCESSING"
    billed = await product.rows("SELECT billed FROM jobs ORDER BY billed")
    assert [row.billed for row in billed] == ["UNKNOWN", "YES"]
    assert len(fal.ledger.posts) == 2
    await assert_paid_once(product, fal)


async def test_a_stop_takes_at_most_five_seconds_and_the_next_start_finishes_the_work(
    product: Product, fal: FalEmulator
) -> None:
    fal.seconds = 4
    fal.disturb(Operation.SUBMIT, Fault(delay=60, accept=True))
    async with product.client() as client:
        source = await client.add_image(still())
        async with client.watch(parentImageId=source["id"]):
            scheduled = await client.generate(source["id"], 4)
            await eventually(lambda: len(fal.ledger.accepted) == 4)
            await asyncio.sleep(0.5)
            ends = await asyncio.gather(*(each.interrupt() for each in product.processes))
        assert [status for status, _ in ends] == [0] * len(ends)
        assert max(seconds for _, seconds in ends) <= STOPPED_WITHIN + product.slack, ends
        in_doubt = await product.rows("SELECT id FROM jobs WHERE state = 'SUBMIT_UNKNOWN'")
        assert len(in_doubt) == 1, "what may have been sent says so before the process ends"
        await product.start()
        children = [child["id"] for child in scheduled["variations"]]
        async with client.watch(parentImageId=source["id"]) as watch:
            await watch.until(lambda: _stages(watch, children) == [*["DONE"] * 3, "SUBMIT_UNKNOWN"])
    assert len(fal.ledger.posts) == 4
    await assert_paid_once(product, fal)


async def test_kills_at_random_moments_never_pay_twice(product: Product, fal: FalEmulator) -> None:
    fal.seconds, fal.limit = 0.7, 2
    async with product.client() as client:
        source = await client.add_image(still())
        scheduled = await client.generate(source["id"], 6)
        children = [child["id"] for child in scheduled["variations"]]
        for _ in range(3):
            await asyncio.sleep(random.uniform(0, 1.5))
            random.choice(product.processes).kill()
            await product.start()
        async with client.watch(parentImageId=source["id"]) as watch:
            # Those that were being sent stay in doubt; all others are done.
            settled = {"DONE", "SUBMIT_UNKNOWN"}
            await watch.until(
                lambda: len(found := _stages(watch, children)) == 6 and set(found) <= settled
            )
        await _assert_consistent(client, source["id"])
    await assert_paid_once(product, fal)


def _stages(watch: Watch, image_ids: list[str]) -> list[str]:
    return sorted(watch.latest[each]["stage"] for each in image_ids if each in watch.latest)


async def _assert_consistent(client: Client, source_id: str) -> None:
    source = await client.image(source_id)
    for child in source["variations"]:
        assert (child["imageUrl"] is not None) == (child["aiStatus"] == "COMPLETED")
