"""Stopping recordings, on both databases: what was stopped in time, and what may still be paid.

Variations are stopped over HTTP, in `tests.api.test_cancelling`.
"""

import asyncio
from typing import cast

import pytest

from graphapi.domain.attempts import Stop
from graphapi.domain.images import AiStatus
from graphapi.domain.jobs import Billed, JobState, Stage
from graphapi.domain.recordings import Recording
from graphapi.errors import NotFound, Refused, UserErrorCode
from tests.emulators.fal import Fault, Operation, Outcome
from tests.services.house import Held, House
from tests.services.voices import SPEECH, ask, hearing, job_of, note, now


async def cancel(house: House, recording: Recording) -> Stop:
    done = await house.use_cases.cancelling.cancel_recording(house.owner, recording.id)
    assert done.recording.id == recording.id
    return done.outcome


async def test_what_waits_is_stopped_unspent(house: House) -> None:
    asked = await ask(house, hearing(storage_id=await note(house)))
    assert await cancel(house, asked) is Stop.STOPPED
    standing = (await now(house, asked)).standing
    assert (standing.ai_status, standing.stage) == (AiStatus.FAILED, Stage.CANCELLED)
    await house.settle()
    assert (await job_of(house, asked)).billed is Billed.NO
    assert house.fal.ledger.posts == []
    assert await cancel(house, asked) is Stop.STOPPED


async def test_what_the_provider_had_not_begun_costs_nothing(house: House) -> None:
    house.fal.limit, house.fal.says_ok_to_cancel, house.fal.seconds = 1, True, 60
    first, second = await ask(house, SPEECH), await ask(house, SPEECH)
    await house.answer_bells()
    assert await cancel(house, second) is Stop.STOPPING
    assert "asked to stop" in (await now(house, second)).standing.stage_message
    await house.answer_bells()
    assert await cancel(house, second) is Stop.STOPPED
    assert (await job_of(house, second)).billed is Billed.NO
    assert (await job_of(house, first)).state is JobState.SUBMITTED


async def test_what_was_seen_to_leave_the_queue_costs_nothing_whoever_notes_its_end_first(
    house: House,
) -> None:
    house.fal.limit, house.fal.seconds = 1, 60
    _, second = await ask(house, SPEECH), await ask(house, SPEECH)
    await house.answer_bells()
    assert await cancel(house, second) is Stop.STOPPING
    held = Held()
    house.fal.disturb(Operation.STATUS, None, cast("Fault", held))
    telling = asyncio.ensure_future(
        house.use_cases.cancelling.tell_provider((await job_of(house, second)).id)
    )
    await held.arrived.wait()
    while (job := await job_of(house, second)).state is JobState.SUBMITTED:
        await house.poll()
    assert (job.state, job.billed) == (JobState.CANCELLED, Billed.UNKNOWN)
    held.let_go.set()
    await telling
    assert (await job_of(house, second)).billed is Billed.NO
    assert "nothing was spent" in (await now(house, second)).standing.stage_message
    assert await cancel(house, second) is Stop.STOPPED


async def test_what_the_provider_had_begun_may_be_charged_for(house: House) -> None:
    house.fal.seconds = 60
    asked = await ask(house, SPEECH)
    await house.answer_bells()
    assert await cancel(house, asked) is Stop.STOPPING
    await house.settle()
    job = await job_of(house, asked)
    assert (job.state, job.billed) == (JobState.CANCELLED, Billed.UNKNOWN)
    assert await cancel(house, asked) is Stop.ENDED


async def test_what_is_made_all_the_same_is_kept(house: House) -> None:
    house.fal.plan_all(Outcome(seconds=0.3, ignores_cancel=True))
    asked = await ask(house, SPEECH)
    await house.answer_bells()
    assert await cancel(house, asked) is Stop.STOPPING
    await asyncio.sleep(0.4)
    await house.settle()
    said = await now(house, asked)
    assert (said.standing.ai_status, bool(said.audio)) == (AiStatus.COMPLETED, True)
    assert await cancel(house, asked) is Stop.ENDED


async def test_a_doubt_stays_one_when_it_is_cancelled(house: House) -> None:
    house.fal.disturb(Operation.SUBMIT, Fault(drop=True))
    asked = await ask(house, SPEECH)
    await house.answer_bells()
    assert [await cancel(house, asked) for _ in range(2)] == [Stop.UNCERTAIN] * 2
    assert (await now(house, asked)).standing.ai_status is AiStatus.PROCESSING
    assert (await job_of(house, asked)).cancel_requested_at


async def test_only_what_a_model_was_asked_for_can_be_stopped(house: House) -> None:
    cancel_recording = house.use_cases.cancelling.cancel_recording
    with pytest.raises(Refused) as caught:
        await cancel_recording(house.owner, await note(house))
    assert (caught.value.code, caught.value.field) == (UserErrorCode.INVALID_INPUT, ("id",))
    asked = await ask(house, SPEECH)
    stranger = await house.use_cases.users.adopt_token("bob", "gapi_bob")
    for foreign in (asked.id, "rec_nobody"):
        with pytest.raises(NotFound):
            await cancel_recording(stranger, foreign)
    assert (await job_of(house, asked)).state is JobState.QUEUED
