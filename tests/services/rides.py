"""Requests for several pictures, and what the books and the provider say of them."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from sqlalchemy import func, select

from graphapi.domain.attempts import Stop
from graphapi.domain.jobs import Billed, JobState
from graphapi.domain.ledger import Entry
from graphapi.domain.library import Image
from graphapi.domain.options import Options
from graphapi.persistence.records import AnyRow
from graphapi.persistence.tables import LedgerRow
from graphapi.services.cancelling import Cancellation
from graphapi.services.picturing import Pictured
from graphapi.services.requests import PicturesWanted
from tests.emulators.fal import Fault
from tests.services.house import House

MODEL = "fal-ai/nano-banana-pro"
EACH = 150_000
LOST = Fault(drop=True, accept=True)
DOWN = Fault(status=500, body="down")


async def ask(house: House, count: int = 4, **options: Any) -> Pictured:
    wanted = PicturesWanted(MODEL, "A harbour at dawn.", count=count, options=Options(options))
    return await house.use_cases.picturing.request(house.owner, "generateImage", wanted)


async def jobs_of(house: House, images: Sequence[Image]) -> list[AnyRow]:
    return [await house.job_of(image.id) for image in images]


async def states(house: House, made: Pictured) -> list[JobState]:
    return [job.state for job in await jobs_of(house, made.images)]


def sent(house: House) -> list[dict[str, Any]]:
    return [post.input or {} for post in house.fal.ledger.accepted]


async def books(house: House) -> list[tuple[Entry, int | None, Billed]]:
    """Read how each reservation was closed, in the order of the jobs."""
    statement = select(LedgerRow).where(LedgerRow.closes).order_by(LedgerRow.job_id)
    async with house.database.read() as connection:
        rows = (await connection.execute(statement)).all()
        opened = select(func.count()).where(~LedgerRow.closes)
        assert (await connection.execute(opened)).scalar_one() == len(await house.all_jobs())
    return [(row.entry, row.amount_micros, row.billed) for row in rows]


async def settled(house: House) -> int:
    return sum(amount or 0 for entry, amount, _ in await books(house) if entry is Entry.SETTLE)


async def cancel(house: House, *images: Image) -> Cancellation:
    for image in images:
        answer = await house.use_cases.cancelling.cancel_variation(house.owner, image.id)
    return answer


def names(answer: Cancellation, stop: Stop) -> list[str]:
    assert sum(len(each) for each in answer.images.values()) == len(answer.images[stop])
    return [image.id for image in answer.images[stop]]


async def give_up(house: House) -> None:
    """Let time pass until nothing more is waited for."""
    house.clock.turn(hours=1, minutes=1)
    await house.beat()
    await house.sweep()
    await house.poll()


async def step(perform: Callable[[str], Awaitable[None]], job_id: str) -> None:
    """Perform a step as a task can."""
    await perform(job_id)
