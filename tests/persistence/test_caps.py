"""Caps of the day: reached, never passed, and honest about what nobody can promise."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from graphapi.domain.jobs import Billed, JobState, Mover
from graphapi.domain.models import Model
from graphapi.errors import Refused, UserErrorCode
from graphapi.persistence.database import Database
from tests.persistence.books import BROKE, LOCAL, PRICED, spent
from tests.persistence.library import DONE, FAL, READY, Library, TurnedClock, dump


async def capped(library: Library, cap: int) -> Library:
    """Give the same library a cap of the day."""
    library.database.daily_cap = cap
    return library


async def refusal(library: Library, count: int, model: Model = PRICED) -> Refused:
    before = await dump(library.database)
    with pytest.raises(Refused) as caught:
        await library.ask(count, model=model)
    assert caught.value.code is UserErrorCode.BUDGET_EXCEEDED
    assert await dump(library.database) == before
    return caught.value


async def test_a_cap_is_reached_but_never_passed_and_the_refusal_says_what_is_left(
    library: Library,
) -> None:
    await capped(library, 500_000)
    await library.ask(2, model=PRICED)
    refused = await refusal(library, 2)
    assert "would cost 0.30 USD" in refused.message
    assert "0.20 USD are left of your 0.50 USD" in refused.message
    await library.ask(1, model=PRICED)
    assert "0.05 USD are left" in (await refusal(library, 1)).message


async def test_what_is_released_may_be_spent_again(library: Library) -> None:
    await capped(library, 150_000)
    (job_id,) = await library.ask(1, model=PRICED)
    await refusal(library, 1)
    await library.move(job_id, (JobState.CANCELLED, Mover.API), **BROKE)
    await library.ask(1, model=PRICED)


async def test_a_bill_above_its_estimate_counts_as_billed(library: Library) -> None:
    await capped(library, 450_000)
    (job_id,) = await library.ask(1, model=PRICED)
    await library.move(job_id, *READY, billed=Billed.YES, billable_units=4.0)
    assert "0.00 USD are left" in (await refusal(library, 1)).message


async def test_what_costs_nothing_is_never_refused(library: Library) -> None:
    await capped(library, 0)
    await refusal(library, 1)
    await library.ask(12, model=LOCAL)


async def test_an_unknown_price_cannot_be_promised_to_stay_within_a_cap(library: Library) -> None:
    await capped(library, 10_000_000)
    assert "Nobody knows what this costs" in (await refusal(library, 1, FAL)).message


async def test_an_unknown_price_from_before_the_cap_leaves_the_rest_of_it(library: Library) -> None:
    await library.ask(1, model=FAL)
    await capped(library, 150_000)
    await library.ask(1, model=PRICED)


async def test_a_day_ends_at_midnight_utc_and_what_was_asked_then_stays_there(
    library: Library,
) -> None:
    clock = library.clock
    tomorrow = clock.now().replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    clock.turn(seconds=(tomorrow - clock.now()).total_seconds() - 1)
    await capped(library, 150_000)
    (job_id,) = await library.ask(1, model=PRICED)
    await refusal(library, 1)
    clock.turn(seconds=1)
    await library.move(job_id, *DONE, billed=Billed.YES)
    assert await spent(library) == 0
    await library.ask(1, model=PRICED)


async def test_the_cap_is_each_persons_own(database: Database, clock: TurnedClock) -> None:
    database.daily_cap = 150_000
    ann = await Library.of(database, clock, "ann")
    bob = await Library.of(database, clock, "bob")
    await ann.ask(1, model=PRICED)
    await refusal(ann, 1)
    await bob.ask(1, model=PRICED)


async def test_a_hundred_requests_at_once_do_not_pass_the_cap(library: Library) -> None:
    await capped(library, 10 * 150_000)

    # Each of an image of its own, so that nothing but the owner makes one wait for another.
    image_ids = await library.add_images([{"storage_id": library.picture_id}] * 100)
    each = [replace(library, image_id=image_id) for image_id in image_ids]
    asked = (one.ask(1, model=PRICED) for one in each)
    answers = await asyncio.gather(*asked, return_exceptions=True)
    refused = [answer for answer in answers if isinstance(answer, Refused)]
    assert {each.code for each in refused} == {UserErrorCode.BUDGET_EXCEEDED}
    assert len(refused) == 90
    assert sum(isinstance(answer, list) for answer in answers) == 10
    assert await spent(library) == 10 * 150_000
