"""Changing one's mind about some of the pictures of one request, before and after it is sent."""

import asyncio

import pytest

from graphapi.domain.attempts import Stop
from graphapi.domain.jobs import Billed, JobState, Mover
from graphapi.domain.ledger import Entry
from graphapi.persistence.transition import transition
from graphapi.ports.doorbell import Step
from tests.emulators.fal import Operation, Outcome
from tests.services.house import House
from tests.services.rides import (
    EACH,
    ask,
    books,
    cancel,
    jobs_of,
    names,
    sent,
    settled,
    states,
    step,
)


async def test_one_that_is_cancelled_before_sending_is_not_asked_for(house: House) -> None:
    made = await ask(house, 3)
    answer = await cancel(house, made.images[1])
    assert names(answer, Stop.STOPPED) == [made.images[1].id]
    await house.settle()
    assert [body["num_images"] for body in sent(house)] == [2]
    done, stopped, last = await jobs_of(house, made.images)
    assert [job.state for job in (done, stopped, last)] == [
        JobState.SUCCEEDED,
        JobState.CANCELLED,
        JobState.SUCCEEDED,
    ]
    assert (stopped.rides_with, last.place) == (None, 1)
    assert await settled(house) == 2 * EACH
    told = await house.use_cases.images.normalised(house.owner, [last.image_id])
    (count,) = [note for note in told[last.image_id] if note.parameter == "numImages"]
    assert (count.asked, count.sent) == (3, 2)


async def test_when_the_leader_is_cancelled_before_sending_the_next_one_leads(
    house: House,
) -> None:
    made = await ask(house)
    await cancel(house, made.images[0], made.images[1])
    _, _, leader, rider = await jobs_of(house, made.images)
    assert (leader.rides_with, rider.rides_with) == (None, leader.id)
    await house.settle()
    assert [body["num_images"] for body in sent(house)] == [2]
    assert await states(house, made) == [JobState.CANCELLED] * 2 + [JobState.SUCCEEDED] * 2
    assert await settled(house) == 2 * EACH


@pytest.mark.parametrize("stopped", [0, 1])
async def test_who_is_left_alone_is_asked_for_alone(house: House, stopped: int) -> None:
    made = await ask(house, 2)
    await cancel(house, made.images[stopped])
    await house.settle()
    assert [body["num_images"] for body in sent(house)] == [1]
    assert await settled(house) == EACH
    left = await house.job_of(made.images[1 - stopped].id)
    assert (left.state, left.rides_with, left.pictures) == (JobState.SUCCEEDED, None, 1)


async def test_when_all_are_cancelled_before_sending_nothing_is_sent(house: House) -> None:
    made = await ask(house, 5)
    answer = await house.use_cases.cancelling.cancel_generation(house.owner, made.generation.id)
    assert len(names(answer, Stop.STOPPED)) == 5
    await house.settle()
    assert sent(house) == []
    assert await books(house) == [(Entry.RELEASE, EACH, Billed.NO)] * 5


async def test_one_of_a_sent_request_is_made_all_the_same_while_another_is_wanted(
    house: House,
) -> None:
    house.fal.plan(0, Outcome(seconds=0.2))
    made = await ask(house, 3)
    await house.answer_bells()
    answer = await cancel(house, made.images[0])
    assert names(answer, Stop.SHARED) == [made.images[0].id]
    assert "wanted" in (await house.image(made.images[0].id)).standing.stage_message
    assert "wanted" not in (await house.image(made.images[1].id)).standing.stage_message
    await house.sweep()
    assert house.fal.ledger.cancels == []
    await house.settle()
    assert await states(house, made) == [JobState.SUCCEEDED] * 3
    assert names(await cancel(house, made.images[0]), Stop.ENDED) == [made.images[0].id]
    assert await settled(house) == 3 * EACH


async def test_the_provider_is_asked_to_stop_once_nobody_wants_any_of_it(house: House) -> None:
    house.fal.limit = 0
    house.fal.says_ok_to_cancel = True
    made = await ask(house, 3)
    await house.answer_bells()
    first, second, third = made.images
    assert names(await cancel(house, third, first), Stop.SHARED) == [first.id]
    assert names(await cancel(house, second), Stop.STOPPING) == [second.id]
    messages = {(await house.image(each.id)).standing.stage_message for each in made.images}
    assert messages == {"The provider is asked to stop; it may still finish and charge for it"}
    await house.answer_bells()
    assert len(house.fal.ledger.cancels) == 1
    rows = await jobs_of(house, made.images)
    assert {(job.state, job.billed) for job in rows} == {(JobState.CANCELLED, Billed.NO)}
    assert await books(house) == [(Entry.RELEASE, EACH, Billed.NO)] * 3


async def test_a_sweep_asks_to_stop_a_request_whose_bell_was_lost(house: House) -> None:
    house.fal.limit = 0
    made = await ask(house, 2)
    await house.answer_bells()
    await cancel(house, made.images[0])
    house.heard.forget()
    await house.sweep()
    assert house.fal.ledger.cancels == []
    await cancel(house, made.images[1])
    await house.listen()
    house.heard.forget()
    await house.sweep()
    assert len(house.fal.ledger.cancels) == 1


async def test_what_is_cancelled_while_it_is_sent_with_others_is_not_stopped_for_them(
    house: House,
) -> None:
    house.fal.plan(0, Outcome(seconds=0.2))
    made = await ask(house, 2)
    held = house.hold(Operation.SUBMIT)
    leader = await house.job_of(made.images[0].id)
    sending = asyncio.create_task(step(house.steps[Step.SUBMIT], leader.id))
    await held.arrived.wait()
    answer = await cancel(house, made.images[0])
    assert names(answer, Stop.SHARED) == [made.images[0].id]
    held.let_go.set()
    await sending
    await house.settle()
    assert house.fal.ledger.cancels == []
    assert await states(house, made) == [JobState.SUCCEEDED] * 2


async def test_what_is_cancelled_while_it_is_sent_and_not_taken_leaves_the_others(
    house: House,
) -> None:
    made = await ask(house, 3)
    held = house.hold(Operation.SUBMIT)
    leader = (await jobs_of(house, made.images))[0]
    sending = asyncio.create_task(step(house.steps[Step.SUBMIT], leader.id))
    await held.arrived.wait()
    answer = await cancel(house, made.images[0])
    assert names(answer, Stop.SHARED) == [made.images[0].id]
    async with house.database.write() as unit:
        back = {"by": Mover.SUBMITTER, "next_at": leader.next_at, "fence": leader.fence + 2}
        assert await transition(unit, leader.id, JobState.QUEUED, **back)
    held.let_go.set()
    await sending
    first, second, third = await jobs_of(house, made.images)
    assert (first.state, first.billed) == (JobState.CANCELLED, Billed.NO)
    assert (second.rides_with, third.rides_with) == (None, second.id)
    assert second.state is third.state is JobState.QUEUED


async def test_a_removed_image_is_taken_out_of_its_request(house: House) -> None:
    made = await ask(house, 3)
    await house.use_cases.images.delete(house.owner, [made.images[0].id])
    await house.settle()
    assert [body["num_images"] for body in sent(house)] == [2]
