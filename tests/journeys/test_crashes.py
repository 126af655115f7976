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
from tests.journeys.stacks import on_embedded
from tests.journeys.stills import still
from tests.journeys.watching import TERMINAL, Watch

pytestmark = pytest.mark.slow

# From the design: a dead process is known to be dead by then, and its duties are another's.
RESUMED_WITHIN = 10.0
STOPPED_WITHIN = 5.0
# Later than a death is noticed, and soon enough to see what becomes of a doubt.
DEADLINE = 15


@pytest.fixture
def settings() -> dict[str, str]:
    return {"GRAPHAPI_JOB_DEADLINE": str(DEADLINE)}


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
            await watch.until(lambda: any(not heard.event["snapshot"] for heard in watch.heard))
            resumed = time.monotonic() - killed
            await watch.until_ended(children)
            assert set(watch.statuses(children)) == {"COMPLETED"}
    assert resumed <= RESUMED_WITHIN
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
            await watch.until(lambda: "SUBMIT_UNKNOWN" in _stages(watch, children))
            assert time.monotonic() - killed <= RESUMED_WITHIN + 2
            (doubtful,) = (e for e in watch.latest.values() if e["stage"] == "SUBMIT_UNKNOWN")
            assert doubtful["aiStatus"] == "PROCESSING"
            assert "not sent again" in doubtful["stageMessage"]
            await watch.until_ended(children, DEADLINE + 10)
            ended = {watch.status(each): watch.latest[each] for each in children}
            assert set(ended) == {"COMPLETED", "FAILED"}
            error = ended["FAILED"]["error"]
            assert (error["code"], error["retryable"]) == ("SUBMIT_UNKNOWN", False)
            assert ended["FAILED"]["image"]["id"] == doubtful["image"]["id"]
    billed = await product.rows("SELECT billed FROM jobs ORDER BY state")
    assert [row.billed for row in billed] == ["UNKNOWN", "YES"]
    assert len(fal.ledger.posts) == 2
    await assert_all_ended(product)
    await assert_paid_once(product, fal)


@on_embedded
async def test_a_request_whose_answer_was_lost_is_in_doubt_and_never_sent_again(
    product: Product, fal: FalEmulator
) -> None:
    lost = (Fault(drop=True, accept=True), Fault(status=502, accept=True), Fault(status=500))
    fal.disturb(Operation.SUBMIT, *lost)
    async with product.client() as client:
        source = await client.add_image(still())
        async with client.watch(parentImageId=source["id"]) as watch:
            scheduled = await client.generate(source["id"], 4)
            children = [child["id"] for child in scheduled["variations"]]
            await watch.until_ended(children, DEADLINE + 10)
            assert sorted(map(str, watch.statuses(children))) == ["COMPLETED", *["FAILED"] * 3]
            errors = [watch.latest[each]["error"] for each in children]
            assert [e["code"] for e in errors if e] == ["SUBMIT_UNKNOWN"] * 3
    assert len(fal.ledger.posts) == 3  # the one answered by 500 alone did not get so far
    await assert_all_ended(product)
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
        assert max(seconds for _, seconds in ends) <= STOPPED_WITHIN, ends
        in_doubt = await product.rows("SELECT id FROM jobs WHERE state = 'SUBMIT_UNKNOWN'")
        assert len(in_doubt) == 1, "what may have been sent says so before the process ends"
        await product.start()
        children = [child["id"] for child in scheduled["variations"]]
        async with client.watch(parentImageId=source["id"]) as watch:
            await watch.until(lambda: _stages(watch, children).count("DONE") == 3)
            await watch.until(lambda: bool(_in_doubt(watch, children)))
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
            await watch.until_ended(children, DEADLINE + 15)
            failed = [e["error"] for e in watch.latest.values() if e["error"]]
            assert {error["code"] for error in failed} <= {"SUBMIT_UNKNOWN"}
        await _assert_consistent(client, source["id"])
    await assert_all_ended(product)
    await assert_paid_once(product, fal)


def _stages(watch: Watch, image_ids: list[str]) -> list[str]:
    return sorted(watch.latest[each]["stage"] for each in image_ids if each in watch.latest)


def _in_doubt(watch: Watch, image_ids: list[str]) -> list[str]:
    """List the images that are in doubt, or ended so, as they do at their deadline."""
    known = [watch.latest[each] for each in image_ids if each in watch.latest]
    codes = [(event["error"] or {}).get("code", event["stage"]) for event in known]
    return [code for code in codes if code == "SUBMIT_UNKNOWN"]


async def _assert_consistent(client: Client, source_id: str) -> None:
    source = await client.image(source_id)
    for child in source["variations"]:
        assert child["aiStatus"] in TERMINAL
        assert (child["imageUrl"] is not None) == (child["aiStatus"] == "COMPLETED")
