"""What a provider bills becomes known, whoever tells of the result, on both databases."""

import asyncio
from dataclasses import replace

import pytest
from sqlalchemy import select

from graphapi.container.use_cases import make_steps
from graphapi.domain.attempts import RecoveryOutcome
from graphapi.domain.jobs import Billed, JobState
from graphapi.domain.ledger import Entry
from graphapi.domain.money import Exactness
from graphapi.persistence.tables import LedgerRow
from graphapi.ports.doorbell import Step
from graphapi.services.requests import AnalysisWanted
from tests.emulators.fal import Fault, Manner, Operation, Outcome, model_failure
from tests.emulators.openrouter.completions import Completion
from tests.services.house import WORKER, House
from tests.services.rides import LOST, ask, books, settled
from tests.services.test_answers import deliver, told

RUNNING = Fault(status=200, body={"status": "IN_PROGRESS"})
DOWN = Fault(status=503, body="down")


@pytest.fixture(autouse=True)
def _told_by_tests_alone(house: House) -> None:
    house.fal.courier.manner = Manner(silent=True)
    house.fal.seconds = 0


async def send(house: House, count: int) -> None:
    """Send one request for so many pictures, asking for a webhook, and let it end."""
    await ask(house, count)
    leader = (await house.all_jobs())[0]
    await make_steps(told(house.base), WORKER)[Step.SUBMIT](leader.id)
    async with asyncio.timeout(5):
        while house.fal.jobs[0].answer is None:  # noqa: ASYNC110 - an emulator tells nobody
            await asyncio.sleep(0.002)


@pytest.mark.parametrize("at_first", [(), (RUNNING, RUNNING)], ids=["at once", "a little later"])
async def test_what_a_webhook_brings_is_settled_by_the_units_billed(
    house: House, at_first: tuple[Fault, ...]
) -> None:
    house.fal.plan_all(Outcome(images=3, units=4))
    await send(house, 4)
    house.fal.disturb(Operation.STATUS, *at_first)
    for _ in range(2):
        await deliver(house, house.base)
    assert await books(house) == [(Entry.SETTLE, 200_000, Billed.YES)] * 3 + [
        (Entry.RELEASE, 150_000, Billed.NO)
    ]
    assert len(house.fal.ledger.results) == 1


async def test_a_webhook_is_taken_in_without_its_bill_and_the_price_says_so(house: House) -> None:
    house.fal.plan_all(Outcome(units=3))
    await send(house, 1)
    house.fal.disturb_always(Operation.STATUS, DOWN)
    await deliver(house, house.base)
    assert await house.states() == [JobState.RESULT_READY]
    async with house.database.read() as connection:
        line = (await connection.execute(select(LedgerRow).where(LedgerRow.closes))).one()
    assert (line.amount_micros, line.exactness) == (150_000, Exactness.ESTIMATE)
    assert line.price_source == "as planned; the provider's bill was not seen"


async def test_what_is_found_in_the_history_is_settled_by_the_units_billed(house: House) -> None:
    house.fal.plan_all(Outcome(units=8))
    house.fal.disturb(Operation.SUBMIT, LOST)
    await ask(house, 4)
    await house.answer_bells()
    house.clock.turn(seconds=31)
    await house.sweep()
    await house.settle()
    assert set(await house.states()) == {JobState.SUCCEEDED}
    assert await settled(house) == 8 * 150_000


async def test_a_late_result_that_was_kept_settles_by_its_bill_once_the_provider_lost_it(
    house: House,
) -> None:
    house.fal.plan_all(Outcome(images=3, units=6))
    await send(house, 4)
    house.fal.disturb(Operation.STATUS, DOWN)
    house.clock.turn(hours=1, minutes=1)
    await house.poll()
    assert set(await house.states()) == {JobState.FAILED}
    await deliver(house, house.base)
    first = (await house.all_jobs())[0]
    house.fal.forget(first.request_id)
    sought = await house.use_cases.recovering.recover(house.owner, first.image_id)
    assert sought.outcome is RecoveryOutcome.RECOVERED
    lines = await books(house)
    assert lines[0] == (Entry.SETTLE, 300_000, Billed.YES)
    assert lines[-1] == (Entry.SETTLE, 0, Billed.YES)


def declined(units: str) -> Outcome:
    """Plan a refusal by the model that names the units billed for it."""
    outcome = model_failure("content_policy_violation")
    return replace(outcome, headers={**outcome.headers, "X-Fal-Billable-Units": units})


@pytest.mark.parametrize("by_webhook", [True, False])
@pytest.mark.parametrize(
    ("units", "line"),
    [("0", (Entry.RELEASE, 150_000, Billed.NO)), ("2", (Entry.SETTLE, 75_000, Billed.YES))],
)
async def test_a_failure_costs_what_the_provider_bills_for_it_shared_by_all_it_was_for(
    house: House, units: str, line: tuple[Entry, int, Billed], *, by_webhook: bool
) -> None:
    house.fal.plan_all(declined(units))
    await send(house, 4)
    await (deliver(house, house.base) if by_webhook else house.poll())
    assert set(await house.states()) == {JobState.FAILED}
    assert await books(house) == [line] * 4
    assert [job.failure_code for job in await house.all_jobs()] == ["CONTENT_POLICY"] * 4


@pytest.mark.parametrize(
    "said",
    [
        Completion(refusal="I will not."),
        Completion(finish_reason="content_filter"),
        Completion(finish_reason="length"),
    ],
    ids=["refusal", "filter", "cut off"],
)
async def test_an_answer_of_no_use_costs_what_it_says(house: House, said: Completion) -> None:
    house.openrouter.say(said)
    await house.use_cases.analyses.request(house.owner, house.image_id, AnalysisWanted())
    await house.settle()
    assert house.openrouter.charged
    assert await house.states() == [JobState.FAILED]
    charged = round(house.openrouter.charged * 1_000_000)
    assert await books(house) == [(Entry.SETTLE, charged, Billed.YES)]


@pytest.mark.parametrize(
    ("upstream", "amount", "exactness"),
    [(0.0123, 12_300, Exactness.EXACT), (None, 7_875, Exactness.ESTIMATE)],
)
async def test_what_is_charged_to_ones_own_key_upstream_is_part_of_the_cost(
    house: House, upstream: float | None, amount: int, exactness: Exactness
) -> None:
    usage = {"cost": 0.0, "is_byok": True, "cost_details": {"upstream_inference_cost": upstream}}
    house.openrouter.say(Completion(usage=usage))
    await house.use_cases.analyses.request(house.owner, house.image_id, AnalysisWanted())
    await house.settle()
    assert await house.states() == [JobState.SUCCEEDED]
    async with house.database.read() as connection:
        line = (await connection.execute(select(LedgerRow).where(LedgerRow.closes))).one()
    assert (line.amount_micros, line.exactness) == (amount, exactness)
    assert ("your own key upstream" in line.price_source) is (upstream is not None)
