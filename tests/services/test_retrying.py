"""What is tried again, and what is not: whatever may have been charged for, or has no source."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import update

from graphapi.domain.attempts import RetryOutcome
from graphapi.domain.failures import JobErrorCode
from graphapi.domain.images import AiStatus
from graphapi.domain.jobs import Billed, JobState
from graphapi.domain.recordings import Recording
from graphapi.domain.variations import MAX_VARIATIONS
from graphapi.errors import NotFound, Refused, UserErrorCode
from graphapi.persistence.tables import JobRow
from graphapi.services.requests import NewImage, PicturesWanted
from graphapi.services.retrying import Retried, RetriedRecording, RetryWanted
from graphapi.services.variations import Scheduled
from tests.emulators.fal import Fault, Operation, Outcome, model_failure, platform_failure
from tests.services.house import House, shots
from tests.services.voices import SPEECH, ask, hearing, job_of, note, now
from tests.storage.drawing import encoded, photograph

CODES = tuple(JobErrorCode)
ACCEPTED_THEN_FAILED = [
    (model_failure("content_policy_violation"), JobErrorCode.CONTENT_POLICY),
    (Outcome(images=0, units=1), JobErrorCode.INVALID_OUTPUT),
]


async def retry(house: House, generation_id: str, *, charged: bool = False) -> Retried:
    return await house.use_cases.retrying.retry_failed(
        house.owner, generation_id, even_if_maybe_charged=charged
    )


async def vary(house: House, count: int = 1) -> Scheduled:
    return await house.use_cases.variations.request(house.owner, house.image_id, shots(count))


async def write(house: House, image_id: str, **values: Any) -> None:
    """Let the attempt at an image have ended in a way that is hard to bring about."""
    job = await house.job_of(image_id)
    async with house.database.write() as unit:
        await unit.connection.execute(update(JobRow).where(JobRow.id == job.id).values(**values))


@pytest.mark.parametrize("billed", Billed)
@pytest.mark.parametrize("begin", range(0, len(CODES), MAX_VARIATIONS))
async def test_whatever_the_code_the_bill_decides_what_is_sent_again(
    house: House, billed: Billed, begin: int
) -> None:
    codes = CODES[begin : begin + MAX_VARIATIONS]
    made = await vary(house, len(codes))
    for image, code in zip(made.variations, codes, strict=True):
        state = JobState.CANCELLED if code is JobErrorCode.CANCELLED else JobState.FAILED
        await write(house, image.id, state=state, failure_code=code, billed=billed)
    everything = {image.id for image in made.variations}
    retried = await retry(house, made.generation.id)
    again = {image.id for image in retried.variations}
    assert again == (everything if billed is Billed.NO else set())
    assert {image.id for image in retried.left_out} == everything - again
    knowingly = await retry(house, made.generation.id, charged=True)
    assert {image.id for image in knowingly.variations} == everything - again
    assert knowingly.left_out == ()


@pytest.mark.parametrize(("outcome", "code"), ACCEPTED_THEN_FAILED)
async def test_what_failed_after_it_was_accepted_is_sent_again_only_knowingly(
    house: House, outcome: Outcome, code: JobErrorCode
) -> None:
    house.fal.plan(0, outcome)
    made = await vary(house)
    await house.settle()
    (image,) = made.variations
    job = await house.job_of(image.id)
    assert (job.failure_code, job.billed is Billed.NO) == (code, False)
    assert [each.id for each in (await retry(house, made.generation.id)).left_out] == [image.id]
    await house.settle()
    assert len(house.fal.ledger.accepted) == 1
    await retry(house, made.generation.id, charged=True)
    await house.settle()
    assert len(house.fal.ledger.accepted) == 2


@pytest.mark.parametrize(
    "outcome",
    [
        platform_failure("runner_disconnected", 503),
        model_failure("internal_server_error", status=500),
    ],
)
async def test_what_the_provider_says_it_never_charges_for_is_sent_again_at_once(
    house: House, outcome: Outcome
) -> None:
    house.fal.plan(0, outcome)
    made = await vary(house)
    await house.settle()
    (image,) = made.variations
    job = await house.job_of(image.id)
    assert (job.state, job.billed, job.request_id is None) == (JobState.FAILED, Billed.NO, False)
    assert (await retry(house, made.generation.id)).left_out == ()
    await house.settle()
    assert (await house.job_of(image.id)).state is JobState.SUCCEEDED
    assert len(house.fal.ledger.accepted) == 2


async def test_what_was_stopped_while_it_was_made_is_sent_again_only_knowingly(
    house: House,
) -> None:
    house.fal.plan(0, Outcome(seconds=60))
    made = await vary(house)
    await house.answer_bells()
    await house.use_cases.cancelling.cancel_generation(house.owner, made.generation.id)
    await house.settle()
    (image,) = made.variations
    job = await house.job_of(image.id)
    assert (job.state, job.billed) == (JobState.CANCELLED, Billed.UNKNOWN)
    assert (await retry(house, made.generation.id)).variations == ()
    assert len((await retry(house, made.generation.id, charged=True)).variations) == 1


async def test_what_was_never_accepted_is_sent_again_at_once(house: House) -> None:
    refusal = {"detail": "User is locked.", "error_type": "user_locked"}
    house.fal.disturb(Operation.SUBMIT, Fault(status=400, body=refusal))
    made = await vary(house, 2)
    await house.use_cases.cancelling.cancel_variation(house.owner, made.variations[1].id)
    await house.settle()
    assert house.fal.ledger.accepted == []
    retried = await retry(house, made.generation.id)
    assert (len(retried.variations), retried.left_out) == (2, ())


async def test_an_attempt_that_adopts_stands_for_what_it_adopts(house: House) -> None:
    made = await vary(house)
    (image,) = made.variations
    first = (await house.job_of(image.id)).id
    await write(house, image.id, state=JobState.FAILED, billed=Billed.UNKNOWN)
    await retry(house, made.generation.id, charged=True)
    await write(house, image.id, state=JobState.FAILED, billed=Billed.NO, adopts=first)
    assert len((await retry(house, made.generation.id)).left_out) == 1


async def test_what_is_free_is_tried_again_whatever_became_of_it(local_house: House) -> None:
    made = await vary(local_house)
    (image,) = made.variations
    lost = JobErrorCode.RESULT_LOST
    await write(
        local_house, image.id, state=JobState.FAILED, failure_code=lost, billed=Billed.UNKNOWN
    )
    retried = await retry(local_house, made.generation.id)
    assert [each.id for each in retried.variations] == [image.id]


@pytest.mark.parametrize("charged", [False, True])
async def test_a_variation_of_a_deleted_image_is_not_sent_again(
    house: House, *, charged: bool
) -> None:
    made = await vary(house)
    await house.use_cases.cancelling.cancel_generation(house.owner, made.generation.id)
    await house.use_cases.images.delete(house.owner, [house.image_id])
    await refused_as_deleted(house, made.generation.id, charged=charged)


@pytest.mark.parametrize("deleted", [0, 1])
async def test_an_edit_of_a_deleted_image_is_not_sent_again(house: House, deleted: int) -> None:
    storage_id = await house.use_cases.uploads.receive(
        house.owner.id, encoded(photograph(80, 64), "JPEG")
    )
    coat = await house.use_cases.images.create(
        house.owner, NewImage(storage_id=storage_id, analyze=False)
    )
    assert coat is not None
    ids = (house.image_id, coat.id)
    wanted = PicturesWanted("fal-ai/nano-banana-pro/edit", "Put her in this coat.", image_ids=ids)
    made = await house.use_cases.picturing.request(house.owner, "editImage", wanted)
    await house.use_cases.cancelling.cancel_generation(house.owner, made.generation.id)
    await house.use_cases.images.delete(house.owner, [ids[deleted]])
    await refused_as_deleted(house, made.generation.id)


async def refused_as_deleted(house: House, generation_id: str, *, charged: bool = False) -> None:
    """Fail unless trying again is refused for what was deleted, with nothing sent."""
    before = await house.all_jobs()
    with pytest.raises(Refused) as caught:
        await retry(house, generation_id, charged=charged)
    assert caught.value.code is UserErrorCode.SOURCE_MISSING
    assert caught.value.field == ("generationId",)
    assert "was deleted" in caught.value.message
    await house.settle()
    assert await house.all_jobs() == before
    assert house.fal.ledger.posts == []


async def retry_recording(house: House, recording: Recording, **wanted: Any) -> RetriedRecording:
    return await house.use_cases.retrying.retry_recording(
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
    rehearse = house.use_cases.retrying.rehearse_recording
    assert (await rehearse(house.owner, RetryWanted(asked.id))).price is None
    await house.use_cases.cancelling.cancel_recording(house.owner, asked.id)
    tried = await rehearse(house.owner, RetryWanted(asked.id))
    assert tried.outcome is RetryOutcome.RETRIED
    assert len(await house.all_jobs()) == 1
    assert tried.price == (await retry_recording(house, asked)).price


async def test_a_retry_under_the_same_key_is_the_same_retry(house: House) -> None:
    asked = await ask(house, SPEECH)
    await house.use_cases.cancelling.cancel_recording(house.owner, asked.id)
    retry_it = house.use_cases.retrying.retry_recording
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
    retrying = house.use_cases.retrying
    for door in (retrying.retry_recording, retrying.rehearse_recording):
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
