"""Adopting late results: nothing is sent, nothing is paid twice, and the end stays an end."""

import asyncio

import pytest
from sqlalchemy import select

from graphapi.domain.attempts import RecoveryOutcome
from graphapi.domain.failures import JobErrorCode
from graphapi.domain.images import AiStatus
from graphapi.domain.jobs import Billed, JobState
from graphapi.domain.ledger import Entry
from graphapi.domain.recordings import Recording
from graphapi.errors import NotFound, Refused
from graphapi.persistence.tables import LedgerRow
from graphapi.services.recovering import Recovered, RecoveredRecording
from graphapi.services.requests import SoundWanted
from tests.emulators.fal import Fault, Operation, Outcome, model_failure
from tests.services.house import House
from tests.services.voices import SPEECH, ask, hearing, job_of, note, now

LOST = Fault(drop=True, accept=True)


async def given_up(house: House, *, accepted: bool = True) -> str:
    """Fail a variation whose answer was lost; answers the image's id."""
    house.fal.disturb(Operation.SUBMIT, LOST if accepted else Fault(drop=True))
    house.fal.disturb_always(Operation.HISTORY, Fault(status=500, body="down"))
    (job_id,) = await house.ask(1)
    await house.answer_bells()
    house.clock.turn(hours=1, minutes=1)
    await house.reconciling.look()
    house.fal.disturb_always(Operation.HISTORY, None)
    job = await house.job(job_id)
    assert job.state is JobState.FAILED
    return str(job.image_id)


async def overdue(house: House) -> str:
    """Fail a variation that its provider was still making; answers the image's id."""
    (job_id,) = await house.ask(1)
    await house.answer_bells()
    house.clock.turn(hours=1, minutes=1)
    await house.poll()
    job = await house.job(job_id)
    assert job.state is JobState.FAILED
    assert "`recoverVariation`" in job.failure_message
    return str(job.image_id)


async def recover(house: House, image_id: str) -> Recovered:
    return await house.use_cases.recovering.recover(house.owner, image_id)


async def test_a_lost_request_is_found_in_the_history_and_its_picture_adopted(
    house: House,
) -> None:
    image_id = await given_up(house)
    recovered = await recover(house, image_id)
    assert recovered.outcome is RecoveryOutcome.RECOVERED
    assert recovered.image.standing.ai_status is AiStatus.PROCESSING
    await house.settle()
    image = await house.image(image_id)
    assert image.standing.ai_status is AiStatus.COMPLETED
    assert image.picture
    attempts = (await house.use_cases.images.attempts_at(house.owner, [image_id]))[image_id]
    assert [(each.state, each.billed) for each in attempts] == [
        (JobState.FAILED, Billed.YES),
        (JobState.SUCCEEDED, Billed.NO),
    ]
    assert attempts[0].request_id == attempts[1].request_id
    assert len(house.fal.ledger.accepted) == 1


async def bills(house: House) -> list[tuple[str, int | None]]:
    """Read every line of the ledger that closes a reservation, with its amount."""
    statement = select(LedgerRow.entry, LedgerRow.amount_micros).where(LedgerRow.closes)
    async with house.database.read() as connection:
        rows = await connection.execute(statement.order_by(LedgerRow.job_id))
        return [(row.entry, row.amount_micros) for row in rows]


async def test_a_recovered_picture_is_billed_once(house: House) -> None:
    image_id = await given_up(house)
    ((entry, amount),) = await bills(house)
    assert entry == Entry.SETTLE
    assert amount
    await recover(house, image_id)
    await house.settle()
    assert await bills(house) == [(Entry.SETTLE, amount), (Entry.SETTLE, 0)]


async def test_a_recovered_picture_settles_by_its_own_bill_the_attempt_it_is_of(
    house: House,
) -> None:
    house.fal.plan_all(Outcome(units=3))
    house.fal.disturb(Operation.STATUS, Fault(status=503, body="down"))
    image_id = await overdue(house)
    await recover(house, image_id)
    await house.settle()
    assert await bills(house) == [(Entry.SETTLE, 450_000), (Entry.SETTLE, 0)]


async def test_what_the_provider_finished_too_late_is_adopted_by_its_id(house: House) -> None:
    house.fal.disturb(Operation.STATUS, Fault(status=503, body="down"))
    image_id = await overdue(house)
    assert (await recover(house, image_id)).outcome is RecoveryOutcome.RECOVERED
    await house.settle()
    assert (await house.image(image_id)).standing.ai_status is AiStatus.COMPLETED
    assert len(house.fal.ledger.accepted) == 1


async def test_what_the_provider_is_still_making_is_followed_again(house: House) -> None:
    house.fal.plan_all(Outcome(seconds=3))
    image_id = await overdue(house)
    assert (await recover(house, image_id)).outcome is RecoveryOutcome.STILL_RUNNING
    assert (await house.image(image_id)).standing.ai_status is AiStatus.PROCESSING
    assert (await recover(house, image_id)).outcome is RecoveryOutcome.NOT_NEEDED
    await asyncio.sleep(3.1)
    await house.settle()
    assert (await house.image(image_id)).standing.ai_status is AiStatus.COMPLETED
    assert (await bills(house))[-1] == (Entry.SETTLE, 0)
    assert len(house.fal.ledger.accepted) == 1


async def test_of_two_that_recover_at_once_one_adopts(house: House) -> None:
    image_id = await given_up(house)
    both = await asyncio.gather(recover(house, image_id), recover(house, image_id))
    assert sorted(each.outcome for each in both) == [
        RecoveryOutcome.NOT_NEEDED,
        RecoveryOutcome.RECOVERED,
    ]
    assert len(await house.all_jobs()) == 2


async def test_where_there_is_nothing_it_says_so(house: House) -> None:
    image_id = await given_up(house, accepted=False)
    assert (await recover(house, image_id)).outcome is RecoveryOutcome.NOTHING_FOUND
    assert len(await house.all_jobs()) == 1


async def test_a_refused_request_has_nothing_to_recover(house: House) -> None:
    house.fal.plan_all(model_failure("content_policy_violation"))
    (job_id,) = await house.ask(1)
    await house.settle()
    image_id = (await house.job(job_id)).image_id
    assert (await recover(house, image_id)).outcome is RecoveryOutcome.NOTHING_FOUND


async def test_a_history_that_is_down_proves_nothing(house: House) -> None:
    image_id = await given_up(house)
    house.fal.disturb_always(Operation.HISTORY, Fault(status=500, body="down"))
    recovered = await recover(house, image_id)
    assert recovered.outcome is RecoveryOutcome.CANNOT_KNOW
    assert "500" in recovered.message


async def test_what_is_there_needs_no_recovery(house: House) -> None:
    (job_id,) = await house.ask(1)
    await house.settle()
    image_id = (await house.job(job_id)).image_id
    assert (await recover(house, image_id)).outcome is RecoveryOutcome.NOT_NEEDED
    assert len(await house.all_jobs()) == 1


async def test_what_is_in_doubt_is_looked_for_without_being_asked(house: House) -> None:
    house.fal.disturb(Operation.SUBMIT, Fault(drop=True))
    (job_id,) = await house.ask(1)
    await house.answer_bells()
    job = await house.job(job_id)
    assert job.state is JobState.SUBMIT_UNKNOWN
    recovered = await recover(house, job.image_id)
    assert recovered.outcome is RecoveryOutcome.NOT_NEEDED
    assert "looks for it by itself" in recovered.message
    assert (await house.job(job_id)).version == job.version


async def test_only_a_variation_can_be_recovered(house: House) -> None:
    with pytest.raises(Refused):
        await recover(house, house.image_id)
    with pytest.raises(NotFound):
        await recover(house, "img_nobody")


async def recover_recording(house: House, recording: Recording) -> RecoveredRecording:
    return await house.use_cases.recovering.recover_recording(house.owner, recording.id)


async def speech_given_up(house: House, wanted: SoundWanted = SPEECH) -> Recording:
    """Fail a recording whose submit's answer was lost."""
    house.fal.disturb(Operation.SUBMIT, LOST)
    house.fal.disturb_always(Operation.HISTORY, Fault(status=500, body="down"))
    asked = await ask(house, wanted)
    await house.answer_bells()
    house.clock.turn(hours=1, minutes=1)
    await house.reconciling.look()
    house.fal.disturb_always(Operation.HISTORY, None)
    assert (await job_of(house, asked)).failure_code is JobErrorCode.SUBMIT_UNKNOWN
    return asked


async def speech_overdue(house: House, wanted: SoundWanted = SPEECH) -> Recording:
    """Fail a recording that its provider was still making."""
    asked = await ask(house, wanted)
    await house.answer_bells()
    house.clock.turn(hours=1, minutes=1)
    await house.poll()
    failure = (await now(house, asked)).standing.failure
    assert failure
    assert failure.code is JobErrorCode.RESULT_LOST
    assert "`recoverRecording`" in failure.message
    return asked


async def assert_recovered(house: House, asked: Recording) -> None:
    """Fail unless a recording is there now, and was paid for once."""
    await house.settle()
    made = await now(house, asked)
    assert made.standing.ai_status is AiStatus.COMPLETED
    assert made.audio
    assert made.text
    attempts = (await house.use_cases.recordings.attempts_at(house.owner, [asked.id]))[asked.id]
    assert [(each.state, each.billed) for each in attempts] == [
        (JobState.FAILED, Billed.YES),
        (JobState.SUCCEEDED, Billed.NO),
    ]
    assert attempts[0].request_id == attempts[1].request_id
    assert [amount for _, amount in await bills(house)][-1] == 0
    assert len(house.fal.ledger.accepted) == 1


@pytest.mark.parametrize("heard", [False, True])
@pytest.mark.parametrize("forgotten", [False, True])
async def test_a_lost_recording_is_found_in_the_history_and_adopted(
    house: House, *, heard: bool, forgotten: bool
) -> None:
    asked = await speech_given_up(house, hearing(storage_id=await note(house)) if heard else SPEECH)
    if forgotten:
        house.fal.forget(house.fal.jobs[0].request_id)
    recovered = await recover_recording(house, asked)
    assert recovered.outcome is RecoveryOutcome.RECOVERED
    assert recovered.recording.standing.ai_status is AiStatus.PROCESSING
    assert "result" in recovered.message
    await assert_recovered(house, asked)


@pytest.mark.parametrize("heard", [False, True])
async def test_a_recording_that_was_finished_too_late_is_adopted_by_its_id(
    house: House, *, heard: bool
) -> None:
    house.fal.disturb(Operation.STATUS, Fault(status=503, body="down"))
    asked = await speech_overdue(house, hearing(storage_id=await note(house)) if heard else SPEECH)
    assert (await recover_recording(house, asked)).outcome is RecoveryOutcome.RECOVERED
    await assert_recovered(house, asked)


async def test_a_recording_that_is_still_being_made_is_followed_again(house: House) -> None:
    house.fal.plan_all(Outcome(seconds=2))
    asked = await speech_overdue(house)
    assert (await recover_recording(house, asked)).outcome is RecoveryOutcome.STILL_RUNNING
    recovered = await recover_recording(house, asked)
    assert recovered.outcome is RecoveryOutcome.NOT_NEEDED
    await asyncio.sleep(2.1)
    await assert_recovered(house, asked)


async def test_of_two_that_recover_a_recording_at_once_one_adopts(house: House) -> None:
    asked = await speech_given_up(house)
    both = await asyncio.gather(recover_recording(house, asked), recover_recording(house, asked))
    assert sorted(each.outcome for each in both) == [
        RecoveryOutcome.NOT_NEEDED,
        RecoveryOutcome.RECOVERED,
    ]
    await assert_recovered(house, asked)


async def test_where_no_recording_was_made_it_says_so(house: House) -> None:
    house.fal.plan_all(model_failure("content_policy_violation"))
    asked = await ask(house, SPEECH)
    await house.settle()
    recovered = await recover_recording(house, asked)
    assert recovered.outcome is RecoveryOutcome.NOTHING_FOUND
    assert recovered.message == "The provider shows no result for this recording."
    assert len(await house.all_jobs()) == 1


async def test_a_recording_in_doubt_is_looked_for_without_being_asked(house: House) -> None:
    house.fal.disturb(Operation.SUBMIT, LOST)
    asked = await ask(house, SPEECH)
    await house.answer_bells()
    recovered = await recover_recording(house, asked)
    assert recovered.outcome is RecoveryOutcome.NOT_NEEDED
    assert "looks for it by itself" in recovered.message
    assert len(house.fal.ledger.posts) == 1


async def test_only_an_own_recording_that_was_asked_for_can_be_recovered(house: House) -> None:
    recover_it = house.use_cases.recovering.recover_recording
    with pytest.raises(Refused):
        await recover_it(house.owner, await note(house))
    asked = await ask(house, SPEECH)
    stranger = await house.use_cases.users.adopt_token("bob", "gapi_bob")
    for foreign in (asked.id, "rec_nobody"):
        with pytest.raises(NotFound):
            await recover_it(stranger, foreign)
