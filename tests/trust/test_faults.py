"""Three neighbours, four ways to fail, four moments: answers stay quick, and promises hold.

Each test is four cells of the matrix: at the moment of the fault a paid request is on its way,
others wait at the provider, results are being saved, and people subscribe.
"""

import asyncio
import time
from collections.abc import AsyncIterator

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

NEIGHBOURS = ("Redis", "the provider", "the database")
HELD = 2.0
# The shortest there is: what is swallowed on its way stays in doubt until its deadline.
SHORTEST = 10
# How long what waits runs at the provider, and the answer to a submit is on its way.
LONG, ON_ITS_WAY = 4.0, 1.5
SAVED = 6


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


@pytest.mark.parametrize("fault", Fault)
@pytest.mark.parametrize("who", NEIGHBOURS)
async def test_promises_hold_though_a_neighbour_fails_at_the_worst_moments(
    town: Neighbourhood, client: Client, who: str, fault: Fault, soak: Soak
) -> None:
    neighbour, asking = town.neighbours[who], Asking(client, town.product.slack)
    expires_after = SHORTEST if who == "the provider" else None
    async with (
        scene(town, client) as waiting,
        scene(town, client) as saving,
        scene(town, client, expires_after) as sending,
        scene(town, client) as fresh,
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
    """Go as far as to run at the provider."""
    town.fal.seconds = LONG
    children = await waiting.generate(2)
    await waiting.watch.until(lambda: stages(waiting.watch, children) == {"PROVIDER_RUNNING"})
    town.fal.seconds = 0.2


async def _be_saved(town: Neighbourhood, saving: Scene) -> None:
    """Go as far as that results arrive, one after the other for a while."""
    before = len(town.fal.ledger.accepted)
    for number in range(SAVED):
        town.fal.plan(before + number, Outcome(seconds=0.5 + 0.4 * number))
    await saving.generate(SAVED)
    await eventually(lambda: len(town.fal.ledger.accepted) == before + SAVED, lambda: "no submits")


async def _be_sent(town: Neighbourhood, sending: Scene) -> None:
    """Go as far as that the provider has taken it, and its answer is on its way."""
    before = len(town.fal.ledger.accepted)
    town.fal.disturb(Operation.SUBMIT, Exchange(delay=ON_ITS_WAY, accept=True))
    await sending.generate(3)
    await eventually(lambda: len(town.fal.ledger.accepted) > before, lambda: "no submit")
