"""Everything that a server is made of, but for its loops: a test rings, polls, sweeps and turns.

Storage, pixels and HTTP are real; the providers are the emulators on loopback.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

from sqlalchemy import select
from starlette.requests import Request
from starlette.responses import Response

from graphapi.container.foundations import Foundations, open_foundations
from graphapi.container.use_cases import (
    UseCases,
    make_polling,
    make_reconciling,
    make_steps,
    make_use_cases,
)
from graphapi.domain.jobs import TERMINAL, JobState
from graphapi.domain.library import Image
from graphapi.domain.users import User
from graphapi.domain.variations import ModificationMode
from graphapi.persistence import jobs, workers
from graphapi.persistence.database import Database
from graphapi.persistence.records import AnyRow
from graphapi.persistence.tables import JobRow
from graphapi.ports.doorbell import Bell
from graphapi.services.breakers import Breakers
from graphapi.services.requests import NewImage, VariationsWanted
from graphapi.services.sweeping import Sweeping
from graphapi.settings import load_settings
from graphapi.storage.links import SignedLinks
from tests.emulators.fal import FalEmulator, Fault, Operation
from tests.emulators.fal.faults import Handler
from tests.emulators.openrouter.emulator import OpenRouterEmulator
from tests.persistence.library import Heard, TurnedClock
from tests.storage.drawing import encoded, photograph

WORKER = "wrk_house"


def still() -> bytes:
    """A small photograph, but too large to travel inside a request."""
    return encoded(photograph(192, 128), "JPEG")


def shots(count: int, **wanted: Any) -> VariationsWanted:
    """Ask for shot variations."""
    return VariationsWanted(ModificationMode.SHOT_VARIATION, count, **wanted)


class Held:
    """A fault that keeps an accepted request's answer back until it is let go."""

    def __init__(self) -> None:
        self.arrived = asyncio.Event()
        self.let_go = asyncio.Event()

    async def strike(self, handler: Handler, request: Request) -> Response:
        """Accept, then wait."""
        answer = await handler(request)
        self.arrived.set()
        await self.let_go.wait()
        return answer


@dataclass
class House:
    """A server at rest, and a person with one image in it."""

    base: Foundations
    heard: Heard
    clock: TurnedClock
    use_cases: UseCases
    owner: User
    fal: FalEmulator
    openrouter: OpenRouterEmulator

    def __post_init__(self) -> None:
        self.polling = make_polling(self.base)
        self.sweeping = Sweeping(
            self.base.database, self.base.clock, self.base.models.is_repeatable
        )
        self.reconciling = make_reconciling(self.base)
        self.steps = make_steps(self.base, WORKER)
        self.image_id = ""

    @property
    def database(self) -> Database:
        return self.base.database

    async def furnish(self, **words: Any) -> Image:
        """Put an image into the library, unanalysed."""
        storage_id = await self.use_cases.uploads.receive(self.owner.id, still())
        new = NewImage(storage_id=storage_id, words=words, analyze=False)
        image = await self.use_cases.images.create(self.owner, new)
        assert image is not None
        self.image_id = self.image_id or image.id
        return image

    async def ask(self, count: int, **wanted: Any) -> list[str]:
        """Ask for variations; answers the ids of their jobs, in order."""
        scheduled = await self.use_cases.variations.request(
            self.owner, self.image_id, shots(count, **wanted)
        )
        return [(await self.job_of(child.id)).id for child in scheduled.variations]

    async def job_of(self, image_id: str) -> AnyRow:
        """Read the newest job that makes or describes an image."""
        statement = select(JobRow).where(JobRow.image_id == image_id).order_by(JobRow.id.desc())
        async with self.database.read() as connection:
            return (await connection.execute(statement.limit(1))).one()

    async def job(self, job_id: str) -> AnyRow:
        async with self.database.read() as connection:
            row = await jobs.get(connection, job_id)
        assert row is not None
        return row

    async def all_jobs(self) -> list[AnyRow]:
        async with self.database.read() as connection:
            return list((await connection.execute(select(JobRow).order_by(JobRow.id))).all())

    async def image(self, image_id: str | None = None) -> Image:
        wanted = image_id or self.image_id
        return (await self.use_cases.images.get_many(self.owner, [wanted]))[wanted]

    async def children(self) -> list[Image]:
        """Read the image's variations, oldest first."""
        found = await self.use_cases.images.variations_of(self.owner, [self.image_id])
        return found[self.image_id][::-1]

    async def beat(self) -> None:
        async with self.database.write() as unit:
            await workers.beat(unit, WORKER, self.clock.now())

    async def perform(self, bell: Bell) -> None:
        await self.steps[bell.step](bell.job_id)

    async def answer_bells(self) -> int:
        """Perform every step that is rung for, until it is quiet; answers how many."""
        performed = 0
        await self.listen()
        while self.heard.bells:
            await self.perform(self.heard.bells.pop(0))
            await self.listen()
            performed += 1
        return performed

    async def listen(self) -> None:
        """Let what was committed be told."""
        await self.beat()

    async def poll(self) -> None:
        for job_id in await self.polling.submitted():
            await self.polling.check(job_id)

    async def sweep(self) -> None:
        """Sweep once, look for doubts, and answer whatever rings."""
        self.heard.bells.extend(await self.sweeping.sweep())
        await self.reconciling.look()
        await self.answer_bells()

    async def settle(self, rounds: int = 200) -> None:
        """Work until every job has ended, the clock standing still."""
        for _ in range(rounds):
            await self.answer_bells()
            if all(job.state in TERMINAL for job in await self.all_jobs()):
                return
            await self.poll()
        states = [(job.state, job.stage_message) for job in await self.all_jobs()]
        raise AssertionError(f"not settled: {states}")

    async def until(self, job_id: str, state: JobState) -> None:
        """Wait until a step that runs beside the test has brought a job here."""
        async with asyncio.timeout(10):
            while (await self.job(job_id)).state is not state:  # noqa: ASYNC110 - a row tells nobody
                await asyncio.sleep(0.002)

    def hold(self, *operations: Operation) -> Held:
        """Keep back the answer to the next exchange of each kind."""
        held = Held()
        for operation in operations:
            self.fal.disturb(operation, cast("Fault", held))
        return held

    async def states(self) -> list[JobState]:
        return [job.state for job in await self.all_jobs()]


@asynccontextmanager
async def house_at(
    url: str, folder: Path, fal: FalEmulator, openrouter: OpenRouterEmulator, **settings: Any
) -> AsyncIterator[House]:
    """Open a house over a migrated database; `settings` are those of a person who has keys."""
    chosen = load_settings(
        data_dir=folder / "data",
        database_url=url,
        secret_key="k" * 40,
        **settings,
    )
    chosen.make_data_dir()
    clock, heard = TurnedClock(), Heard()
    async with open_foundations(chosen) as opened:
        links = SignedLinks("k" * 40, clock, chosen.base_url, chosen.public_url)
        breakers = Breakers(opened.database, clock)
        base = replace(opened, clock=clock, links=links, breakers=breakers)
        base.database.tell(heard, heard)
        use_cases = make_use_cases(base)
        owner = await use_cases.users.adopt_token("ann", "gapi_ann")
        house = House(base, heard, clock, use_cases, owner, fal, openrouter)
        await house.beat()
        await house.furnish(title="Source", group="Film")
        heard.forget()
        yield house
