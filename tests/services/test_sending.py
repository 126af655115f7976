"""Sending what costs money: the intent before it, the outcome after it, and never twice."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from graphapi.container.use_cases import make_steps
from graphapi.domain.failures import JobErrorCode
from graphapi.domain.images import AiStatus
from graphapi.domain.jobs import Billed, JobState, Mover, Stage
from graphapi.persistence.database import Database
from graphapi.persistence.records import AnyRow
from graphapi.persistence.transition import transition
from graphapi.persistence.unit_of_work import UnitOfWork
from graphapi.ports.doorbell import Bell, Step
from graphapi.ports.storage import Storage
from tests.emulators import fal as fal_emulator
from tests.emulators.fal import FalEmulator, Fault, Operation, Post
from tests.emulators.openrouter.emulator import OpenRouterEmulator
from tests.servers.launch import free_port
from tests.services.house import WORKER, House, house_at
from tests.services.mortal import Mortal

DROPPED = Fault(drop=True)
TAKEN_AND_DROPPED = Fault(drop=True, accept=True)
TAKEN_AND_500 = Fault(status=500, accept=True)
REFUSED = {"detail": [{"loc": ["body"], "msg": "No.", "type": "value_error"}]}


async def prepared(house: House, count: int = 1) -> list[str]:
    """Ask for variations and prepare their source; nothing is sent yet."""
    job_ids = await house.ask(count)
    await house.perform(Bell(Step.PREPARE, job_ids[0]))
    house.heard.forget()
    return job_ids


async def submit(house: House, job_id: str) -> AnyRow:
    await house.perform(Bell(Step.SUBMIT, job_id))
    return await house.job(job_id)


async def test_an_accepted_request_is_kept_with_its_id_and_addresses(house: House) -> None:
    (job_id,) = await prepared(house)
    job = await submit(house, job_id)
    (post,) = house.fal.ledger.accepted
    assert (job.state, job.request_id) == (JobState.SUBMITTED, post.request_id)
    assert job.status_url.endswith(f"/requests/{post.request_id}/status")
    assert job.response_url
    assert job.cancel_url
    assert (job.submitted_at, job.billed) == (house.clock.now(), Billed.UNKNOWN)
    assert job.attempt_token_hash == hashlib.sha256((post.attempt or "").encode()).hexdigest()
    assert post.input is not None
    assert post.input["seed"] == job.seed


class Witness(FalEmulator):
    """Looks at the job's row at the moment its request arrives."""

    house: House
    seen: list[tuple[JobState, str, str]]

    async def _noted(self, request: object) -> Post:
        post = await super()._noted(request)  # type: ignore[arg-type] # Starlette's request
        (job,) = [job for job in await self.house.all_jobs() if job.attempt_token_hash]
        sent = hashlib.sha256((post.attempt or "").encode()).hexdigest()
        self.seen.append((job.state, job.attempt_token_hash, sent))
        return post


async def test_the_intent_is_committed_before_the_request_leaves(
    database_url: str, tmp_path: Path
) -> None:
    witness = Witness(shrink=16)
    witness.seen = []
    async with (
        fal_emulator.running(witness) as url,
        house_at(
            database_url,
            tmp_path,
            witness,
            OpenRouterEmulator(),
            fal_key=witness.key,
            fal_queue_url=url,
            fal_rest_url=url,
            fal_api_url=f"{url}/v1",
        ) as house,
    ):
        witness.house = house
        (job_id,) = await prepared(house)
        await submit(house, job_id)
    ((state, kept, sent),) = witness.seen
    assert state is JobState.SUBMITTING
    assert kept == sent


@pytest.mark.parametrize("fault", [DROPPED, TAKEN_AND_DROPPED, TAKEN_AND_500, Fault(cut=True)])
async def test_a_doubt_is_never_sent_again_and_ends_at_the_deadline(
    house: House, fault: Fault
) -> None:
    house.fal.disturb_always(Operation.HISTORY, Fault(status=500, body="down"))
    (job_id,) = await prepared(house)
    house.fal.disturb(Operation.SUBMIT, fault)
    job = await submit(house, job_id)
    sent = len(house.fal.ledger.posts)
    assert (job.state, job.billed) == (JobState.SUBMIT_UNKNOWN, Billed.UNKNOWN)
    standing = (await house.image(job.image_id)).standing
    assert (standing.ai_status, standing.stage) == (AiStatus.PROCESSING, Stage.SUBMIT_UNKNOWN)
    for _ in range(3):
        await submit(house, job_id)
        await house.sweep()
        await house.poll()
        house.clock.turn(minutes=10)
    house.clock.turn(hours=1)
    await house.sweep()
    job = await house.job(job_id)
    assert (job.state, job.failure_code) == (JobState.FAILED, JobErrorCode.SUBMIT_UNKNOWN)
    assert job.billed is Billed.UNKNOWN
    assert len(house.fal.ledger.posts) == sent


async def test_what_was_told_to_come_later_waits_as_long_as_it_was_told(house: House) -> None:
    (job_id,) = await prepared(house)
    busy = Fault(status=429, body={"detail": "Busy"}, headers={"Retry-After": "30"})
    house.fal.disturb(Operation.SUBMIT, busy)
    job = await submit(house, job_id)
    assert (job.state, job.tries, job.billed) == (JobState.QUEUED, 1, Billed.NO)
    assert "Trying again soon" in (await house.image(job.image_id)).standing.stage_message
    await house.sweeping.tell_positions()
    assert "Trying again soon" in (await house.image(job.image_id)).standing.stage_message
    house.clock.turn(seconds=29)
    assert (await submit(house, job_id)).state is JobState.QUEUED
    house.clock.turn(seconds=1)
    assert (await submit(house, job_id)).state is JobState.SUBMITTED
    assert len(house.fal.ledger.accepted) == 1


async def test_each_refusal_to_take_it_now_doubles_the_wait(house: House) -> None:
    (job_id,) = await prepared(house)
    house.fal.disturb_always(Operation.SUBMIT, Fault(status=429, body={"detail": "Busy"}))
    waits = []
    for _ in range(4):
        job = await submit(house, job_id)
        waits.append((job.next_at - house.clock.now()).total_seconds())
        house.clock.turn(seconds=waits[-1])
    assert waits == [1, 2, 4, 8]
    house.clock.turn(hours=1)
    await house.sweep()
    job = await house.job(job_id)
    assert (job.state, job.failure_code) == (JobState.FAILED, JobErrorCode.TIMED_OUT)
    assert (job.billed, len(house.fal.ledger.accepted)) == (Billed.NO, 0)


@pytest.mark.parametrize(("status", "code"), [(422, "INVALID_INPUT"), (403, None), (402, None)])
async def test_a_definite_refusal_ends_it_unspent(
    house: House, status: int, code: str | None
) -> None:
    (job_id,) = await prepared(house)
    house.fal.disturb(Operation.SUBMIT, Fault(status=status, body=REFUSED))
    job = await submit(house, job_id)
    assert (job.state, job.billed) == (JobState.FAILED, Billed.NO)
    assert job.finished_at == house.clock.now()
    assert code in (None, job.failure_code)
    assert job.failure_message


@pytest.fixture
async def cut_off(
    database_url: str, tmp_path: Path, fal: tuple[FalEmulator, str]
) -> AsyncIterator[House]:
    """A house that can upload to its provider, but whose requests are not let through."""
    async with house_at(
        database_url,
        tmp_path,
        fal[0],
        OpenRouterEmulator(),
        fal_key=fal[0].key,
        fal_queue_url=f"http://127.0.0.1:{free_port()}",
        fal_rest_url=fal[1],
    ) as opened:
        yield opened


async def test_what_provably_never_left_is_sent_again_later(cut_off: House) -> None:
    (job_id,) = await prepared(cut_off)
    job = await submit(cut_off, job_id)
    assert (job.state, job.tries, job.billed) == (JobState.QUEUED, 1, Billed.NO)
    assert job.next_at > cut_off.clock.now()
    assert "could not be reached" in job.stage_message


async def stopped(house: House, job_id: str) -> AnyRow:
    """Stop the process while the request is on its way."""
    task = asyncio.create_task(house.perform(Bell(Step.SUBMIT, job_id)))
    await house.until(job_id, JobState.SUBMITTING)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    return await house.job(job_id)


async def test_a_request_under_way_when_the_process_stops_is_in_doubt(house: House) -> None:
    (job_id,) = await prepared(house)
    held = house.hold(Operation.SUBMIT)
    job = await stopped(house, job_id)
    held.let_go.set()
    assert (job.state, job.billed) == (JobState.SUBMIT_UNKNOWN, Billed.UNKNOWN)


async def test_free_work_under_way_when_the_process_stops_is_done_again(
    local_house: House,
) -> None:
    (job_id,) = await prepared(local_house)
    job = await stopped(local_house, job_id)
    assert job.state is JobState.QUEUED
    local_house.clock.turn(minutes=1)
    await local_house.beat()
    await submit(local_house, job_id)
    await local_house.settle()
    assert await local_house.states() == [JobState.SUCCEEDED]


class Watched(Mortal):
    """A worker that tells when it begins to write down what became of a call."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.recording = asyncio.Event()
        self._writes = 0

    @asynccontextmanager
    async def write(self) -> AsyncIterator[UnitOfWork]:
        self._writes += 1
        if self._writes > 1:  # the first is the intent
            self.recording.set()
        async with super().write() as unit:
            yield unit


async def test_an_answer_is_kept_though_the_process_stops_while_the_row_is_locked(
    house: House,
) -> None:
    (job_id,) = await prepared(house)
    released, locked = asyncio.Event(), asyncio.Event()

    async def lock() -> None:
        async with house.database.write() as unit:
            await unit.connection.execute(text("UPDATE users SET name = name"))
            locked.set()
            await released.wait()

    held = house.hold(Operation.SUBMIT)
    watched = Watched(house.database)
    steps = make_steps(replace(house.base, database=watched), WORKER)
    sending = asyncio.create_task(as_task(steps[Step.SUBMIT](job_id)))
    await held.arrived.wait()
    locking = asyncio.create_task(lock())
    await locked.wait()
    held.let_go.set()
    await watched.recording.wait()
    sending.cancel()
    await asyncio.sleep(0.02)
    assert not sending.done()
    released.set()
    await locking
    with pytest.raises(asyncio.CancelledError):
        await sending
    job = await house.job(job_id)
    assert job.state is JobState.SUBMITTED
    assert job.request_id == house.fal.ledger.accepted[0].request_id


async def as_task(step: Awaitable[None]) -> None:
    await step


async def test_bells_at_once_send_one_request(house: House) -> None:
    job_ids = await prepared(house, 3)
    bells = [Bell(Step.SUBMIT, job_id) for job_id in job_ids * 5]
    await asyncio.gather(*map(house.perform, bells))
    assert len(house.fal.ledger.posts) == 3
    assert await house.states() == [JobState.SUBMITTED] * 3


async def test_a_late_answer_corrects_a_doubt_but_never_an_end(house: House) -> None:
    house.fal.disturb_always(Operation.HISTORY, Fault(status=500, body="down"))
    late, ended = await prepared(house, 2)
    for job_id, hours in ((late, 0), (ended, 2)):
        held = house.hold(Operation.SUBMIT)
        sending = asyncio.create_task(house.perform(Bell(Step.SUBMIT, job_id)))
        await held.arrived.wait()
        # Everybody takes this process for dead.
        house.clock.turn(hours=hours, seconds=20)
        await house.sweeping.sweep()
        await house.reconciling.look()
        held.let_go.set()
        await sending
    assert (await house.job(late)).state is JobState.SUBMITTED
    assert (await house.job(ended)).failure_code is JobErrorCode.SUBMIT_UNKNOWN
    assert len(house.fal.ledger.posts) == 2


async def test_nothing_is_sent_before_its_source_is_prepared_or_after_its_deadline(
    house: House,
) -> None:
    (unprepared,) = await house.ask(1)
    assert (await submit(house, unprepared)).state is JobState.QUEUED
    await house.perform(Bell(Step.PREPARE, unprepared))
    house.clock.turn(hours=1)
    assert (await submit(house, unprepared)).state is JobState.QUEUED
    assert house.fal.ledger.posts == []


async def test_a_key_that_is_gone_ends_a_prepared_job_unspent(house: House, tmp_path: Path) -> None:
    (job_id,) = await prepared(house)
    url = house.base.settings.resolved_database_url
    emulators = FalEmulator(), OpenRouterEmulator()
    async with house_at(url, tmp_path / "again", *emulators) as keyless:
        job = await submit(keyless, job_id)
    assert (job.state, job.failure_code) == (JobState.FAILED, JobErrorCode.PROVIDER_CREDENTIALS)
    assert job.billed is Billed.NO


class Overtaken:
    """A storage that loses the source at the moment another worker sends the job."""

    def __init__(self, storage: Storage, house: House, job_id: str) -> None:
        self._storage = storage
        self._house = house
        self._job_id = job_id

    async def get(self, key: str) -> bytes:
        async with self._house.database.write() as unit:
            intent = JobState.SUBMITTING
            assert await transition(unit, self._job_id, intent, by=Mover.SUBMITTER)
        raise FileNotFoundError(key)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._storage, name)


async def test_a_missing_source_cannot_end_what_another_has_already_sent(
    local_house: House,
) -> None:
    (job_id,) = await prepared(local_house)
    storage = Overtaken(local_house.base.storage, local_house, job_id)
    steps = make_steps(replace(local_house.base, storage=storage), WORKER)
    await steps[Step.SUBMIT](job_id)
    assert (await local_house.job(job_id)).state is JobState.SUBMITTING


async def test_a_missing_source_ends_a_job_unspent(local_house: House) -> None:
    (job_id,) = await prepared(local_house)
    image = await local_house.image()
    assert image.picture is not None
    await local_house.base.storage.delete([image.picture.key])
    job = await submit(local_house, job_id)
    assert (job.state, job.failure_code) == (JobState.FAILED, JobErrorCode.SOURCE_MISSING)
