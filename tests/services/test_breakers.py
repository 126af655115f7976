"""A provider that keeps failing is left alone, tried again by one request, and trusted again."""

import asyncio
import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, event, update

from graphapi.container.use_cases import make_steps
from graphapi.domain.breakers import THRESHOLD, TRIAL_FOR
from graphapi.domain.failures import JobErrorCode, WhoActs
from graphapi.domain.jobs import TERMINAL, Billed, JobState
from graphapi.domain.outages import ProviderOutage
from graphapi.persistence.records import AnyRow
from graphapi.persistence.tables import JobRow
from graphapi.ports.doorbell import Bell, Step
from graphapi.services.breakers import Breakers
from tests.emulators.fal import Fault, Operation, Outcome, model_failure
from tests.services.house import House

FAL_EDIT = "fal-ai/nano-banana-pro/edit"
OUT_OF_ORDER = Fault(status=500, body="down")
# The emulator notes only the posts that it has taken.
TAKEN_AND_LOST = replace(OUT_OF_ORDER, accept=True)
NO_KEY = Fault(status=401, body={"detail": "Unauthorized"})
NO_MONEY = Fault(status=403, body={"detail": "User is locked. Reason: Exhausted balance."})


async def prepared(house: House, count: int) -> list[str]:
    """Ask for variations and prepare their source; nothing is sent yet."""
    job_ids = await house.ask(count)
    await house.perform(Bell(Step.PREPARE, job_ids[0]))
    house.heard.forget()
    return job_ids


async def submit(house: House, *job_ids: str) -> list[AnyRow]:
    for job_id in job_ids:
        await house.perform(Bell(Step.SUBMIT, job_id))
    return [await house.job(job_id) for job_id in job_ids]


async def alter(house: House, job_id: str, **values: object) -> None:
    async with house.database.write() as unit:
        await unit.connection.execute(update(JobRow).where(JobRow.id == job_id).values(**values))


async def until_ended(house: House, *job_ids: str) -> list[JobState]:
    """Work, the clock standing still, until these have ended, whatever the others do."""
    async with asyncio.timeout(20):
        while True:
            house.heard.bells.extend(await house.sweeping.sweep())
            await house.answer_bells()
            await house.poll()
            states = [(await house.job(job_id)).state for job_id in job_ids]
            if TERMINAL.issuperset(states):
                return states


async def outage(house: House, model: str = "") -> ProviderOutage | None:
    """Ask as another process would: one that has heard of nothing yet."""
    other = Breakers(house.database, house.clock)
    return (await other.outages()).get(("fal", model))


async def broken(house: House, count: int) -> tuple[ProviderOutage, list[str]]:
    """Break the provider, and let it be found out; answers the jobs that are not sent."""
    house.fal.disturb_always(Operation.HISTORY, OUT_OF_ORDER)
    house.fal.disturb_always(Operation.SUBMIT, TAKEN_AND_LOST)
    first, rest = THRESHOLD, count
    job_ids = await prepared(house, first + rest)
    sent = await submit(house, *job_ids[:first])
    assert {job.state for job in sent} == {JobState.SUBMIT_UNKNOWN}
    found = await outage(house)
    assert found is not None
    return found, job_ids[first:]


async def test_after_failures_in_a_row_nothing_more_is_sent_or_spent(house: House) -> None:
    found, (waiting, other) = await broken(house, 2)
    posts = len(house.fal.ledger.posts)
    for job in await submit(house, waiting, other):
        assert (job.state, job.billed, job.tries) == (JobState.QUEUED, Billed.NO, 0)
        assert job.next_at == found.breaker.retry_at
        image = await house.image(job.image_id)
        assert image.standing.stage_message == found.stage_message
    assert re.search(r"fal cannot be reached.* at \d\d:\d\d:\d\d UTC$", found.stage_message)
    assert found.failure.remedy.who_acts is WhoActs.PROVIDER
    assert found.breaker.since == house.clock.now()
    assert len(house.fal.ledger.posts) == posts


async def test_what_it_waits_for_stays_told_until_the_outage_is_over(house: House) -> None:
    found, waiting = await broken(house, 3)
    held = await submit(house, *waiting)
    house.clock.turn(seconds=5)
    await house.sweeping.tell_positions()
    for before in held:
        job = await house.job(before.id)
        assert (job.stage_message, job.queue_position) == (found.stage_message, None)
        assert job.version == before.version


async def test_it_waits_no_longer_than_its_deadline(house: House) -> None:
    _, (waiting,) = await broken(house, 1)
    await submit(house, waiting)
    house.clock.turn(hours=1, seconds=1)
    await house.sweep()
    job = await house.job(waiting)
    assert (job.state, job.failure_code) == (JobState.FAILED, JobErrorCode.TIMED_OUT)
    assert job.billed is Billed.NO
    assert len(house.fal.ledger.posts) == THRESHOLD


async def test_one_is_let_through_to_try_and_its_success_lets_all_through(house: House) -> None:
    _, waiting = await broken(house, 3)
    await submit(house, *waiting)
    house.fal.disturb_always(Operation.SUBMIT, None)
    house.clock.turn(seconds=5)
    held = house.hold(Operation.SUBMIT)
    trial, *others = waiting
    trying = asyncio.create_task(submit(house, trial))
    await held.arrived.wait()
    for job in await submit(house, *others):
        assert (job.state, job.next_at) == (JobState.QUEUED, house.clock.now() + TRIAL_FOR)
        assert "One request is trying it now" in job.stage_message
    assert len(house.fal.ledger.posts) == THRESHOLD + 1
    held.let_go.set()
    await trying
    assert (await house.job(trial)).state is JobState.SUBMITTED
    assert await outage(house) is None
    assert await until_ended(house, *waiting) == [JobState.SUCCEEDED] * 3


async def test_a_trial_that_fails_opens_it_for_longer(house: House) -> None:
    found, waiting = await broken(house, 3)
    pauses = []
    for trial in waiting:
        assert found.breaker.retry_at is not None
        pauses.append((found.breaker.retry_at - house.clock.now()).total_seconds())
        house.clock.turn(seconds=pauses[-1])
        await submit(house, trial)
        again = await outage(house)
        assert again is not None
        found = again
    for seconds, whole in zip(pauses, (5, 10, 20), strict=True):
        assert 0.8 * whole <= seconds <= whole
    assert found.breaker.since < house.clock.now() - timedelta(seconds=20)
    assert len(house.fal.ledger.posts) == THRESHOLD + 3


async def test_those_who_wait_hear_of_the_next_try_once_a_trial_has_failed(house: House) -> None:
    _, (trial, waiting) = await broken(house, 2)
    house.clock.turn(seconds=5)
    house.fal.disturb(Operation.SUBMIT, replace(TAKEN_AND_LOST, delay=0.3))
    trying = asyncio.create_task(submit(house, trial))
    await house.until(trial, JobState.SUBMITTING)
    (job,) = await submit(house, waiting)
    assert job.next_at == house.clock.now() + TRIAL_FOR
    await trying
    again = await outage(house)
    assert again is not None
    (job,) = await submit(house, waiting)
    assert (job.next_at, job.stage_message) == (again.breaker.retry_at, again.stage_message)


@pytest.mark.parametrize(
    ("fault", "code", "words"),
    [
        (NO_KEY, JobErrorCode.PROVIDER_CREDENTIALS, "its operator must set"),
        (NO_MONEY, JobErrorCode.INSUFFICIENT_BALANCE, "its operator must top it up"),
    ],
)
async def test_a_key_or_an_account_that_is_refused_stops_all_at_once(
    house: House, fault: Fault, code: JobErrorCode, words: str
) -> None:
    refused, waiting = await prepared(house, 2)
    house.fal.disturb_always(Operation.SUBMIT, fault)
    first, second = await submit(house, refused, waiting)
    assert (first.state, first.failure_code) == (JobState.FAILED, code)
    assert second.state is JobState.QUEUED
    assert words in second.stage_message
    found = await outage(house)
    assert found is not None
    assert found.failure.remedy.who_acts is WhoActs.OPERATOR
    assert (second.intended_at, house.fal.ledger.accepted) == (None, [])


async def test_new_requests_are_taken_and_wait_before_their_source_is_sent(house: House) -> None:
    _, _ = await broken(house, 1)
    house.fal.disturb_always(Operation.SUBMIT, None)
    uploads = len(house.fal.ledger.uploads)
    house.image_id = (await house.furnish(title="Another")).id
    (later,) = await house.ask(1)
    await house.perform(Bell(Step.PREPARE, later))
    job = await house.job(later)
    assert (job.state, job.prepared_at) == (JobState.QUEUED, None)
    assert "Nothing is sent" in job.stage_message
    assert len(house.fal.ledger.uploads) == uploads
    house.clock.turn(seconds=5)
    assert await until_ended(house, later) == [JobState.SUCCEEDED]
    assert await outage(house) is None


async def test_uploads_that_fail_count_and_none_is_tried_meanwhile(house: House) -> None:
    for operation in (Operation.TOKEN, Operation.INITIATE, Operation.UPLOAD):
        house.fal.disturb_always(operation, OUT_OF_ORDER)
    (job_id,) = await house.ask(1)
    for _ in range(THRESHOLD):
        assert await outage(house) is None
        await house.perform(Bell(Step.PREPARE, job_id))
        house.clock.turn(seconds=40)
    found = await outage(house)
    assert found is not None
    assert found.breaker.strikes == THRESHOLD


async def failing_work(house: House, spare: int) -> list[str]:
    """Let a model fail at all that it takes; answers jobs that are prepared and not yet sent."""
    house.fal.plan_all(model_failure("internal_server_error", 500))
    job_ids = await prepared(house, THRESHOLD + spare)
    await submit(house, *job_ids[:THRESHOLD])
    while await house.polling.submitted():
        await house.poll()
    return job_ids[THRESHOLD:]


async def test_a_model_that_fails_at_what_it_takes_is_left_alone_and_no_other(
    house: House,
) -> None:
    same, other = await failing_work(house, 2)
    assert await outage(house) is None
    found = await outage(house, FAL_EDIT)
    assert found is not None
    assert (found.model, found.failure.code) == (FAL_EDIT, JobErrorCode.PROVIDER_FAILED)
    posts = len(house.fal.ledger.posts)
    await alter(house, other, model="fal-ai/nano-banana/edit", next_at=house.clock.now())
    first, second = await submit(house, same, other)
    assert (first.state, second.state) == (JobState.QUEUED, JobState.SUBMITTED)
    assert "fails at them" in first.stage_message
    assert len(house.fal.ledger.posts) == posts + 1


async def test_a_models_trial_lasts_until_its_request_has_ended(house: House) -> None:
    trial, waiting = await failing_work(house, 2)
    house.fal.plan_all(Outcome())
    house.clock.turn(seconds=5)
    first, second = await submit(house, trial, waiting)
    assert (first.state, second.state) == (JobState.SUBMITTED, JobState.QUEUED)
    assert await outage(house, FAL_EDIT) is not None
    assert await until_ended(house, trial, waiting) == [JobState.SUCCEEDED] * 2
    assert await outage(house, FAL_EDIT) is None


async def test_what_a_person_or_the_model_itself_refuses_is_no_failure(house: House) -> None:
    house.fal.plan_all(model_failure("content_policy_violation"))
    job_ids = await prepared(house, 2 * THRESHOLD)
    await submit(house, *job_ids)
    while await house.polling.submitted():
        await house.poll()
    refused = Fault(status=422, body={"detail": [{"loc": [], "msg": "No", "type": "value_error"}]})
    house.fal.disturb_always(Operation.SUBMIT, refused)
    await submit(house, *await prepared(house, 2 * THRESHOLD))
    assert {job.state for job in await house.all_jobs()} == {JobState.FAILED}
    assert await Breakers(house.database, house.clock).outages() == {}


async def test_every_process_sees_what_one_has_found_out(house: House) -> None:
    _, (waiting,) = await broken(house, 1)
    elsewhere = replace(house.base, breakers=Breakers(house.database, house.clock))
    steps = make_steps(elsewhere, "wrk_other")
    posts = len(house.fal.ledger.posts)
    await steps[Step.SUBMIT](waiting)
    job = await house.job(waiting)
    assert (job.state, len(house.fal.ledger.posts)) == (JobState.QUEUED, posts)
    assert "cannot be reached" in job.stage_message


async def test_a_success_between_failures_begins_the_row_anew(house: House) -> None:
    house.fal.disturb_always(Operation.HISTORY, OUT_OF_ORDER)
    for _ in range(3):
        house.fal.disturb(Operation.SUBMIT, *[TAKEN_AND_LOST] * (THRESHOLD - 1), None)
        await submit(house, *await prepared(house, THRESHOLD))
        assert await outage(house) is None
    assert len(house.fal.ledger.posts) == 3 * THRESHOLD


async def test_a_trial_of_which_nobody_hears_again_is_followed_by_another(house: House) -> None:
    _, (trial, waiting) = await broken(house, 2)
    house.clock.turn(seconds=5)
    async with house.database.write() as unit:
        await house.base.breakers.try_with(unit, await house.job(trial))  # and its process dies
    house.fal.disturb_always(Operation.SUBMIT, None)
    assert (await submit(house, waiting))[0].state is JobState.QUEUED
    house.clock.turn(seconds=TRIAL_FOR.total_seconds())
    assert (await submit(house, waiting))[0].state is JobState.SUBMITTED
    assert await outage(house) is None


async def test_a_trial_that_comes_back_unsent_lets_the_next_one_try(house: House) -> None:
    await failing_work(house, 0)
    trial, waiting = await prepared(house, 2)
    house.clock.turn(seconds=5)
    await house.perform(Bell(Step.PREPARE, trial))
    house.fal.disturb(Operation.SUBMIT, Fault(status=429, body={"detail": "Busy"}))
    first, second = await submit(house, trial, waiting)
    assert (first.state, first.tries, second.state) == (JobState.QUEUED, 1, JobState.SUBMITTED)


async def test_while_all_is_well_the_database_is_asked_once_a_second_at_most(house: House) -> None:
    asked: list[str] = []

    def note(*arguments: Any) -> None:
        if "breakers" in arguments[2]:
            asked.append(arguments[2])

    event.listen(Engine, "before_cursor_execute", note)
    try:
        await house.ask(12)
        await house.settle()
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    assert set(await house.states()) == {JobState.SUCCEEDED}
    assert len(asked) == 1  # the clock stands still
