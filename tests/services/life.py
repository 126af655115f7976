"""One library's life: its bells, its workers, and what it knows of itself; to be shaken."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sqlalchemy import select, update

from graphapi.container.foundations import Foundations
from graphapi.container.use_cases import (
    UseCases,
    make_polling,
    make_reconciling,
    make_steps,
    make_use_cases,
)
from graphapi.domain.ids import Noun, new_id
from graphapi.domain.jobs import LIVE, TERMINAL, JobState
from graphapi.errors import Unavailable
from graphapi.persistence import workers
from graphapi.persistence.database import Database
from graphapi.persistence.records import AnyRow
from graphapi.persistence.tables import ImageRow, JobEventRow, JobRow, LedgerRow, RecordingRow
from graphapi.ports.doorbell import Bell, Step
from graphapi.services.breakers import Breakers
from graphapi.services.requests import NewImage
from graphapi.services.sweeping import Sweeping
from tests.emulators import fal as fal_emulator
from tests.emulators.fal import Fault, Manner, Operation
from tests.emulators.fal.webhooks import message_of
from tests.emulators.openrouter import emulator as openrouter_emulator
from tests.emulators.openrouter.emulator import OpenRouterEmulator
from tests.services import laws
from tests.services.house import Held, House, house_at
from tests.services.mortal import Broken, Fickle, Killed, Mortal
from tests.services.troubles import TROUBLES, Witness

# Where a step can be kept waiting for its answer.
HELD_AT = {
    Step.PREPARE: (Operation.TOKEN, Operation.UPLOAD),
    Step.SUBMIT: (Operation.SUBMIT,),
    Step.FINALISE: (Operation.MEDIA,),
    Step.CANCEL: (Operation.CANCEL,),
}
WEBHOOKS = "http://127.0.0.1:9"
# Until everything has ended: waits of seconds, claims of minutes, and at last the deadline.
QUIET = [1, 10, 10, 35, 65, 65, 305, 65, 65, 3600, *[65] * 6]


@dataclass(frozen=True, slots=True)
class Crash:
    """What happens at one of the moments of a write: a death, or a break of so many writes."""

    moments: int
    breaks: int = 0

    def over(self, database: Database) -> Database:
        """Lead to a database with it."""
        if self.breaks:
            return Fickle(database, self.moments, self.breaks)
        return Mortal(database, self.moments)


@dataclass
class Life:
    """One image, what is asked of it, and what becomes of that. `told`: webhooks are asked for."""

    house: House
    witness: Witness

    async def begin(self, *, told: bool) -> None:
        """Begin anew: whatever a life before this one left is none of this one's business."""
        self.told = told
        self.bells: list[Bell] = []
        self.held: list[tuple[asyncio.Task[None], Held]] = []
        self.jobs: dict[str, AnyRow] = {}
        self.images: dict[str, AnyRow] = {}
        self.recordings: dict[str, AnyRow] = {}
        self.sources: list[str] = []
        # Whatever this life brings about has a later id.
        self.since = {noun: new_id(noun) for noun in (Noun.IMAGE, Noun.JOB, Noun.RECORDING)}
        self.generations: list[str] = []
        self.worker = ""
        async with self.house.database.write() as unit:
            statement = update(JobRow).where(JobRow.state.in_(LIVE))
            await unit.connection.execute(statement.values(state=JobState.CANCELLED))
            await workers.forget_dead(unit, self.house.clock.now())
        self.calm()
        self.witness.forget_all()
        self.house.openrouter.calls.clear()
        await self.take_up()
        await self.hire()
        await self.hear()

    async def take_up(self) -> None:
        """Put another image of the same picture into the library."""
        storage_id = (await self.house.image(self.house.image_id)).storage_id
        new = NewImage(storage_id=storage_id, analyze=False)
        image = await self.house.use_cases.images.create(self.house.owner, new)
        assert image is not None
        self.sources.append(image.id)

    @property
    def image_id(self) -> str:
        """Tell which image is asked for something now."""
        return self.sources[-1]

    @property
    def live(self) -> int:
        """Count the jobs that have not ended."""
        return sum(job.state in LIVE for job in self.jobs.values())

    @property
    def made(self) -> list[str]:
        """List the recordings that a model was asked for and that are there, oldest first."""
        there = [row for row in self.recordings.values() if row.model and not row.deleted_at]
        return sorted(row.id for row in there)

    def base(self, crash: Crash | None) -> Foundations:
        """Make what a process stands on, which is perhaps about to crash."""
        settings = self.house.base.settings
        if self.told:
            settings = settings.model_copy(update={"public_url": WEBHOOKS})
        database = crash.over(self.house.database) if crash else self.house.database
        breakers = Breakers(database, self.house.clock)
        return replace(self.house.base, database=database, settings=settings, breakers=breakers)

    async def hire(self) -> None:
        """Let another process take over; whoever was there before is heard of no more."""
        self.worker = new_id(Noun.WORKER)
        await self.beat()

    async def beat(self) -> None:
        async with self.house.database.write() as unit:
            await workers.beat(unit, self.worker, self.house.clock.now())

    async def hear(self) -> None:
        await asyncio.sleep(0)
        self.bells += [bell for bell in self.house.heard.bells if bell not in self.bells]
        self.house.heard.forget()

    @asynccontextmanager
    async def survived(self) -> AsyncIterator[None]:
        """Survive the crash inside the block; a process that died of it is replaced."""
        try:
            yield
        except Killed:
            # What it held stays held until it counts as dead.
            await self.hire()
        except (Broken, Unavailable):
            pass  # written into the log, or told to whoever asked
        await self.hear()

    async def served(
        self, work: Callable[[UseCases], Awaitable[None]], crash: Crash | None
    ) -> None:
        """Let a person ask something of a server that may crash."""
        async with self.survived():
            await work(make_use_cases(self.base(crash)))

    def rung(self, place: int) -> list[Bell]:
        """Choose one of the bells that ring; none when none does."""
        return [latest(self.bells, place)] if self.bells else []

    async def step(self, bell: Bell, crash: Crash | None = None) -> None:
        """Perform a step."""
        steps = make_steps(self.base(crash), self.worker)
        async with self.survived():
            await steps[bell.step](bell.job_id)

    async def hang(self, bell: Bell, place: int) -> None:
        """Begin a step whose answer does not come until `let_go`, if it is one that asks."""
        operations = HELD_AT.get(bell.step)
        if self.held or operations is None:
            return
        held = self.house.hold(operations[place % len(operations)])
        task = asyncio.create_task(self.step(bell))
        arrived = asyncio.create_task(held.arrived.wait())
        await asyncio.wait([task, arrived], return_when=asyncio.FIRST_COMPLETED)
        arrived.cancel()
        if task.done():
            self.calm()
            await task
        else:
            self.held.append((task, held))

    async def let_go(self) -> None:
        """Let every answer come that is late."""
        while self.held:
            task, held = self.held.pop()
            held.let_go.set()
            await task

    async def poll(self, crash: Crash | None = None) -> None:
        base = self.base(crash)
        polling = make_polling(base)
        async with self.survived():
            for job_id in await polling.submitted():
                await polling.check(job_id)

    async def sweep(self, crash: Crash | None = None) -> None:
        base = self.base(crash)
        sweeping = Sweeping(base.database, base.clock, base.models.is_repeatable)
        async with self.survived():
            rung = await sweeping.sweep()
            self.bells += [bell for bell in rung if bell not in self.bells]
            await make_reconciling(base).look()
            await sweeping.tell_positions()

    async def deliver(self, place: int, manner: Manner, crash: Crash | None) -> None:
        """Tell of an end by webhook, though the submit's own answer may not have come."""
        ended = [job for job in self.witness.jobs if job.webhook and job.answer]
        if not ended:
            return
        job = latest(ended, place)
        token = (job.webhook or "").rpartition("/")[2]
        body = json.dumps(message_of(job, manner)).encode()
        headers = self.witness.courier.signed(job.request_id, body, manner)

        async def work(cases: UseCases) -> None:
            await cases.deliveries.receive("fal", token, headers, body)

        await self.served(work, crash)

    @contextmanager
    def troubled(
        self, troubles: Sequence[tuple[Operation | None, Fault]], number: int | None
    ) -> Iterator[None]:
        """Let this go wrong inside the block, if anything asks for it there."""
        if number is None:
            yield
            return
        operation, fault = troubles[number % len(troubles)]
        if operation is None:
            self.house.openrouter.disturb(fault)
        else:
            self.witness.disturb(operation, fault)
        yield
        self.calm()

    async def answer(self, bell: Bell, crash: Crash | None, trouble: int | None) -> None:
        """Perform a step in which something may go wrong."""
        with self.troubled(TROUBLES[bell.step], trouble):
            await self.step(bell, crash)

    def calm(self) -> None:
        """Let nothing more go wrong."""
        self.witness._script._queued.clear()
        self.house.openrouter._faults.clear()

    async def check(self) -> None:
        """Compare everything with what it was, and with what may be."""
        shown = ImageRow.id > self.since[Noun.IMAGE]
        heard = RecordingRow.id > self.since[Noun.RECORDING]
        ours = JobRow.id > self.since[Noun.JOB]
        async with self.house.database.read() as connection:
            rows = await connection.execute(select(JobRow).where(ours))
            jobs = {row.id: row for row in rows}
            images = {r.id: r for r in await connection.execute(select(ImageRow).where(shown))}
            rows = await connection.execute(select(RecordingRow).where(heard))
            recordings = {row.id: row for row in rows}
        laws.assert_jobs_went_on(self.jobs, jobs)
        laws.assert_shown_went_on(self.images, images)
        laws.assert_shown_went_on(self.recordings, recordings)
        laws.assert_shown_truly([*images.values(), *recordings.values()], jobs.values())
        laws.assert_one_at_a_time(jobs.values())
        laws.assert_rode_together(jobs)
        for key in laws.contents_at_hand(jobs.values()):
            assert await self.house.base.storage.get(key)
        self.jobs, self.images, self.recordings = jobs, images, recordings
        taken = [call.raw.decode() for call in self.house.openrouter.calls if call.body]
        laws.assert_paid_once(self.witness.accepted_of, taken)
        laws.assert_asked_for_each(self.witness.asked_for)

    async def end(self) -> None:
        """Let it become quiet: everything ends, by its law, and the money is settled."""
        await self.let_go()
        for seconds in QUIET:
            self.house.clock.turn(seconds=seconds)
            await self.beat()
            await self.sweep()
            while self.bells:
                await self.step(self.bells.pop(0))
            await self.poll()
            while self.bells:
                await self.step(self.bells.pop(0))
            await self.check()
            if all(job.state in TERMINAL for job in self.jobs.values()):
                await self.settle_accounts()
                return
        states = {job.id: (job.state, job.stage_message) for job in self.jobs.values()}
        raise AssertionError(f"not every job has ended: {states}")

    async def settle_accounts(self) -> None:
        """Judge the whole life, now that it is over."""
        async with self.house.database.read() as connection:
            events = select(JobEventRow).where(JobEventRow.job_id.in_(self.jobs))
            ordered = events.order_by(JobEventRow.job_id, JobEventRow.version)
            laws.assert_moved_by_law(await connection.execute(ordered))
            lines = select(LedgerRow).where(LedgerRow.job_id.in_(self.jobs))
            laws.assert_settled(self.jobs.values(), await connection.execute(lines))
        laws.assert_kept(self.jobs[job_id] for job_id in self.witness.made)


def latest(among: Sequence[Any], place: int) -> Any:
    """Choose one, counted from the last; beyond the first it begins anew."""
    return among[-1 - place % len(among)]


@asynccontextmanager
async def life_at(url: str, folder: Path) -> AsyncIterator[Life]:
    """Open a house for lives, one after the other. Nothing waits for a disk."""
    witness, eyes = Witness(), OpenRouterEmulator()
    async with (
        fal_emulator.running(witness) as fal_url,
        openrouter_emulator.running(eyes) as openrouter_url,
        house_at(
            url,
            folder,
            witness,
            eyes,
            storage_url="memory:///",
            fal_key=witness.key,
            fal_queue_url=fal_url,
            fal_rest_url=fal_url,
            fal_api_url=f"{fal_url}/v1",
            fal_jwks_url=f"{fal_url}/.well-known/jwks.json",
            openrouter_api_key=eyes.key,
            openrouter_url=openrouter_url,
        ) as house,
    ):
        witness.house = house
        async with house.database._writer.connect() as connection:
            raw = await connection.get_raw_connection()
            assert raw.driver_connection is not None
            await raw.driver_connection.execute("PRAGMA synchronous=OFF")
        yield Life(house, witness)
