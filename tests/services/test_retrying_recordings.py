"""Which recordings are made again, and which are not."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import update

from graphapi.domain.attempts import RetryOutcome
from graphapi.domain.failures import JobErrorCode
from graphapi.domain.images import AiStatus
from graphapi.domain.jobs import Billed, JobState
from graphapi.domain.recordings import Recording
from graphapi.errors import NotFound, Refused, UserErrorCode
from graphapi.persistence.tables import JobRow
from graphapi.services.retrying import RetryWanted
from graphapi.services.retrying_recordings import RetriedRecording
from tests.emulators.fal import Fault, Operation
from tests.services.house import House
from tests.services.voices import SPEECH, ask, hearing, job_of, note, now

CODES = tuple(JobErrorCode)


async def retry_recording(house: House, recording: Recording, **wanted: Any) -> RetriedRecording:
    return await house.use_cases.retrying_recordings.retry(
        house.owner, RetryWanted(recording.id, **wanted)
    )


async def let_it_end(house: House, recording: Recording, **values: Any) -> None:
    """Let the attempt at a recording have ended in a way that is hard to bring about."""
    job = await job_of(house, recording)
    async with house.database.write() as unit:
        await unit.connection.execute(update(JobRow).where(JobRow.id == job.id).values(**values))


@pytest.mark.parametrize("heard", [False, True])
async def test_a_recording_that_failed_unpaid_is_made_again_with_its_history(
    house: House, *, heard: bool
) -> None:
    invalid = {"detail": [{"loc": ["body"], "msg": "No", "type": "value"}]}
    house.fal.disturb(Operation.SUBMIT, Fault(status=422, body=invalid))
    asked = await ask(house, hearing(storage_id=await note(house)) if heard else SPEECH)
    await house.settle()
    assert (await now(house, asked)).standing.ai_status is AiStatus.FAILED
    retried = await retry_recording(house, asked)
    assert (retried.outcome, bool(retried.price)) == (RetryOutcome.RETRIED, True)
    assert retried.recording
    assert retried.recording.standing.ai_status is AiStatus.QUEUED
    await house.settle()
    made = await now(house, asked)
    assert (made.standing.ai_status, bool(made.text)) == (AiStatus.COMPLETED, True)
    attempts = (await house.use_cases.recordings.attempts_at(house.owner, [asked.id]))[asked.id]
    assert [(each.number, each.state, each.billed) for each in attempts] == [
        (1, JobState.FAILED, Billed.NO),
        (2, JobState.SUCCEEDED, Billed.YES),
    ]
    (sent,) = house.fal.ledger.posts
    assert (sent.input or {})["audio_url" if heard else "text"]


@pytest.mark.parametrize("code", CODES)
async def test_a_recording_that_may_have_been_charged_for_is_made_again_only_knowingly(
    house: House, code: JobErrorCode
) -> None:
    asked = await ask(house, SPEECH)
    state = JobState.CANCELLED if code is JobErrorCode.CANCELLED else JobState.FAILED
    await let_it_end(house, asked, state=state, failure_code=code, billed=Billed.UNKNOWN)
    retried = await retry_recording(house, asked)
    assert (retried.outcome, retried.price) == (RetryOutcome.MAYBE_CHARGED, None)
    assert len(await house.all_jobs()) == 1
    knowingly = await retry_recording(house, asked, even_if_maybe_charged=True)
    assert knowingly.outcome is RetryOutcome.RETRIED
    assert len(await house.all_jobs()) == 2


async def test_a_recording_that_is_under_way_or_there_is_left_as_it_is(house: House) -> None:
    asked = await ask(house, SPEECH)
    for _ in range(2):
        retried = await retry_recording(house, asked, even_if_maybe_charged=True)
        assert retried.outcome is RetryOutcome.NOT_NEEDED
        await house.settle()
    assert len(await house.all_jobs()) == 1


async def test_many_tries_of_a_recording_at_once_are_one(house: House) -> None:
    asked = await ask(house, SPEECH)
    await house.use_cases.cancelling.cancel_recording(house.owner, asked.id)
    tries = [retry_recording(house, asked) for _ in range(4)]
    outcomes = [retried.outcome for retried in await asyncio.gather(*tries)]
    assert outcomes.count(RetryOutcome.RETRIED) == 1
    assert outcomes.count(RetryOutcome.NOT_NEEDED) == 3


async def test_a_rehearsed_retry_tells_the_price_and_leaves_no_trace(house: House) -> None:
    asked = await ask(house, SPEECH)
    rehearse = house.use_cases.retrying_recordings.rehearse
    assert (await rehearse(house.owner, RetryWanted(asked.id))).price is None
    await house.use_cases.cancelling.cancel_recording(house.owner, asked.id)
    tried = await rehearse(house.owner, RetryWanted(asked.id))
    assert tried.outcome is RetryOutcome.RETRIED
    assert len(await house.all_jobs()) == 1
    assert tried.price == (await retry_recording(house, asked)).price


async def test_a_retry_under_the_same_key_is_the_same_retry(house: House) -> None:
    asked = await ask(house, SPEECH)
    await house.use_cases.cancelling.cancel_recording(house.owner, asked.id)
    retry_it = house.use_cases.retrying_recordings.retry
    first = await retry_it(house.owner, RetryWanted(asked.id), "k")
    await house.use_cases.cancelling.cancel_recording(house.owner, asked.id)
    again = await retry_it(house.owner, RetryWanted(asked.id), "k")
    assert (again.outcome, again.price) == (first.outcome, first.price)
    assert len(await house.all_jobs()) == 2
    with pytest.raises(Refused) as caught:
        await retry_it(house.owner, RetryWanted(asked.id, even_if_maybe_charged=True), "k")
    assert caught.value.code is UserErrorCode.IDEMPOTENCY_CONFLICT
    await house.use_cases.recordings.delete(house.owner, [asked.id])
    assert (await retry_it(house.owner, RetryWanted(asked.id), "k")).recording is None


async def test_what_cannot_be_made_again_is_refused(house: House) -> None:
    asked, uploaded = await ask(house, SPEECH), await note(house)
    await house.use_cases.cancelling.cancel_recording(house.owner, asked.id)
    stranger = await house.use_cases.users.adopt_token("bob", "gapi_bob")
    retrying = house.use_cases.retrying_recordings
    for door in (retrying.retry, retrying.rehearse):
        for foreign in (asked.id, "rec_nobody"):
            with pytest.raises(NotFound):
                await door(stranger, RetryWanted(foreign))
        with pytest.raises(Refused) as caught:
            await door(house.owner, RetryWanted(uploaded))
        assert caught.value.code is UserErrorCode.INVALID_INPUT
        with pytest.raises(Refused) as caught:
            await door(house.owner, RetryWanted(asked.id, expires_after=1))
        assert caught.value.field == ("expiresAfter",)
        await let_it_end(house, asked, model="fal-ai/of-old")
        with pytest.raises(Refused) as caught:
            await door(house.owner, RetryWanted(asked.id))
        assert (caught.value.code, caught.value.field) == (UserErrorCode.MODEL_UNKNOWN, ("id",))
        await let_it_end(house, asked, model=SPEECH.model)
    assert len(await house.all_jobs()) == 1


async def test_a_recording_that_never_became_known_to_be_taken_is_never_sent_twice(
    house: House,
) -> None:
    house.fal.disturb(Operation.SUBMIT, Fault(drop=True, accept=True))
    house.fal.disturb_always(Operation.HISTORY, Fault(status=500, body="down"))
    asked = await ask(house, SPEECH)
    await house.answer_bells()
    job = await job_of(house, asked)
    assert job.state is JobState.SUBMIT_UNKNOWN
    assert (await retry_recording(house, asked)).outcome is RetryOutcome.NOT_NEEDED
    for _ in range(70):
        house.clock.turn(minutes=1)
        await house.sweep()
    ended = await job_of(house, asked)
    assert (ended.id, ended.failure_code) == (job.id, JobErrorCode.SUBMIT_UNKNOWN)
    assert (await retry_recording(house, asked)).outcome is RetryOutcome.MAYBE_CHARGED
    await house.settle()
    assert len(house.fal.ledger.posts) == 1
