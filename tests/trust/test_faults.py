"""Three neighbours, four ways to fail, four moments: answers stay quick, and promises hold.

Each test is four cells of the matrix: at the moment of the fault a paid request is on its way,
others wait at the provider, results are being saved, and people subscribe.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest
import pytest_asyncio

from tests.emulators.fal import Fault as Exchange
from tests.emulators.fal import Operation, Outcome
from tests.journeys.client import Client
from tests.journeys.judging import assert_paid_once
from tests.soaking import Soak
from tests.trust.asking import Asking
from tests.trust.neighbourhood import Fault, Neighbourhood, neighbourhood
from tests.trust.scene import Scene, eventually, scene, stages

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]

FAULTS = (Fault.REFUSE, Fault.RESET, Fault.SILENT, Fault.RESTART)
CELLS = [
    *(("Redis", fault) for fault in (*FAULTS, Fault.FREEZE)),
    *(("the provider", fault) for fault in FAULTS),
    *(("the database", fault) for fault in FAULTS),
]
HELD = 2.0
# The shortest there is: what is swallowed on its way stays in doubt until its deadline.
SHORTEST = 10
# How long what waits runs at the provider, and the answer to a submit is on its way.
LONG, ON_ITS_WAY = 4.0, 1.5
SAVED = 6
LOAD, RESTARTS = 6, 3
UNSENT = {None, "WAITING", "PREPARING", "SUBMITTING"}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def town(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Neighbourhood]:
    """A running product, shared: what one fault leaves behind, the next one meets."""
    async with neighbourhood(tmp_path_factory.mktemp("faults") / "product") as town:
        yield town


@pytest_asyncio.fixture(loop_scope="module")
async def client(town: Neighbourhood) -> AsyncIterator[Client]:
    """Somebody signed in."""
    said = len(town.product.said())
    async with town.product.client() as client:
        yield client
    print(town.product.said()[said:])  # noqa: T201 - shown beside a red test


@pytest.mark.parametrize(
    ("who", "fault"), [pytest.param(*cell, id=f"{cell[0]} {cell[1].value}") for cell in CELLS]
)
async def test_promises_hold_though_a_neighbour_fails_at_the_worst_moments(
    town: Neighbourhood, client: Client, who: str, fault: Fault, soak: Soak
) -> None:
    neighbour, asking = town.neighbours[who], Asking(client, town.product.slack)
    expires_after = SHORTEST if who == "the provider" else None
    async with (
        scene(town, client) as waiting,
        scene(town, client) as saving,
        scene(town, client, expires_after) as sending,
        scene(town, client, expires_after) as fresh,
    ):
        await _wait_there(town, waiting)
        await _be_saved(town, saving)
        await _be_sent(town, sending)
        began = time.monotonic()
        await neighbour.fail(fault)
        try:
            await asking.everything(sending, fresh)
            await asyncio.sleep(max(0.0, began + HELD - time.monotonic()))
        finally:
            await neighbour.mend(fault)
        mended = time.monotonic()
        scenes = (waiting, saving, sending, fresh)
        await asyncio.gather(*(each.quiet() for each in scenes))
        asking.took["quiet"] = time.monotonic() - mended
        await assert_paid_once(town.product, town.fal)
        forgotten = who == "the provider" and fault is Fault.RESTART
        await asyncio.gather(*(each.assert_true(forgotten=forgotten) for each in scenes))
    if soak.full:
        took = ", ".join(f"{name} {seconds:.2f} s" for name, seconds in asking.took.items())
        soak.tell(f"{who} {fault.value}: {took}")


async def _wait_there(town: Neighbourhood, waiting: Scene) -> None:
    """Go as far as that one runs at the provider."""
    town.fal.seconds = LONG
    children = await waiting.generate(2)
    await _be_accepted(waiting, children)
    await waiting.watch.until(lambda: "PROVIDER_RUNNING" in stages(waiting.watch, children))
    town.fal.seconds = 0.2


async def _be_saved(town: Neighbourhood, saving: Scene) -> None:
    """Go as far as that results arrive, one after the other for a while."""
    before = len(town.fal.ledger.accepted)
    for number in range(SAVED):
        town.fal.plan(before + number, Outcome(seconds=0.5 + 0.4 * number))
    await _be_accepted(saving, await saving.generate(SAVED))


async def _be_accepted(scene: Scene, children: set[str]) -> None:
    await scene.watch.until(lambda: stages(scene.watch, children).isdisjoint(UNSENT))


async def _be_sent(town: Neighbourhood, sending: Scene) -> None:
    """Go as far as that the provider has taken it, and its answer is on its way."""
    before = len(town.fal.ledger.accepted)
    town.fal.disturb(Operation.SUBMIT, Exchange(delay=ON_ITS_WAY, accept=True))
    await sending.generate(3)
    await eventually(lambda: len(town.fal.ledger.accepted) > before, lambda: "no submit")


async def test_a_redis_that_comes_back_empty_again_and_again_under_load_loses_nothing(
    town: Neighbourhood, client: Client
) -> None:
    town.fal.seconds = 0.5
    redis, accepted = town.neighbours["Redis"], len(town.fal.ledger.accepted)
    async with AsyncExitStack() as stack:
        scenes = [await stack.enter_async_context(scene(town, client)) for _ in range(LOAD)]
        for _ in range(RESTARTS):
            asked = asyncio.gather(*(each.generate(2) for each in scenes))
            await redis.fail(Fault.RESTART)
            await asked
            await asyncio.sleep(0.5)
            await redis.mend(Fault.RESTART)
            await asyncio.sleep(1.0)
        await asyncio.gather(*(each.quiet() for each in scenes))
        await asyncio.gather(*(each.assert_true(forgotten=False) for each in scenes))
        for each in scenes:
            assert set(each.watch.statuses(each.watch.latest)) == {"COMPLETED"}
    await assert_paid_once(town.product, town.fal)
    assert len(town.fal.ledger.accepted) - accepted == LOAD * RESTARTS * 2
