"""Doubts: what became of a request whose answer was lost is looked for, and never sent again."""

from dataclasses import replace
from typing import Any

import pytest

from graphapi.domain.failures import JobErrorCode
from graphapi.domain.jobs import Billed, JobState, Mover
from graphapi.domain.options import Options
from graphapi.domain.variations import ShotType
from graphapi.persistence.transition import transition
from graphapi.ports.doorbell import Bell, Step
from graphapi.services import evidence
from graphapi.services.requests import NewImage, PicturesWanted
from tests.emulators.fal import Fault, Operation, model_failure
from tests.services.house import House
from tests.storage.drawing import encoded, photograph

LOST = Fault(drop=True, accept=True)
NEVER_ARRIVED = Fault(drop=True)
EDITS = "fal-ai/nano-banana-pro/edit"


async def doubt(house: House, fault: Fault) -> str:
    """Send a variation whose answer is lost."""
    house.fal.disturb(Operation.SUBMIT, fault)
    (job_id,) = await house.ask(1)
    await house.answer_bells()
    assert (await house.job(job_id)).state is JobState.SUBMIT_UNKNOWN
    return job_id


async def another_still(house: House) -> str:
    content = encoded(photograph(240, 160), "JPEG")
    storage_id = await house.use_cases.uploads.receive(house.owner.id, content)
    new = NewImage(storage_id=storage_id, analyze=False)
    image = await house.use_cases.images.create(house.owner, new)
    assert image is not None
    return image.id


async def test_a_request_in_doubt_is_found_in_the_history_and_finished(house: House) -> None:
    job_id = await doubt(house, LOST)
    house.clock.turn(seconds=31)
    assert await house.reconciling.look() == [job_id]
    await house.settle()
    job = await house.job(job_id)
    assert (job.state, job.billed) == (JobState.SUCCEEDED, Billed.YES)
    assert [post.request_id for post in house.fal.ledger.posts] == [job.request_id]


async def test_two_doubts_are_told_apart(house: House) -> None:
    house.fal.disturb(Operation.SUBMIT, LOST, NEVER_ARRIVED)
    job_ids = await house.ask(2)
    await house.answer_bells()
    house.clock.turn(seconds=31)
    found = await house.reconciling.look()
    assert len(found) == 1
    states = {job_id: (await house.job(job_id)).state for job_id in job_ids}
    assert states.pop(found[0]) is JobState.RESULT_READY
    assert set(states.values()) == {JobState.SUBMIT_UNKNOWN}


@pytest.mark.parametrize("second", [LOST, NEVER_ARRIVED])
async def test_of_two_in_the_same_words_each_gets_a_request_of_its_own(
    house: House, second: Fault
) -> None:
    house.fal.disturb(Operation.SUBMIT, LOST, second)
    seed = Options({"seed": 7})
    job_ids = [(await house.ask(1, shot_types=(ShotType.CU,), options=seed))[0] for _ in range(2)]
    await house.answer_bells()
    house.clock.turn(seconds=31)
    await house.reconciling.look()
    house.clock.turn(seconds=61)
    await house.reconciling.look()
    rows = [await house.job(job_id) for job_id in job_ids]
    made = [row.request_id for row in rows if row.state is JobState.RESULT_READY]
    assert len(made) == len(set(made)) == len(house.fal.ledger.accepted)
    in_doubt = [row.state for row in rows if row.state is not JobState.RESULT_READY]
    assert in_doubt == [JobState.SUBMIT_UNKNOWN] * (2 - len(made))


@pytest.mark.parametrize("differs", ["the still", "an option"])
async def test_a_request_on_another_still_or_with_another_option_is_not_taken_for_it(
    house: House, differs: str
) -> None:
    house.fal.disturb(Operation.SUBMIT, NEVER_ARRIVED, LOST)
    wanted = PicturesWanted(
        EDITS, "Make it night.", image_ids=(house.image_id,), options=Options({"seed": 42})
    )
    other = replace(wanted, options=Options({"seed": 42, "resolution": "2K"}))
    if differs == "the still":
        other = replace(wanted, image_ids=(await another_still(house),))
    for each in (wanted, other):
        await house.use_cases.picturing.request(house.owner, "editImage", each)
        await house.answer_bells()
    house.clock.turn(seconds=31)
    await house.reconciling.look()
    never_arrived, lost = await house.all_jobs()
    assert never_arrived.state is JobState.SUBMIT_UNKNOWN
    assert lost.request_id == house.fal.ledger.accepted[0].request_id


async def test_a_request_that_ended_badly_ends_as_it_did(house: House) -> None:
    house.fal.plan_all(model_failure("content_policy_violation"))
    job_id = await doubt(house, LOST)
    house.clock.turn(seconds=31)
    await house.reconciling.look()
    job = await house.job(job_id)
    assert (job.state, job.failure_code) == (JobState.FAILED, JobErrorCode.CONTENT_POLICY)
    assert job.billed is Billed.UNKNOWN


async def test_looks_are_spaced(house: House) -> None:
    job_id = await doubt(house, NEVER_ARRIVED)
    house.fal.disturb(Operation.HISTORY, Fault(status=404), Fault(status=404))
    for seconds, looks in ((29, 0), (2, 1), (58, 1), (3, 2)):
        house.clock.turn(seconds=seconds)
        before = (await house.job(job_id)).next_at
        await house.reconciling.look()
        after = (await house.job(job_id)).next_at
        assert (after > before) is (seconds in (2, 3)), (seconds, looks)


async def test_what_is_not_listed_yet_is_found_later(house: House) -> None:
    house.fal.platform.lag = 3600
    job_id = await doubt(house, LOST)
    house.clock.turn(seconds=31)
    assert await house.reconciling.look() == []
    assert "does not show it yet" in (await house.job(job_id)).stage_message
    house.fal.platform.lag = 0
    house.clock.turn(seconds=61)
    assert await house.reconciling.look() == [job_id]


async def test_what_is_never_found_ends_at_its_deadline_and_says_that_it_may_be_charged(
    house: House,
) -> None:
    job_id = await doubt(house, NEVER_ARRIVED)
    house.clock.turn(minutes=59)
    assert await house.reconciling.look() == []
    house.clock.turn(minutes=2)
    assert await house.reconciling.look() == [job_id]
    job = await house.job(job_id)
    assert (job.state, job.failure_code) == (JobState.FAILED, JobErrorCode.SUBMIT_UNKNOWN)
    assert job.billed is Billed.UNKNOWN
    assert house.fal.ledger.accepted == []


async def test_a_history_that_cannot_be_read_says_so_and_ends_no_later(house: House) -> None:
    house.fal.disturb_always(Operation.HISTORY, Fault(status=500, body="down"))
    job_id = await doubt(house, LOST)
    house.clock.turn(seconds=31)
    assert await house.reconciling.look() == []
    assert "HTTP status 500" in (await house.job(job_id)).stage_message
    house.clock.turn(hours=1)
    assert await house.reconciling.look() == [job_id]


async def test_after_a_long_outage_somebody_looks_before_giving_up(house: House) -> None:
    (job_id,) = await house.ask(1)
    await house.perform(Bell(Step.PREPARE, job_id))
    await house.perform(Bell(Step.SUBMIT, job_id))
    sent = await house.job(job_id)
    # As if the process had died before the answer was written down.
    await house.listen()
    house.heard.forget()
    (other,) = await house.ask(1)
    await house.perform(Bell(Step.PREPARE, other))
    async with house.database.write() as unit:
        intent: dict[str, Any] = {"claimed_by": "wrk_dead", "intended_at": house.clock.now()}
        assert await transition(unit, other, JobState.SUBMITTING, by=Mover.SUBMITTER, **intent)
    posted = house.fal.platform.history
    job = await house.job(other)
    posted[-1].input.update(seed=job.seed, prompt=job.prompt)
    posted[-1].request_id = "0b6bd0b6-1111-4222-8333-444444444444"
    house.clock.turn(hours=3)
    await house.beat()
    await house.sweeping.sweep()
    assert await house.reconciling.look() == [other]
    found = await house.job(other)
    assert found.state is JobState.RESULT_READY
    assert found.request_id != sent.request_id


async def test_a_history_that_breaks_ends_no_doubt_later(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    job_id = await doubt(house, NEVER_ARRIVED)
    house.fal.disturb_always(Operation.HISTORY, Fault(status=200, body="<html>"))
    monkeypatch.setattr(evidence, "PATIENCE_SECONDS", 0)
    house.clock.turn(seconds=31)
    assert await house.reconciling.look() == []
    assert "took too long" in (await house.job(job_id)).stage_message
    house.clock.turn(hours=1)
    assert await house.reconciling.look() == [job_id]
