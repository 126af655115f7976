"""What is learned after the end corrects what was believed of the money, on both databases."""

import json
from datetime import timedelta

import pytest

from graphapi.domain.attempts import RecoveryOutcome
from graphapi.domain.failures import JobErrorCode
from graphapi.domain.jobs import Billed, JobState
from graphapi.domain.ledger import Entry
from graphapi.persistence.records import AnyRow
from graphapi.services.histories import Histories
from graphapi.services.retrying import RetryWanted
from graphapi.services.settling import Settling
from tests.emulators.fal import Fault, Manner, Operation, model_failure
from tests.emulators.fal.webhooks import message_of
from tests.services.house import House
from tests.services.rides import books, settled
from tests.services.test_answers import deliver
from tests.services.test_bills import DOWN, send

CHARGED = (Entry.SETTLE, 150_000, Billed.YES)


@pytest.fixture(autouse=True)
def _told_by_tests_alone(house: House) -> None:
    house.fal.courier.manner = Manner(silent=True)
    house.fal.seconds = 0


async def given_up(house: House, count: int = 1) -> AnyRow:
    """Fail a request that its provider has finished all the same; answers its leading job."""
    await send(house, count)
    house.fal.disturb(Operation.STATUS, DOWN)
    house.clock.turn(hours=1, minutes=1)
    await house.poll()
    assert set(await house.states()) == {JobState.FAILED}
    return (await house.all_jobs())[0]


async def recover(house: House, job: AnyRow) -> RecoveryOutcome:
    return (await house.use_cases.recovering.recover(house.owner, job.image_id)).outcome


async def assert_held_back_then_adopted(house: House, job: AnyRow) -> None:
    """Fail unless a retry leaves out what was made, and a recovery takes it in, paid once."""
    wanted = RetryWanted(job.generation_id)
    retried = await house.use_cases.retrying.retry_failed(house.owner, wanted)
    assert (retried.variations, len(retried.left_out)) == ((), 1)
    assert await recover(house, job) is RecoveryOutcome.RECOVERED
    await house.settle()
    assert await house.states() == [job.state, JobState.SUCCEEDED]
    assert await settled(house) == 150_000
    assert len(house.fal.ledger.accepted) == 1


async def test_a_picture_that_comes_disproves_that_nothing_was_charged(house: House) -> None:
    job = await given_up(house)
    await Settling(house.database).settle(job.id, None)
    for _ in range(2):
        await deliver(house, house.base)
    now = await house.job(job.id)
    assert (now.state, now.billed) == (JobState.FAILED, Billed.YES)
    assert "made all the same" in now.failure_message
    assert await books(house) == [CHARGED]
    await assert_held_back_then_adopted(house, now)


async def test_a_picture_of_a_request_that_seemed_refused_is_charged_and_adopted(
    house: House,
) -> None:
    house.fal.disturb(Operation.SUBMIT, Fault(422, {"detail": "No."}, accept=True))
    await send(house, 1)
    assert await books(house) == [(Entry.RELEASE, 150_000, Billed.NO)]
    await deliver(house, house.base)
    assert await books(house) == [CHARGED]
    await assert_held_back_then_adopted(house, (await house.all_jobs())[0])


async def test_what_a_person_believed_not_charged_is_asked_for_all_the_same(house: House) -> None:
    job = await given_up(house)
    await Settling(house.database).settle(job.id, None)
    assert await recover(house, job) is RecoveryOutcome.RECOVERED
    await house.settle()
    assert await books(house) == [CHARGED, (Entry.SETTLE, 0, Billed.YES)]
    assert (await house.job(job.id)).billed is Billed.YES


async def test_a_shared_request_that_was_booked_whole_on_one_brings_all_and_costs_no_more(
    house: House,
) -> None:
    leader = await given_up(house, 4)
    party = await house.all_jobs()
    await Settling(house.database).settle(leader.id, 600_000)
    for rider in party[1:]:
        await Settling(house.database).settle(rider.id, None)
    assert [await recover(house, job) for job in party] == [RecoveryOutcome.RECOVERED] * 4
    await house.settle()
    start, end = (house.clock.now() + timedelta(days=days) for days in (-1, 1))
    spent = await house.use_cases.spendings.of_period(house.owner, start, end)
    assert (spent.total.settled.micros, spent.total.uncertain.count) == (600_000, 0)


@pytest.mark.parametrize("told", ["by webhook", "when asked"])
async def test_a_failure_that_is_never_billed_releases_the_doubt_and_may_be_tried_again(
    house: House, told: str
) -> None:
    house.fal.plan_all(model_failure("internal_server_error", 500))
    job = await given_up(house)
    assert await books(house) == [(Entry.SETTLE, 150_000, Billed.UNKNOWN)]
    if told == "by webhook":
        await deliver(house, house.base)
    else:
        assert await recover(house, job) is RecoveryOutcome.NOTHING_FOUND
    now = await house.job(job.id)
    assert (now.billed, now.failure_code) == (Billed.NO, JobErrorCode.PROVIDER_FAILED)
    await assert_is_tried_again(house, now)


async def test_an_attempt_followed_again_that_is_never_billed_may_be_tried_again(
    house: House,
) -> None:
    house.fal.plan_all(model_failure("internal_server_error", 500))
    job = await given_up(house)
    house.fal.disturb(Operation.STATUS, Fault(202, {"status": "IN_PROGRESS", "logs": None}))
    assert await recover(house, job) is RecoveryOutcome.STILL_RUNNING
    await house.settle()
    assert [each.billed for each in await house.all_jobs()] == [Billed.NO, Billed.NO]
    await assert_is_tried_again(house, job)


async def test_a_picture_that_comes_after_a_retry_has_succeeded_is_charged_and_can_be_found(
    house: House,
) -> None:
    job = await given_up(house)
    late = house.fal.jobs[0]
    wanted = RetryWanted(job.generation_id, even_if_maybe_charged=True)
    await house.use_cases.retrying.retry_failed(house.owner, wanted)
    await house.settle()
    body = json.dumps(message_of(late, Manner())).encode()
    token = (late.webhook or "").rpartition("/")[2]
    headers = house.fal.courier.signed(late.request_id, body)
    await house.use_cases.deliveries.receive("fal", token, headers, body)
    assert await books(house) == [CHARGED, CHARGED]
    sought = await house.use_cases.recovering.recover(house.owner, job.image_id)
    assert sought.outcome is RecoveryOutcome.NOT_NEEDED
    assert "came too late" in sought.message
    told = "\n".join(await Histories(house.database).explain(job.id))
    assert "What it made came all the same; it is http" in told


async def assert_is_tried_again(house: House, job: AnyRow) -> None:
    start, end = (house.clock.now() + timedelta(days=days) for days in (-1, 1))
    spent = await house.use_cases.spendings.of_period(house.owner, start, end)
    assert (spent.total.settled.count, spent.total.uncertain.count) == (0, 0)
    wanted = RetryWanted(job.generation_id)
    retried = await house.use_cases.retrying.retry_failed(house.owner, wanted)
    assert (len(retried.variations), retried.left_out) == (1, ())
