"""Making sources reachable: once for all who need them, before anything is spent."""

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest

from graphapi.container.use_cases import make_steps
from graphapi.domain.failures import JobErrorCode
from graphapi.domain.images import AiStatus
from graphapi.domain.jobs import Billed, JobState, Stage
from graphapi.errors import StorageFailed
from graphapi.ports.doorbell import Bell, Step
from graphapi.ports.storage import Storage
from graphapi.services.keeping import Shelf
from tests.emulators.fal import FalEmulator, Fault, Operation
from tests.emulators.openrouter.emulator import OpenRouterEmulator
from tests.services.house import WORKER, House, house_at

BAD = Fault(status=503, body={"detail": "Later"})


async def test_one_upload_serves_all_whatever_rings(house: House) -> None:
    job_ids = await house.ask(6)
    bells = [Bell(Step.PREPARE, job_id) for job_id in job_ids * 2]
    await asyncio.gather(*map(house.perform, bells))
    assert len(house.fal.ledger.uploads) == 1
    (upload,) = house.fal.ledger.uploads
    jobs = await house.all_jobs()
    assert {job.source_url for job in jobs} == {upload.url}
    assert {(job.claimed_by, job.prepared_at) for job in jobs} == {(None, house.clock.now())}
    await house.listen()
    rung = {bell.job_id for bell in house.heard.bells if bell.step is Step.SUBMIT}
    assert rung == set(job_ids)


async def test_a_hosted_source_serves_the_next_request_too(house: House) -> None:
    await house.ask(1)
    await house.settle()
    await house.ask(2)
    await house.settle()
    assert len(house.fal.ledger.uploads) == 1
    house.clock.turn(hours=23.5)  # too short a rest for a job that may take an hour
    await house.ask(1)
    await house.settle()
    assert len(house.fal.ledger.uploads) == 2
    assert set(await house.states()) == {JobState.SUCCEEDED}


async def test_who_comes_while_a_source_is_being_sent_is_not_forgotten(house: House) -> None:
    (first,) = await house.ask(1)
    held = house.hold(Operation.INITIATE, Operation.TOKEN)
    sending = asyncio.create_task(house.perform(Bell(Step.PREPARE, first)))
    await held.arrived.wait()
    (second,) = await house.ask(1)
    await house.perform(Bell(Step.PREPARE, second))
    assert (await house.job(second)).prepared_at is None
    house.heard.forget()
    held.let_go.set()
    await sending
    await house.listen()
    assert Bell(Step.PREPARE, second) in house.heard.bells
    await house.settle()
    assert len(house.fal.ledger.uploads) == 1


async def test_where_the_source_is_being_sent_it_says_so_and_then_waits_again(
    house: House,
) -> None:
    (job_id,) = await house.ask(1)
    child = (await house.job(job_id)).image_id
    held = house.hold(Operation.INITIATE, Operation.TOKEN)
    sending = asyncio.create_task(house.perform(Bell(Step.PREPARE, job_id)))
    await held.arrived.wait()
    standing = (await house.image(child)).standing
    assert (standing.ai_status, standing.stage) == (AiStatus.PROCESSING, Stage.PREPARING)
    held.let_go.set()
    await sending
    standing = (await house.image(child)).standing
    assert (standing.ai_status, standing.stage) == (AiStatus.QUEUED, Stage.WAITING)


async def test_a_provider_that_takes_no_source_is_waited_for_until_the_deadline(
    house: House,
) -> None:
    job_ids = await house.ask(3)
    for operation in (Operation.TOKEN, Operation.UPLOAD, Operation.INITIATE, Operation.PUT):
        house.fal.disturb_always(operation, BAD)
    waits = []
    for number in range(8):
        await house.perform(Bell(Step.PREPARE, job_ids[number % 3]))
        jobs = await house.all_jobs()
        assert {job.state for job in jobs} == {JobState.QUEUED}
        assert len({(job.tries, job.next_at) for job in jobs}) == 1
        waits.append((jobs[0].next_at - house.clock.now()).total_seconds())
        house.clock.turn(seconds=waits[-1])
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60]
    house.clock.turn(seconds=(jobs[0].deadline_at - house.clock.now()).total_seconds() + 1)
    await house.sweeping.sweep()
    for job in await house.all_jobs():
        assert (job.state, job.billed) == (JobState.FAILED, Billed.NO)
        assert job.failure_code is JobErrorCode.TIMED_OUT
    assert (await house.image()).standing.ai_status is AiStatus.FAILED
    assert house.fal.ledger.posts == []


async def test_an_outage_that_ends_costs_only_time(house: House) -> None:
    (job_id,) = await house.ask(1)
    house.fal.disturb(Operation.TOKEN, BAD)
    house.fal.disturb(Operation.INITIATE, BAD)
    await house.perform(Bell(Step.PREPARE, job_id))
    assert "Trying again soon" in (await house.job(job_id)).stage_message
    house.clock.turn(seconds=2)
    await house.sweep()
    await house.settle()
    assert await house.states() == [JobState.SUCCEEDED]


async def test_a_lost_source_ends_all_who_need_it(house: House) -> None:
    job_ids = await house.ask(2)
    image = await house.image()
    assert image.picture is not None
    await house.base.storage.delete([image.picture.key])
    await house.perform(Bell(Step.PREPARE, job_ids[0]))
    for job in await house.all_jobs():
        assert job.failure_code is JobErrorCode.SOURCE_MISSING


class Away:
    """A storage that does not answer."""

    async def get(self, key: str) -> bytes:
        raise StorageFailed(f"{key} could not be read. Try again later.")


async def test_a_storage_that_is_away_is_waited_for(house: House) -> None:
    (job_id,) = await house.ask(1)
    shelf = Shelf(cast("Storage", Away()), house.base.shelf._pictures)
    await make_steps(replace(house.base, shelf=shelf), WORKER)[Step.PREPARE](job_id)
    job = await house.job(job_id)
    assert (job.state, job.claimed_by, job.tries) == (JobState.QUEUED, None, 1)
    house.clock.turn(seconds=1)
    await house.sweep()
    await house.settle()
    assert await house.states() == [JobState.SUCCEEDED]


async def test_a_key_that_is_gone_ends_it_unspent(house: House, tmp_path: Path) -> None:
    (job_id,) = await house.ask(1)
    url = house.base.settings.resolved_database_url
    async with house_at(url, tmp_path / "again", FalEmulator(), OpenRouterEmulator()) as keyless:
        await keyless.perform(Bell(Step.PREPARE, job_id))
        assert (await keyless.job(job_id)).failure_code is JobErrorCode.PROVIDER_CREDENTIALS


async def test_a_cancelled_request_is_not_prepared(house: House) -> None:
    (job_id,) = await house.ask(1)
    await house.use_cases.images.delete(house.owner, [house.image_id])
    await house.perform(Bell(Step.PREPARE, job_id))
    assert (await house.job(job_id)).state is JobState.CANCELLED
    assert house.fal.ledger.uploads == []


async def test_with_a_public_address_nothing_is_uploaded(
    database_url: str, tmp_path: Path, fal: tuple[FalEmulator, str]
) -> None:
    async with house_at(
        database_url,
        tmp_path,
        fal[0],
        OpenRouterEmulator(),
        fal_key=fal[0].key,
        fal_queue_url=fal[1],
        fal_rest_url=fal[1],
        public_url="https://films.example",
    ) as house:
        (job_id,) = await house.ask(1)
        await house.perform(Bell(Step.PREPARE, job_id))
        job = await house.job(job_id)
    assert job.source_url.startswith("https://films.example/media/")
    assert fal[0].ledger.uploads == []


@pytest.mark.parametrize("count", [1, 12])
async def test_a_local_source_needs_no_preparing(local_house: House, count: int) -> None:
    job_ids = await local_house.ask(count)
    await local_house.perform(Bell(Step.PREPARE, job_ids[0]))
    for job in await local_house.all_jobs():
        assert job.prepared_at is not None
        assert job.source_url is None
