"""`kill -9` at random, under load: the provider's ledger is the judge.

The moments are random too, or aimed: when a request has just reached the provider, before or
after it was accepted. One half of the kills falls on a product that is told of ends by webhooks,
which come early, late, twice or never; the other on one that only asks.
"""

import asyncio
import random
from typing import cast

import pytest
from starlette.requests import Request
from starlette.responses import Response

from tests.emulators.fal import FalEmulator, Fault, Manner, Operation
from tests.emulators.fal.faults import Handler
from tests.emulators.openrouter.emulator import OpenRouterEmulator
from tests.journeys.processes import Process
from tests.journeys.product import Product
from tests.journeys.stacks import Stack
from tests.soaking import Soak
from tests.trust.books import RECORDING, Books
from tests.trust.traffic import SPEAK, Traffic

pytestmark = pytest.mark.slow

# A job that is left over by a kill ends by then. Long enough for a dead process to be missed, and
# short enough not to wait for long after the last kill.
DEADLINE = 25
# After its deadline somebody has to look once more, and a picture may have to be saved.
AFTERWARDS = 30.0

AIMS = (
    *(Operation.SUBMIT, Operation.SUBMIT, Operation.TOKEN, Operation.UPLOAD),
    *(Operation.STATUS, Operation.RESULT, Operation.MEDIA),
)
MANNERS = (
    Manner(),
    Manner(before_answer=True),
    Manner(silent=True),
    Manner(delay=1.0),
    Manner(copies=3),
)


class Tripwire:
    """A fault that does no harm, and says when an exchange has come this far."""

    def __init__(self, *, after: bool) -> None:
        self.touched = asyncio.Event()
        self._after = after

    async def strike(self, handler: Handler, request: Request) -> Response:
        """Let the exchange be, but leave time for a kill before or after the work is done."""
        answer = await handler(request) if self._after else None
        self.touched.set()
        await asyncio.sleep(0.02)
        return answer or await handler(request)


@pytest.fixture
def settings() -> dict[str, str]:
    return {"GRAPHAPI_JOB_DEADLINE": str(DEADLINE)}


async def test_nothing_is_paid_twice_lost_or_left_over_when_processes_are_killed_at_random(
    product: Product,
    stack: Stack,
    fal: FalEmulator,
    openrouter: OpenRouterEmulator,
    soak: Soak,
) -> None:
    kills, chance = soak.kills, random.Random(soak.seed)
    fal.seconds = 0.4
    traffic = Traffic(product, chance)
    async with traffic.flowing():
        for number in range(kills):
            if number == kills // 2:
                product.change(GRAPHAPI_PUBLIC_URL=product.url)
                await _kill(product, product.processes)
            fal.courier.manner = chance.choice(MANNERS)
            await _moment(fal, chance)
            await _kill(product, _victims(product, chance))
    found = await Books(product, fal, openrouter).balance(traffic.titles, DEADLINE + AFTERWARDS)
    soak.tell(f"{kills} kills on {stack.name}, seed {soak.seed}: {found}")
    assert (found.paid_twice, found.lost, found.unfinished) == (0, 0, 0), (soak.seed, found)
    assert found.made > kills, "there was too little to be lost"
    (generations,) = await product.rows("SELECT count(*) AS there FROM generations")
    assert generations.there == traffic.generations, "asked again with its key, and made again"
    (made,) = await product.rows("SELECT count(*) AS there FROM recordings")
    assert made.there == len(traffic.recordings), "asked again with its key, and spoken again"
    assert not traffic.refused


async def test_what_is_being_spoken_when_everything_is_killed_is_paid_once(
    product: Product, fal: FalEmulator
) -> None:
    wire = Tripwire(after=True)
    fal.disturb(Operation.SUBMIT, cast("Fault", wire))
    async with product.client() as client:
        asked = {"text": "Later that night.", "idempotencyKey": "spoken"}
        recording_id = (await client.do(SPEAK, **asked))["recording"]["id"]
        async with asyncio.timeout(DEADLINE):
            await wire.touched.wait()
        await _kill(product, product.processes)
        assert (await client.do(SPEAK, **asked))["recording"]["id"] == recording_id
        async with asyncio.timeout(DEADLINE + AFTERWARDS):
            while (await client.ask(RECORDING, id=recording_id))["aiStatus"] != "COMPLETED":  # noqa: ASYNC110 - a poll
                await asyncio.sleep(0.2)
    assert len(fal.ledger.posts) == 1


async def _moment(fal: FalEmulator, chance: random.Random) -> None:
    """Wait for the next kill: any moment, one after the dead were missed, or one aimed at."""
    if chance.random() < 0.5:
        wire = Tripwire(after=chance.random() < 0.5)
        fal.disturb(chance.choice(AIMS), cast("Fault", wire))
        await asyncio.wait([asyncio.create_task(wire.touched.wait())], timeout=4)
        await asyncio.sleep(chance.choice([0.0, chance.uniform(0, 0.1)]))
    elif chance.random() < 0.5:
        await asyncio.sleep(chance.uniform(0, 1.5))
    else:
        await asyncio.sleep(chance.uniform(8.5, 11))


def _victims(product: Product, chance: random.Random) -> list[Process]:
    """Choose whom to kill: one, as a rule; at times all workers, or everything."""
    single = [[each] for each in product.processes]
    return chance.choice([*single, *single, product.workers or [product.server], product.processes])


async def _kill(product: Product, victims: list[Process]) -> None:
    for process in victims:
        process.kill()
    await product.start()
