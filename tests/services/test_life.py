"""Every life a job may have, tried at random over the real repository and a provider over HTTP.

Workers die at any write and are slow to answer, bells are lost and doubled, the provider fails in
each documented way, time passes. Whatever happens: a job is accepted at most once, what arrives is
known beforehand, an end stays an end, versions only grow, and in the end every job has ended.
"""

import asyncio
import shutil
from collections.abc import Coroutine, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import zip_longest
from pathlib import Path
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select, update

from graphapi.container.use_cases import make_steps
from graphapi.domain.ids import Noun, new_id
from graphapi.domain.images import IN_FLIGHT
from graphapi.domain.jobs import LIVE, MOVES, TERMINAL, JobState
from graphapi.persistence import workers
from graphapi.persistence.models import ImageRow, JobRow
from graphapi.persistence.records import AnyRow
from graphapi.ports.doorbell import Bell, Step
from graphapi.services.requests import AnalysisWanted, NewImage
from tests.emulators import fal as fal_emulator
from tests.emulators.fal import Fault, Operation
from tests.emulators.openrouter import emulator as openrouter_emulator
from tests.emulators.openrouter.emulator import OpenRouterEmulator
from tests.services.house import Held, House, house_at, shots
from tests.services.mortal import Killed, Mortal
from tests.services.troubles import POLL_TROUBLES, TROUBLES, Witness

Answer = TypeVar("Answer")

# Most steps should go well.
TROUBLE = st.one_of(st.none(), st.integers(0, 5))
MOMENTS = st.one_of(st.none(), st.none(), st.integers(1, 7))


def reachable(start: JobState) -> set[JobState]:
    """Walk the law from one state to all that may follow."""
    seen, ahead = {start}, [start]
    while ahead:
        here = ahead.pop()
        fresh = {end for begin, end in MOVES if begin is here} - seen
        seen |= fresh
        ahead.extend(fresh)
    return seen


FOLLOWING = {state: reachable(state) for state in JobState}


@dataclass(frozen=True, slots=True)
class World:
    """What all lives share: a loop, a house, and its provider."""

    runner: asyncio.Runner
    house: House
    witness: Witness

    def run(self, work: Coroutine[Any, Any, Answer]) -> Answer:
        return self.runner.run(work)


class Life(RuleBasedStateMachine):
    """One library's jobs, from the first request until all have ended."""

    world: World

    @initialize()
    def begin(self) -> None:
        self.house = self.world.house
        self.witness = self.world.witness
        self.bells: list[Bell] = []
        self.held: list[tuple[asyncio.Task[None], Held]] = []
        self.jobs: dict[str, AnyRow] = {}
        self.images: dict[str, AnyRow] = {}
        self.born: list[str] = []
        self.run(self._begin())

    def run(self, work: Coroutine[Any, Any, Answer]) -> Answer:
        return self.world.run(work)

    async def _begin(self) -> None:
        # Whatever a life before this one left when it failed is none of this one's business.
        async with self.house.database.write() as unit:
            statement = update(JobRow).where(JobRow.state.in_(LIVE))
            await unit.connection.execute(statement.values(state=JobState.CANCELLED))
        self._calm()
        self.witness.senders.clear()
        storage_id = (await self.house.image(self.house.image_id)).storage_id
        new = NewImage(storage_id=storage_id, analyze=False)
        image = await self.house.use_cases.images.create(self.house.owner, new)
        assert image is not None
        self.image_id = image.id
        await self._hire()
        await self._hear()

    async def _hire(self) -> None:
        self.worker = new_id(Noun.WORKER)
        await self._beat()

    def _live(self) -> int:
        return sum(job.state in LIVE for job in self.jobs.values())

    async def _beat(self) -> None:
        async with self.house.database.write() as unit:
            await workers.beat(unit, self.worker, self.house.clock.now())

    async def _hear(self) -> None:
        await asyncio.sleep(0)
        self.bells += [bell for bell in self.house.heard.bells if bell not in self.bells]
        self.house.heard.forget()

    async def _step(self, bell: Bell, moments: int | None) -> None:
        mortal = Mortal(self.house.database, moments)
        steps = make_steps(replace(self.house.base, database=mortal), self.worker)
        try:
            await steps[bell.step](bell.job_id)
        except Killed:
            # The process is gone; what it held stays held until it counts as dead.
            await self._hire()
        await self._hear()

    @rule(count=st.integers(1, 3))
    def ask(self, count: int) -> None:
        async def work() -> None:
            await self.house.use_cases.variations.request(
                self.house.owner, self.image_id, shots(count)
            )
            await self._hear()

        if self._live() < 6:
            self.run(work())

    @rule(count=st.integers(0, 2))
    def analyse(self, count: int) -> None:
        async def work() -> None:
            await self.house.use_cases.analyses.request(
                self.house.owner, self.image_id, AnalysisWanted(variation_count=count)
            )
            await self._hear()

        if self._live() < 6:
            self.run(work())

    @precondition(lambda self: self.bells)
    @rule(place=st.integers(0, 50), moments=MOMENTS, trouble=TROUBLE)
    def answer(self, place: int, moments: int | None, trouble: int | None) -> None:
        bell = self.bells.pop(place % len(self.bells))
        with self._troubled(TROUBLES[bell.step], trouble):
            self.run(self._step(bell, moments))

    @precondition(lambda self: self.bells)
    @rule(place=st.integers(0, 50), moments=MOMENTS)
    def answer_twice(self, place: int, moments: int | None) -> None:
        bell = self.bells[place % len(self.bells)]

        async def work() -> None:
            await asyncio.gather(self._step(bell, moments), self._step(bell, None))

        self.run(work())

    @precondition(lambda self: self.bells)
    @rule(troubles=st.lists(TROUBLE, min_size=4, max_size=4))
    def answer_all(self, troubles: list[int | None]) -> None:
        bells, self.bells = self.bells, []
        for bell, trouble in zip_longest(bells, troubles[: len(bells)]):
            with self._troubled(TROUBLES[bell.step], trouble):
                self.run(self._step(bell, None))

    @contextmanager
    def _troubled(
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
        self._calm()

    def _calm(self) -> None:
        self.witness._script._queued.clear()
        self.house.openrouter._faults.clear()

    @precondition(lambda self: self.bells)
    @rule()
    def lose_the_bells(self) -> None:
        self.bells.clear()

    @precondition(lambda self: any(bell.step is Step.SUBMIT for bell in self.bells))
    @rule()
    def submit_and_hear_nothing_for_long(self) -> None:
        bell = next(bell for bell in self.bells if bell.step is Step.SUBMIT)

        async def work() -> None:
            held = self.house.hold(Operation.SUBMIT)
            task = asyncio.create_task(self._step(bell, None))
            arrived = asyncio.create_task(held.arrived.wait())
            await asyncio.wait([task, arrived], return_when=asyncio.FIRST_COMPLETED)
            arrived.cancel()
            if task.done():
                self._calm()
            else:
                self.held.append((task, held))

        if not self.held:
            self.run(work())

    @precondition(lambda self: self.held)
    @rule()
    def the_answer_comes_late(self) -> None:
        self.run(self._let_go())

    async def _let_go(self) -> None:
        while self.held:
            task, held = self.held.pop()
            held.let_go.set()
            await task

    @rule(trouble=TROUBLE)
    def poll(self, trouble: int | None) -> None:
        with self._troubled(POLL_TROUBLES, trouble):
            self.run(self._poll())

    async def _poll(self) -> None:
        await self.house.poll()
        await self._hear()

    @rule()
    def sweep(self) -> None:
        self.run(self._sweep())

    async def _sweep(self) -> None:
        rung = await self.house.sweeping.sweep()
        await self.house.reconciling.look()
        await self.house.sweeping.tell_positions()
        self.bells += [bell for bell in rung if bell not in self.bells]
        await self._hear()

    @rule(seconds=st.sampled_from([1, 4, 20, 90]))
    def pass_time(self, seconds: int) -> None:
        self.house.clock.turn(seconds=seconds)
        self.run(self._beat())

    @rule(really=st.sampled_from([False, False, False, True]))
    def delete_the_image(self, *, really: bool) -> None:
        async def work() -> None:
            found = await self.house.use_cases.images.get_many(self.house.owner, [self.image_id])
            if found:
                await self.house.use_cases.images.delete(self.house.owner, [self.image_id])
                await self._begin_anew()

        if really and self.jobs and not self.born:
            self.run(work())

    async def _begin_anew(self) -> None:
        storage_id = (await self.house.image(self.house.image_id)).storage_id
        new = NewImage(storage_id=storage_id, analyze=False)
        image = await self.house.use_cases.images.create(self.house.owner, new)
        assert image is not None
        self.born.append(self.image_id)
        self.image_id = image.id

    @invariant()
    def everything_holds(self) -> None:
        if hasattr(self, "image_id"):
            self.run(self._check())

    async def _check(self) -> None:
        sources = [*self.born, self.image_id]
        children = ImageRow.id.in_(sources) | ImageRow.parent_image_id.in_(sources)
        async with self.house.database.read() as connection:
            jobs = await connection.execute(
                select(JobRow).where(JobRow.source_image_id.in_(sources))
            )
            images = await connection.execute(select(ImageRow).where(children))
        self._compare_jobs({row.id: row for row in jobs})
        self._compare_images({row.id: row for row in images})
        accepted = [sender for post, sender in self.witness.senders if post.request_id]
        assert None not in accepted, "a request arrived that no row knew of"
        assert len(accepted) == len(set(accepted)), "a job was accepted twice"

    def _compare_jobs(self, now: dict[str, AnyRow]) -> None:
        for job_id, before in self.jobs.items():
            after = now[job_id]
            assert after.version >= before.version
            assert after.fence >= before.fence
            assert after.state in FOLLOWING[before.state]
            if before.state in TERMINAL:
                assert after.state is before.state
        self.jobs = now

    def _compare_images(self, now: dict[str, AnyRow]) -> None:
        for image_id, before in self.images.items():
            after = now[image_id]
            assert after.version >= before.version
            assert after == before or after.version > before.version
            assert after.changed_seq >= before.changed_seq
        self.images = now
        for image in now.values():
            asked = [job for job in self.jobs.values() if image.id in _ids(job)]
            live = any(job.state in LIVE for job in asked)
            assert (image.ai_status in IN_FLIGHT) is live, (image.id, image.ai_status)

    def teardown(self) -> None:
        if hasattr(self, "image_id"):
            self.run(self._end())

    async def _end(self) -> None:
        await self._let_go()
        for seconds in [10] * 20 + [3600, 10, 10, 10, 10]:
            self.house.clock.turn(seconds=seconds)
            await self._beat()
            await self._sweep()
            while self.bells:
                await self._step(self.bells.pop(0), None)
            await self._poll()
            await self._check()
            if all(job.state in TERMINAL for job in self.jobs.values()):
                return
        states = {job.id: (job.state, job.stage_message) for job in self.jobs.values()}
        raise AssertionError(f"not every job has ended: {states}")


def _ids(job: AnyRow) -> tuple[str, str]:
    return job.image_id, job.source_image_id


@pytest.mark.slow
def test_whatever_happens_nothing_is_paid_twice_and_everything_ends(
    sqlite_template: Path, tmp_path: Path
) -> None:
    path = tmp_path / "graphapi.db"
    shutil.copy(sqlite_template, path)
    with asyncio.Runner() as runner:
        witness, eyes = Witness(), OpenRouterEmulator()
        stack = _opened(f"sqlite:///{path}", tmp_path, witness, eyes)
        house = runner.run(stack.__anext__())
        witness.house = house
        Life.world = World(runner, house, witness)
        try:
            run_state_machine_as_test(
                Life,
                settings=settings(
                    max_examples=30,
                    stateful_step_count=30,
                    deadline=None,
                    suppress_health_check=list(HealthCheck),
                ),
            )
        finally:
            runner.run(stack.aclose())


async def _opened(url: str, folder: Path, witness: Witness, eyes: OpenRouterEmulator) -> Any:
    async with (
        fal_emulator.running(witness) as fal_url,
        openrouter_emulator.running(eyes) as openrouter_url,
        house_at(
            url,
            folder,
            witness,
            eyes,
            fal_key=witness.key,
            fal_queue_url=fal_url,
            fal_rest_url=fal_url,
            fal_api_url=f"{fal_url}/v1",
            openrouter_api_key=eyes.key,
            openrouter_url=openrouter_url,
        ) as house,
    ):
        yield house
