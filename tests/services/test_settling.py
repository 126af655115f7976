"""Closing by hand what nobody could know, on both databases: the sums, the retries, and once."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from graphapi.domain.jobs import Billed, JobState
from graphapi.domain.money import Exactness
from graphapi.domain.spending import Sum, Sums
from graphapi.errors import NotFound, Refused, UserErrorCode
from graphapi.persistence.records import AnyRow
from graphapi.persistence.tables import LedgerRow
from graphapi.services.retrying import RetryWanted
from graphapi.services.settling import Settling
from tests.emulators.fal import Fault, Operation, model_failure
from tests.persistence.library import dump
from tests.services.house import House, shots
from tests.services.laws import assert_settled

NOTHING = Sum(0, Exactness.EXACT, 0, 0)


async def uncertain(house: House) -> AnyRow:
    """Let an attempt fail that may have been charged for."""
    house.fal.plan_all(model_failure("content_policy_violation"))
    await house.ask(1)
    await house.settle()
    (child,) = await house.children()
    return await house.job_of(child.id)


async def settle(house: House, job_id: str, micros: int | None) -> None:
    await Settling(house.database).settle(job_id, micros)


async def total(house: House) -> Sums:
    start, end = (house.clock.now() + timedelta(days=days) for days in (-1, 1))
    return (await house.use_cases.spendings.of_period(house.owner, start, end)).total


async def ledger_of(house: House) -> list[AnyRow]:
    async with house.database.read() as connection:
        return list((await connection.execute(select(LedgerRow))).all())


async def test_a_charge_that_the_providers_books_show_takes_the_place_of_the_doubt(
    house: House,
) -> None:
    job = await uncertain(house)
    before = await ledger_of(house)
    assert (await total(house)).uncertain == Sum(150_000, Exactness.ESTIMATE, 1, 0)
    await settle(house, job.id, 120_000)
    spent = await total(house)
    assert (spent.uncertain, spent.settled) == (NOTHING, Sum(120_000, Exactness.EXACT, 1, 0))
    price = (await house.use_cases.spendings.of_images(house.owner, [job.image_id]))[job.image_id]
    assert (price.micros, price.exactness) == (120_000, Exactness.EXACT)
    assert "own books" in str(price.source)
    assert price.as_of == house.clock.now().date()
    now = await house.job(job.id)
    assert (now.state, now.billed, now.version) == (JobState.FAILED, Billed.YES, job.version + 1)
    assert await ledger_of(house) == before
    assert_settled([now], before)


async def test_what_was_not_charged_is_released_and_may_be_tried_again_plainly(
    house: House,
) -> None:
    job = await uncertain(house)
    retry = house.use_cases.retrying.retry_failed
    assert len((await retry(house.owner, RetryWanted(job.generation_id))).left_out) == 1
    await settle(house, job.id, None)
    spent = await total(house)
    assert (spent.uncertain, spent.settled) == (NOTHING, NOTHING)
    prices = await house.use_cases.spendings.of_images(house.owner, [job.image_id])
    assert prices[job.image_id].is_free
    retried = await retry(house.owner, RetryWanted(job.generation_id))
    assert (len(retried.variations), retried.left_out) == (1, ())


async def test_the_day_has_its_money_back_that_was_not_charged(house: House) -> None:
    house.database.daily_cap = 200_000
    job = await uncertain(house)
    with pytest.raises(Refused, match="left of your"):
        await house.use_cases.variations.request(house.owner, house.image_id, shots(1))
    await settle(house, job.id, None)
    await house.use_cases.variations.request(house.owner, house.image_id, shots(1))


@pytest.mark.parametrize("again", [None, 5])
async def test_nobody_settles_the_same_twice(house: House, again: int | None) -> None:
    job = await uncertain(house)
    await settle(house, job.id, 120_000)
    before = await dump(house.database)
    with pytest.raises(Refused, match="nothing to settle") as caught:
        await settle(house, job.id, again)
    assert caught.value.code is UserErrorCode.INVALID_INPUT
    assert {
        name: rows for name, rows in (await dump(house.database)).items() if name != "users"
    } == {name: rows for name, rows in before.items() if name != "users"}


async def test_only_what_is_uncertain_can_be_settled(house: House) -> None:
    await house.ask(1)
    (child,) = await house.children()
    made = await house.job_of(child.id)
    with pytest.raises(Refused, match="nothing to settle"):
        await settle(house, made.id, None)  # it is under way
    await house.settle()
    with pytest.raises(Refused, match="nothing to settle"):
        await settle(house, made.id, None)  # it was made, and billed
    house.fal.disturb(Operation.SUBMIT, Fault(422, {"detail": "no"}))
    await house.ask(1)
    await house.settle()
    refused = next(
        job
        for job in [await house.job_of(each.id) for each in await house.children()]
        if job.state is JobState.FAILED
    )
    with pytest.raises(Refused, match="nothing to settle"):
        await settle(house, refused.id, 5)  # it was refused, so nothing was spent
    with pytest.raises(NotFound):
        await settle(house, "job_nobody", 5)
