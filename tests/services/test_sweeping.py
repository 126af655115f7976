"""What nobody looks after any more: it is rung for, handed back, put in doubt or ended."""

import pytest

from graphapi.domain.failures import JobErrorCode
from graphapi.domain.jobs import Billed, JobState, Mover, Stage
from graphapi.persistence.transition import transition
from graphapi.ports.doorbell import Bell, Step
from tests.services.house import WORKER, House


async def intent_of(house: House, worker: str) -> str:
    """Let a worker commit an intent and never be heard of again."""
    (job_id,) = await house.ask(1)
    await house.perform(Bell(Step.PREPARE, job_id))
    async with house.database.write() as unit:
        intent = JobState.SUBMITTING
        assert await transition(unit, job_id, intent, by=Mover.SUBMITTER, claimed_by=worker)
    await house.listen()
    house.heard.forget()
    return job_id


async def test_a_paid_request_of_a_dead_worker_is_in_doubt(house: House) -> None:
    job_id = await intent_of(house, "wrk_dead")
    await house.sweeping.sweep()
    job = await house.job(job_id)
    assert (job.state, job.billed) == (JobState.SUBMIT_UNKNOWN, Billed.UNKNOWN)
    assert house.fal.ledger.posts == []


async def test_free_work_of_a_dead_worker_is_done_again(local_house: House) -> None:
    job_id = await intent_of(local_house, "wrk_dead")
    await local_house.sweeping.sweep()
    job = await local_house.job(job_id)
    assert (job.state, job.claimed_by) == (JobState.QUEUED, None)
    await local_house.sweep()
    await local_house.settle()
    assert await local_house.states() == [JobState.SUCCEEDED]


async def test_a_living_workers_request_is_left_alone_until_its_deadline(house: House) -> None:
    job_id = await intent_of(house, WORKER)
    assert await house.sweeping.sweep() == []
    assert (await house.job(job_id)).state is JobState.SUBMITTING
    house.clock.turn(hours=1, seconds=1)
    await house.beat()
    await house.sweeping.sweep()
    assert (await house.job(job_id)).state is JobState.SUBMIT_UNKNOWN
    await house.sweeping.sweep()
    assert await house.reconciling.look() == [job_id]
    job = await house.job(job_id)
    assert (job.state, job.failure_code) == (JobState.FAILED, JobErrorCode.SUBMIT_UNKNOWN)


async def test_what_never_had_its_turn_ends_unspent(house: House) -> None:
    job_ids = await house.ask(3)
    house.clock.turn(hours=1, seconds=1)
    await house.sweeping.sweep()
    for job_id in job_ids:
        job = await house.job(job_id)
        assert (job.state, job.failure_code) == (JobState.FAILED, JobErrorCode.TIMED_OUT)
        assert (job.billed, job.finished_at) == (Billed.NO, house.clock.now())
    assert (await house.image()).standing.stage is Stage.FAILED


async def test_lost_bells_are_rung_again_at_every_step(house: House) -> None:
    await house.ask(2)
    for _ in range(60):
        await house.listen()
        house.heard.forget()  # nobody ever hears a bell
        for bell in await house.sweeping.sweep():
            await house.perform(bell)
        await house.poll()
        if set(await house.states()) == {JobState.SUCCEEDED}:
            break
    assert await house.states() == [JobState.SUCCEEDED] * 2
    assert len(house.fal.ledger.accepted) == 2


async def test_bells_that_ring_thrice_do_no_harm(house: House) -> None:
    await house.ask(3)
    for _ in range(60):
        await house.listen()
        bells = [*house.heard.bells, *await house.sweeping.sweep()]
        house.heard.forget()
        for bell in bells * 3:
            await house.perform(bell)
        await house.poll()
        if set(await house.states()) == {JobState.SUCCEEDED}:
            break
    assert await house.states() == [JobState.SUCCEEDED] * 3
    assert (len(house.fal.ledger.accepted), len(house.fal.ledger.uploads)) == (3, 1)


async def test_places_in_the_line_are_told_and_move_up(local_house: House) -> None:
    await local_house.ask(4)
    await local_house.sweeping.tell_positions()
    children = await local_house.children()
    assert [child.standing.queue_position for child in children] == [0, 1, 2, 3]
    assert children[2].standing.stage_message == "2 ahead of it here"
    versions = [child.version for child in children]
    await local_house.sweeping.tell_positions()
    assert [child.version for child in await local_house.children()] == versions
    first = await local_house.job_of(children[0].id)
    async with local_house.database.write() as unit:
        assert await transition(unit, first.id, JobState.CANCELLED, by=Mover.API)
    await local_house.sweeping.tell_positions()
    places = [child.standing.queue_position for child in await local_house.children()]
    assert places == [None, 0, 1, 2]


async def test_slots_freed_together_are_all_taken_again(local_house: House) -> None:
    editor = local_house.base.models.editor("local")
    assert editor is not None
    assert editor.slots == 2
    job_ids = await local_house.ask(6)
    await local_house.perform(Bell(Step.PREPARE, job_ids[0]))
    await local_house.listen()
    local_house.heard.forget()  # only what a freed slot rings is heard from here on
    await local_house.perform(Bell(Step.SUBMIT, job_ids[0]))
    await local_house.answer_bells()
    assert set(await local_house.states()) == {JobState.SUCCEEDED}


@pytest.mark.parametrize("seconds", [7, 9])
async def test_a_worker_is_given_up_after_eight_seconds_of_silence(
    house: House, seconds: int
) -> None:
    job_id = await intent_of(house, WORKER)
    house.clock.turn(seconds=seconds)
    await house.sweeping.sweep()
    expected = JobState.SUBMITTING if seconds < 8 else JobState.SUBMIT_UNKNOWN
    assert (await house.job(job_id)).state is expected


async def test_the_dead_are_forgotten(house: House) -> None:
    house.clock.turn(minutes=1)
    await house.sweeping.forget_dead_workers()
    house.clock.turn(minutes=-1)
    job_id = await intent_of(house, WORKER)
    await house.sweeping.sweep()
    assert (await house.job(job_id)).state is JobState.SUBMITTING
