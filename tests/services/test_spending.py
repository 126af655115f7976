"""What things cost from quote to bill, with the providers' own figures, on both databases."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from graphapi.domain.jobs import JobState
from graphapi.domain.money import Exactness, Price
from graphapi.domain.options import Options
from graphapi.domain.spending import Spending, Sum
from graphapi.errors import NotFound, Refused, UserErrorCode
from graphapi.services.requests import AnalysisWanted, NewImage
from tests.emulators.fal import Outcome, model_failure
from tests.persistence.library import dump
from tests.services.house import House, house_at, shots, still

PRO = "fal-ai/nano-banana-pro/edit"
NOTHING = Sum(0, Exactness.EXACT, 0, 0)


@asynccontextmanager
async def capped(house: House, folder: Path, cap: str, **more: Any) -> AsyncIterator[House]:
    """Open the house again, with a cap of the day."""
    settings = house.base.settings
    async with house_at(
        settings.resolved_database_url,
        folder,
        house.fal,
        house.openrouter,
        fal_key=house.fal.key,
        fal_queue_url=settings.fal_queue_url,
        fal_rest_url=settings.fal_rest_url,
        openrouter_api_key=house.openrouter.key,
        openrouter_url=settings.openrouter_url,
        trusted_origins=settings.fal_queue_url,
        daily_cap_usd=cap,
        **more,
    ) as opened:
        yield opened


async def spending(house: House) -> Spending:
    start = house.clock.now() - timedelta(days=1)
    end = house.clock.now() + timedelta(days=1)
    return await house.use_cases.spendings.of_period(house.owner, start, end)


async def price_of(house: House, image_id: str) -> Price | None:
    found = await house.use_cases.spendings.of_images(house.owner, [image_id])
    return found.get(image_id)


async def test_a_quote_names_what_each_variation_costs_and_all_together(house: House) -> None:
    wanted = shots(3)
    quote = await house.use_cases.variations.quote_for_image(house.owner, house.image_id, wanted)
    assert [each.micros for each in quote.prices] == [150_000] * 3
    assert (quote.total.micros, quote.total.exactness) == (450_000, Exactness.EXACT)
    assert quote.total.source
    scheduled = await house.use_cases.variations.request(house.owner, house.image_id, wanted)
    assert scheduled.quote == quote
    assert [image.prompt for image in scheduled.variations] == [
        item.prompt for item in quote.plan.variations
    ]


async def test_a_rehearsal_answers_the_same_and_leaves_no_trace(house: House) -> None:
    before = await dump(house.database)
    rehearsed = await house.use_cases.variations.rehearse(house.owner, house.image_id, shots(4))
    assert await dump(house.database) == before
    assert rehearsed.image == await house.image()
    scheduled = await house.use_cases.variations.request(house.owner, house.image_id, shots(4))
    assert scheduled.quote == rehearsed.quote


async def test_what_was_reserved_is_settled_by_the_units_that_fal_bills(house: House) -> None:
    await house.ask(2)
    child = (await house.children())[0]
    reserved = await price_of(house, child.id)
    assert reserved is not None
    assert (reserved.micros, reserved.exactness) == (150_000, Exactness.EXACT)
    assert (await spending(house)).total.reserved == Sum(300_000, Exactness.EXACT, 2, 0)
    await house.settle()
    spent = await spending(house)
    assert spent.total.settled == Sum(300_000, Exactness.EXACT, 2, 0)
    assert (spent.total.reserved, spent.total.uncertain) == (NOTHING, NOTHING)
    settled = await price_of(house, child.id)
    assert settled is not None
    assert "1 unit billed" in (settled.source or "")


async def test_a_search_beside_a_picture_is_not_lost_when_only_the_picture_is_counted(
    house: House,
) -> None:
    wanted = shots(1, model="fal-ai/nano-banana-2/edit", options=Options({"enableWebSearch": True}))
    await house.use_cases.variations.request(house.owner, house.image_id, wanted)
    assert (await spending(house)).total.reserved == Sum(95_000, Exactness.EXACT, 1, 0)
    await house.settle()
    assert house.fal.ledger.accepted[0].input is not None
    assert house.fal.ledger.accepted[0].input["enable_web_search"] is True
    assert (await spending(house)).total.settled == Sum(95_000, Exactness.ESTIMATE, 1, 0)
    settled = await price_of(house, (await house.children())[0].id)
    assert settled is not None
    assert "1 unit billed, at 0.08 USD each, where 0.095 USD were planned" in str(settled.source)


async def test_an_analysis_is_settled_by_what_openrouter_says_it_cost(house: House) -> None:
    await house.use_cases.analyses.request(house.owner, house.image_id, AnalysisWanted())
    reserved = (await spending(house)).total.reserved
    assert (reserved.micros, reserved.exactness) == (7_875, Exactness.ESTIMATE)
    await house.settle()
    spent = await spending(house)
    charged = round(house.openrouter.charged * 1_000_000)
    assert charged > 0
    assert spent.total.settled == Sum(charged, Exactness.EXACT, 1, 0)
    # What the source itself cost is no price of a variation.
    assert await price_of(house, house.image_id) is None


async def test_a_definite_refusal_is_released_and_costs_nothing(house: House) -> None:
    house.fal.key = "another"
    await house.ask(1)
    await house.settle()
    spent = await spending(house)
    assert (spent.total.settled, spent.total.uncertain) == (NOTHING, NOTHING)
    assert spent.days == ()
    child = (await house.children())[0]
    priced = await price_of(house, child.id)
    assert priced is not None
    assert priced.is_free


async def test_a_failure_that_may_have_been_charged_is_counted_as_such(house: House) -> None:
    house.fal.plan_all(model_failure("content_policy_violation"))
    await house.ask(1)
    await house.settle()
    assert (await house.states()) == [JobState.FAILED]
    spent = await spending(house)
    assert spent.total.uncertain == Sum(150_000, Exactness.ESTIMATE, 1, 0)
    assert spent.total.settled == NOTHING


@pytest.mark.parametrize("units", [0, 1])
async def test_a_result_without_a_picture_costs_what_the_provider_bills_for_it(
    house: House, units: int
) -> None:
    house.fal.plan_all(Outcome(images=0, units=units))
    await house.ask(1)
    await house.settle()
    assert (await house.states()) == [JobState.FAILED]
    spent = await spending(house)
    charged = Sum(150_000, Exactness.EXACT, 1, 0) if units else NOTHING
    assert (spent.total.uncertain, spent.total.settled) == (NOTHING, charged)


async def test_what_this_machine_makes_costs_exactly_nothing(local_house: House) -> None:
    await local_house.ask(2)
    await local_house.settle()
    spent = await spending(local_house)
    assert spent.total.settled == Sum(0, Exactness.EXACT, 2, 0)
    assert spent.cap is None
    assert spent.left is None


async def test_spending_is_broken_down_by_day_project_and_model(house: House) -> None:
    other = await house.furnish(title="Other", project_name="Nightfall")
    await house.ask(1)
    await house.use_cases.variations.request(house.owner, other.id, shots(2))
    await house.settle()
    house.clock.turn(days=1)
    await house.beat()
    await house.ask(1, model="local/reframe")
    await house.settle()
    start = house.clock.now() - timedelta(days=3)
    spent = await house.use_cases.spendings.of_period(
        house.owner, start, house.clock.now() + timedelta(seconds=1)
    )
    yesterday, today = spent.days
    assert today[0] - yesterday[0] == timedelta(days=1)
    assert (yesterday[1].settled.count, today[1].settled.count) == (3, 1)
    assert [name for name, _ in spent.projects] == ["Nightfall", None]
    assert [sums.settled.micros for _, sums in spent.projects] == [300_000, 150_000]
    assert [name for name, _ in spent.models] == [("fal", PRO), ("local", "local/reframe")]
    # The first moment is within a period, the last is not.
    at = house.clock.now()
    alone = await house.use_cases.spendings.of_period(
        house.owner, at, at + timedelta(microseconds=1)
    )
    assert alone.total.settled.count == 1
    empty = await house.use_cases.spendings.of_period(house.owner, at - timedelta(seconds=1), at)
    assert empty.total.settled == NOTHING


async def test_a_period_is_this_month_unless_it_is_named(house: House) -> None:
    spent = await house.use_cases.spendings.of_period(house.owner, None, None)
    now = house.clock.now()
    assert spent.end == now
    assert (spent.start.month, spent.start.day, spent.start.hour) == (now.month, 1, 0)


async def test_a_period_that_ends_before_it_begins_is_refused(house: House) -> None:
    now = house.clock.now()
    with pytest.raises(Refused, match="earlier"):
        await house.use_cases.spendings.of_period(house.owner, now, now - timedelta(seconds=1))


async def test_nobody_sees_what_somebody_else_spent(house: House) -> None:
    await house.ask(1)
    child = (await house.children())[0]
    bob = await house.use_cases.users.adopt_token("bob", "gapi_bob")
    now = house.clock.now()
    spent = await house.use_cases.spendings.of_period(
        bob, now - timedelta(days=1), now + timedelta(days=1)
    )
    assert spent.total.reserved == NOTHING
    assert await house.use_cases.spendings.of_images(bob, [child.id]) == {}
    with pytest.raises(NotFound):
        await house.use_cases.variations.quote_for_image(bob, house.image_id, shots(1))
    with pytest.raises(NotFound):
        await house.use_cases.variations.rehearse(bob, house.image_id, shots(1))


async def test_a_rehearsal_is_refused_as_the_request_would_be(house: House, tmp_path: Path) -> None:
    async with capped(house, tmp_path / "capped", "0.30") as small:
        for attempt in (small.use_cases.variations.rehearse, small.use_cases.variations.request):
            with pytest.raises(Refused) as caught:
                await attempt(small.owner, small.image_id, shots(3))
            assert caught.value.code is UserErrorCode.BUDGET_EXCEEDED
        await small.use_cases.variations.rehearse(small.owner, small.image_id, shots(2))


async def test_parallel_requests_and_analyses_share_one_cap(house: House, tmp_path: Path) -> None:
    async with capped(house, tmp_path / "capped", "0.50") as small:
        ask = small.use_cases.variations.request
        describe = small.use_cases.analyses.request
        calls: list[Any] = [ask(small.owner, small.image_id, shots(1)) for _ in range(20)]
        calls += [describe(small.owner, small.image_id, AnalysisWanted()) for _ in range(20)]
        answers = await asyncio.gather(*calls, return_exceptions=True)
        assert {type(answer) for answer in answers if isinstance(answer, Exception)} == {Refused}
        spent = await spending(small)
        assert spent.total.reserved.micros is not None
        assert 300_000 < spent.total.reserved.micros <= 500_000
        assert spent.left == 500_000 - spent.total.reserved.micros


async def test_an_image_whose_analysis_cannot_be_paid_is_not_created(
    house: House, tmp_path: Path
) -> None:
    async with capped(house, tmp_path / "capped", "0.001") as small:
        storage_id = await small.use_cases.uploads.receive(small.owner.id, still())
        before = await dump(small.database)
        with pytest.raises(Refused) as caught:
            await small.use_cases.images.create(small.owner, NewImage(storage_id=storage_id))
        assert caught.value.code is UserErrorCode.BUDGET_EXCEEDED
        assert await dump(small.database) == before


async def test_a_model_of_unknown_price_is_refused_under_a_cap_alone(
    house: House, tmp_path: Path
) -> None:
    strange = {"analysis_models": "some/strange-model"}
    async with capped(house, tmp_path / "capped", "100", **strange) as small:
        with pytest.raises(Refused, match="Nobody knows what this costs"):
            await small.use_cases.analyses.request(small.owner, small.image_id, AnalysisWanted())
        small.database.daily_cap = None
        await small.use_cases.analyses.request(small.owner, small.image_id, AnalysisWanted())
        reserved = (await spending(small)).total.reserved
        assert reserved == Sum(None, Exactness.UNKNOWN, 1, 1)
        await small.settle()
        assert (await spending(small)).total.settled.exactness is Exactness.EXACT
