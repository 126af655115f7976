"""What is tried again, and what is not: whatever may have been charged for, or has no source."""

from typing import Any

import pytest
from sqlalchemy import update

from graphapi.domain.failures import JobErrorCode
from graphapi.domain.jobs import Billed, JobState
from graphapi.domain.variations import MAX_VARIATIONS
from graphapi.errors import NotFound, Refused, UserErrorCode
from graphapi.persistence.tables import JobRow
from graphapi.services.requests import NewImage, PicturesWanted
from graphapi.services.retrying import Retried, RetryWanted
from graphapi.services.variations import Scheduled
from tests.emulators.fal import Fault, Operation, Outcome, model_failure, platform_failure
from tests.services.house import House, shots
from tests.storage.drawing import encoded, photograph

CODES = tuple(JobErrorCode)
ACCEPTED_THEN_FAILED = [
    (model_failure("content_policy_violation"), JobErrorCode.CONTENT_POLICY),
    (Outcome(images=0, units=1), JobErrorCode.INVALID_OUTPUT),
]


async def retry(house: House, generation_id: str, *, charged: bool = False) -> Retried:
    return await house.use_cases.retrying.retry_failed(
        house.owner, RetryWanted(generation_id, charged)
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


async def test_a_rehearsed_retry_tells_the_price_and_leaves_no_trace(house: House) -> None:
    house.fal.plan(0, platform_failure("internal_error", status=500))
    house.fal.plan(1, model_failure("content_policy_violation"))
    made = await vary(house, 3)
    await house.settle()
    rehearse = house.use_cases.retrying.rehearse_failed
    before = await house.all_jobs()
    tried = await rehearse(house.owner, RetryWanted(made.generation.id))
    knowing = await rehearse(house.owner, RetryWanted(made.generation.id, True))
    assert await house.all_jobs() == before
    assert (len(tried.variations), len(tried.left_out)) == (1, 1)
    assert (len(knowing.variations), len(knowing.left_out)) == (2, 0)
    assert knowing.price
    assert tried.price
    assert knowing.price.micros == 2 * (tried.price.micros or 0) > 0
    assert (await retry(house, made.generation.id)).price == tried.price
    assert (await rehearse(house.owner, RetryWanted(made.generation.id))).price is None


async def test_a_rehearsed_retry_is_refused_as_the_retry_would_be(house: House) -> None:
    made = await vary(house)
    await house.use_cases.cancelling.cancel_generation(house.owner, made.generation.id)
    retrying = house.use_cases.retrying
    stranger = await house.use_cases.users.adopt_token("bob", "gapi_bob")
    house.database.daily_cap = 1
    for door in (retrying.retry_failed, retrying.rehearse_failed):
        with pytest.raises(NotFound):
            await door(stranger, RetryWanted(made.generation.id))
        with pytest.raises(Refused) as caught:
            await door(house.owner, RetryWanted(made.generation.id, expires_after=1))
        assert caught.value.field == ("expiresAfter",)
        with pytest.raises(Refused) as caught:
            await door(house.owner, RetryWanted(made.generation.id))
        assert caught.value.code is UserErrorCode.BUDGET_EXCEEDED


async def test_a_retry_under_the_same_key_is_the_same_retry_at_the_same_price(
    house: House,
) -> None:
    made = await vary(house)
    cancel, retry_it = house.use_cases.cancelling.cancel_generation, house.use_cases.retrying
    await cancel(house.owner, made.generation.id)
    first = await retry_it.retry_failed(house.owner, RetryWanted(made.generation.id), "k")
    await cancel(house.owner, made.generation.id)
    again = await retry_it.retry_failed(house.owner, RetryWanted(made.generation.id), "k")
    assert again.price == first.price
    assert first.price
    assert len(await house.all_jobs()) == 2
    for door in (retry_it.retry_failed, retry_it.rehearse_failed):
        with pytest.raises(Refused) as caught:
            await door(house.owner, RetryWanted(made.generation.id, expires_after=60), "k")
        assert caught.value.code is UserErrorCode.IDEMPOTENCY_CONFLICT


async def test_a_retry_ends_when_its_own_patience_does(house: House) -> None:
    made = await vary(house)
    await house.use_cases.cancelling.cancel_generation(house.owner, made.generation.id)
    wanted = RetryWanted(made.generation.id, expires_after=60)
    await house.use_cases.retrying.retry_failed(house.owner, wanted)
    job = await house.job_of(made.variations[0].id)
    assert (job.deadline_at - job.created_at).total_seconds() == 60
