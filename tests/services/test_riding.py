"""Several pictures of one request: sent and paid once, and each with a life of its own after."""

import asyncio
import json
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import Engine, event, select

from graphapi.container.use_cases import make_steps, make_use_cases
from graphapi.domain.attempts import RecoveryOutcome
from graphapi.domain.failures import JobErrorCode
from graphapi.domain.images import AiStatus
from graphapi.domain.jobs import Billed, JobState
from graphapi.domain.ledger import Entry
from graphapi.persistence import riding
from graphapi.persistence.tables import BreakerRow
from graphapi.ports.doorbell import Bell, Step
from graphapi.services.histories import Histories
from graphapi.services.requests import PicturesWanted
from graphapi.services.retrying import RetryWanted
from tests.emulators.fal import Fault, Manner, Operation, Outcome, model_failure
from tests.emulators.fal.webhooks import message_of
from tests.services.house import WORKER, House
from tests.services.mortal import Killed, Mortal
from tests.services.rides import (
    DOWN,
    EACH,
    LOST,
    MODEL,
    ask,
    books,
    give_up,
    jobs_of,
    sent,
    settled,
    states,
    step,
)


async def test_four_pictures_are_one_request_and_one_bill(house: House) -> None:
    made = await ask(house)
    assert made.quote.total.micros == 4 * EACH
    await house.settle()
    (body,) = sent(house)
    assert body["num_images"] == 4
    rows = await jobs_of(house, made.images)
    assert [job.place for job in rows] == [0, 1, 2, 3]
    assert {job.seed for job in rows} == {body["seed"]}
    assert {job.request_id for job in rows} == {house.fal.ledger.accepted[0].request_id}
    assert [job.billable_units for job in rows] == [1.0] * 4
    done = [await house.image(image.id) for image in made.images]
    assert {image.standing.ai_status for image in done} == {AiStatus.COMPLETED}
    assert len({image.picture.sha256 for image in done if image.picture}) == 4
    assert len(set(house.fal.ledger.media)) == 4
    assert await books(house) == [(Entry.SETTLE, EACH, Billed.YES)] * 4


async def test_seven_pictures_are_two_requests_for_four_and_three(house: House) -> None:
    made = await ask(house, 7)
    await house.settle()
    assert sorted(body["num_images"] for body in sent(house)) == [3, 4]
    assert len({body["seed"] for body in sent(house)}) == 2
    assert await states(house, made) == [JobState.SUCCEEDED] * 7
    assert await settled(house) == 7 * EACH


async def test_an_edit_prepares_its_source_once_and_sends_one_request(house: House) -> None:
    wanted = PicturesWanted(f"{MODEL}/edit", "At night.", count=3, image_ids=(house.image_id,))
    made = await house.use_cases.picturing.request(house.owner, "editImage", wanted)
    await house.answer_bells()
    assert await states(house, made) == [JobState.SUBMITTED] * 3
    await house.settle()
    (body,) = sent(house)
    assert (body["num_images"], len(house.fal.ledger.uploads)) == (3, 1)
    assert (await house.image()).standing.stage_message == "3 of 3 variations completed"


async def test_where_fewer_pictures_come_the_others_fail_unpaid_and_are_made_alone(
    house: House,
) -> None:
    house.fal.plan(0, Outcome(images=3))
    made = await ask(house, seed=5)
    await house.settle()
    *there, missing = await jobs_of(house, made.images)
    assert [job.state for job in there] == [JobState.SUCCEEDED] * 3
    assert (missing.state, missing.billed) == (JobState.FAILED, Billed.NO)
    assert missing.failure_code is JobErrorCode.PICTURE_MISSING
    assert "made 3 of the 4" in missing.failure_message
    assert "retryFailed" in missing.failure_message
    assert await settled(house) == 3 * EACH
    assert (await books(house))[-1] == (Entry.RELEASE, EACH, Billed.NO)
    sought = await house.use_cases.recovering.recover(house.owner, missing.image_id)
    assert sought.outcome is RecoveryOutcome.NOTHING_FOUND
    retried = await house.use_cases.retrying.retry_failed(
        house.owner, RetryWanted(made.generation.id)
    )
    assert [image.id for image in retried.variations] == [missing.image_id]
    await house.settle()
    assert [body["num_images"] for body in sent(house)] == [4, 1]
    first, again = [body["seed"] for body in sent(house)]
    assert first == 5
    assert again not in range(5, 5 + 12)  # else it might make what another request has made
    assert (await house.image(missing.image_id)).standing.ai_status is AiStatus.COMPLETED
    told = await house.use_cases.images.normalised(house.owner, [missing.image_id])
    notes = {note.parameter: note for note in told[missing.image_id]}
    assert (notes["numImages"].sent, notes["seed"].sent) == (1, again)


async def test_where_more_pictures_come_they_are_paid_for_and_said(house: House) -> None:
    house.fal.plan(0, Outcome(images=6))
    made = await ask(house)
    await house.settle()
    assert await states(house, made) == [JobState.SUCCEEDED] * 4
    assert await settled(house) == 6 * EACH
    leader = (await jobs_of(house, made.images))[0]
    told = await Histories(house.database).explain(leader.id)
    assert any("6 pictures came, and 4 were asked for" in line for line in told)
    assert any("number 1 of 4 pictures of one request" in line for line in told)
    assert len(leader.result["images"]) == 6


async def test_a_failed_request_fails_all_its_pictures_and_counts_once(house: House) -> None:
    house.fal.plan(0, model_failure("internal_server_error", 500))
    made = await ask(house)
    await house.settle()
    rows = await jobs_of(house, made.images)
    assert {(job.state, job.billed) for job in rows} == {(JobState.FAILED, Billed.NO)}
    async with house.database.read() as connection:
        strikes = (await connection.execute(select(BreakerRow.strikes))).scalars().all()
    assert strikes == [1]
    assert await books(house) == [(Entry.RELEASE, EACH, Billed.NO)] * 4


async def test_a_request_that_is_declined_may_have_been_charged_for_each(house: House) -> None:
    house.fal.plan(0, model_failure("content_policy_violation"))
    await ask(house)
    await house.settle()
    assert await books(house) == [(Entry.SETTLE, EACH, Billed.UNKNOWN)] * 4


async def test_a_refused_request_fails_all_its_pictures_unspent(house: House) -> None:
    house.fal.disturb(Operation.SUBMIT, Fault(status=422, body={"detail": "No"}))
    made = await ask(house)
    await house.settle()
    assert {(j.state, j.billed) for j in await jobs_of(house, made.images)} == {
        (JobState.FAILED, Billed.NO)
    }
    assert await books(house) == [(Entry.RELEASE, EACH, Billed.NO)] * 4


async def test_a_request_that_was_not_taken_waits_and_goes_out_whole(house: House) -> None:
    house.fal.disturb(Operation.SUBMIT, Fault(status=429, body={"detail": "Busy"}))
    made = await ask(house)
    await house.answer_bells()
    rows = await jobs_of(house, made.images)
    assert {job.state for job in rows} == {JobState.QUEUED}
    assert len({(job.stage_message, job.next_at) for job in rows}) == 1
    house.clock.turn(minutes=1)
    await house.beat()
    await house.sweep()
    await house.settle()
    assert [body["num_images"] for body in sent(house)] == [4]


async def test_a_lost_answer_is_one_doubt_and_the_history_brings_all_back(house: House) -> None:
    house.fal.disturb(Operation.SUBMIT, LOST)
    made = await ask(house)
    await house.answer_bells()
    assert await states(house, made) == [JobState.SUBMIT_UNKNOWN] * 4
    house.clock.turn(seconds=31)
    await house.beat()
    leader = (await jobs_of(house, made.images))[0]
    assert await house.reconciling.look() == [leader.id]
    await house.settle()
    assert await states(house, made) == [JobState.SUCCEEDED] * 4
    assert len(house.fal.ledger.posts) == 1
    assert await settled(house) == 4 * EACH


@pytest.mark.parametrize("moments", range(1, 7))
async def test_a_worker_that_dies_sends_nothing_twice_and_loses_nothing(
    house: House, moments: int
) -> None:
    made = await ask(house)
    leader = (await jobs_of(house, made.images))[0]
    mortal = replace(house.base, database=Mortal(house.database, moments))
    with pytest.raises(Killed):
        await make_steps(mortal, "wrk_mortal")[Step.SUBMIT](leader.id)
    assert len({job.state for job in await jobs_of(house, made.images)}) == 1
    for seconds in (11, 31, 61):
        house.clock.turn(seconds=seconds)
        await house.beat()
        await house.sweep()
    if moments == 3:  # after the intent, before the call: nobody can know, and nobody sends it
        assert await states(house, made) == [JobState.SUBMIT_UNKNOWN] * 4
        await give_up(house)
        assert await states(house, made) == [JobState.FAILED] * 4
        assert sent(house) == []
        return
    await house.settle()
    assert await states(house, made) == [JobState.SUCCEEDED] * 4
    assert [body["num_images"] for body in sent(house)] == [4]


async def test_a_doubt_that_nothing_resolves_fails_them_all(house: House) -> None:
    house.fal.disturb(Operation.SUBMIT, Fault(drop=True))
    made = await ask(house)
    await house.answer_bells()
    await give_up(house)
    rows = await jobs_of(house, made.images)
    assert {(job.failure_code, job.billed) for job in rows} == {
        (JobErrorCode.SUBMIT_UNKNOWN, Billed.UNKNOWN)
    }


async def test_what_was_given_up_is_recovered_each_by_its_own_place(house: House) -> None:
    house.fal.disturb(Operation.SUBMIT, LOST)
    house.fal.disturb_always(Operation.HISTORY, DOWN)
    house.fal.plan(0, Outcome(images=3, units=6))
    made = await ask(house)
    await house.answer_bells()
    await give_up(house)
    assert await states(house, made) == [JobState.FAILED] * 4
    house.fal.disturb_always(Operation.HISTORY, None)
    # A rider first, and by the history; then the others, by the request's id.
    for number, outcome in (
        (2, RecoveryOutcome.RECOVERED),
        (0, RecoveryOutcome.RECOVERED),
        (3, RecoveryOutcome.NOTHING_FOUND),
        (1, RecoveryOutcome.RECOVERED),
    ):
        sought = await house.use_cases.recovering.recover(house.owner, made.images[number].id)
        assert sought.outcome is outcome
        await house.settle()
    done = [await house.image(image.id) for image in made.images]
    assert [image.standing.ai_status for image in done] == [
        *[AiStatus.COMPLETED] * 3,
        AiStatus.FAILED,
    ]
    assert len({image.picture.sha256 for image in done if image.picture}) == 3
    assert len(house.fal.ledger.posts) == 1
    # Six units among the three that came; of the last it never became known.
    assert await settled(house) == 7 * EACH


async def test_one_of_a_request_that_runs_on_is_followed_again_alone(house: House) -> None:
    house.fal.limit = 0
    made = await ask(house)
    await house.answer_bells()
    house.clock.turn(hours=1, minutes=1)
    await house.poll()
    assert await states(house, made) == [JobState.FAILED] * 4
    sought = await house.use_cases.recovering.recover(house.owner, made.images[1].id)
    assert sought.outcome is RecoveryOutcome.STILL_RUNNING
    house.fal.limit = None
    await ask(house, 1)  # another one gets its queue going
    await house.settle()
    assert await states(house, made) == [
        JobState.FAILED,
        JobState.SUCCEEDED,
        JobState.FAILED,
        JobState.FAILED,
    ]
    # Its own part of the bill, and no more, settles the attempt that it took in.
    entries = await books(house)
    assert entries[1] == (Entry.SETTLE, EACH, Billed.YES)


async def test_a_webhook_before_the_answer_brings_all_pictures(house: House) -> None:
    told = replace(
        house.base,
        settings=house.base.settings.model_copy(update={"public_url": "http://127.0.0.1:9"}),
    )
    house.fal.courier.manner = Manner(silent=True)
    house.fal.plan(0, Outcome(images=3))
    made = await ask(house)
    leader = (await jobs_of(house, made.images))[0]
    held = house.hold(Operation.SUBMIT)
    sending = asyncio.create_task(step(make_steps(told, WORKER)[Step.SUBMIT], leader.id))
    await held.arrived.wait()
    async with asyncio.timeout(5):
        while house.fal.jobs[0].answer is None:  # noqa: ASYNC110 - an emulator tells nobody
            await asyncio.sleep(0.002)
    (job,) = house.fal.jobs
    body = json.dumps(message_of(job, Manner())).encode()
    headers = house.fal.courier.signed(job.request_id, body)
    token = (job.webhook or "").rpartition("/")[2]
    deliveries = make_use_cases(told).deliveries
    for _ in range(2):
        await deliveries.receive("fal", token, headers, body)
    held.let_go.set()
    await sending
    assert await states(house, made) == [JobState.RESULT_READY] * 3 + [JobState.FAILED]
    await house.settle()
    assert await states(house, made) == [JobState.SUCCEEDED] * 3 + [JobState.FAILED]
    assert len(house.fal.ledger.posts) == 1
    assert await settled(house) == 3 * EACH


async def test_a_picture_that_cannot_be_saved_takes_no_other_with_it(house: House) -> None:
    made = await ask(house, 2)
    await house.answer_bells()
    while JobState.SUBMITTED in await states(house, made):
        await house.poll()
    await house.listen()
    first, second = await jobs_of(house, made.images)
    house.fal.disturb_always(Operation.MEDIA, Fault(status=404, body="gone"))
    await house.perform(Bell(Step.FINALISE, first.id))
    house.clock.turn(hours=1, minutes=1)
    await house.perform(Bell(Step.FINALISE, first.id))
    house.fal.disturb_always(Operation.MEDIA, None)
    await house.beat()
    await house.perform(Bell(Step.FINALISE, second.id))
    assert await states(house, made) == [JobState.FAILED, JobState.SUCCEEDED]


async def test_pictures_inside_the_answer_are_told_apart(house: House) -> None:
    made = await ask(house, 3, syncMode=True)
    await house.settle()
    done = [await house.image(image.id) for image in made.images]
    assert len({image.picture.sha256 for image in done if image.picture}) == 3


async def test_a_request_takes_one_slot_and_one_place_in_line(house: House) -> None:
    made = await ask(house, 6)
    await house.sweeping.tell_positions()
    rows = await jobs_of(house, made.images)
    assert [job.queue_position for job in rows] == [0] * 4 + [1] * 2
    async with house.database.write() as unit:
        riders = await riding.riders_of(unit.connection, rows[0].id)
        asked = await riding.gather(unit, rows[0], riders, "num_images")
    assert asked["pictures"] == 4
    await house.listen()
    house.heard.forget()
    bells = await house.sweeping.sweep()
    assert [bell.job_id for bell in bells] == [rows[0].id, rows[4].id]


async def test_a_bell_for_a_rider_sends_nothing(house: House) -> None:
    made = await ask(house, 2)
    await house.listen()
    house.heard.forget()
    rider = (await jobs_of(house, made.images))[1]
    await house.perform(Bell(Step.SUBMIT, rider.id))
    assert sent(house) == []
    await house.sweep()
    await house.settle()
    assert [body["num_images"] for body in sent(house)] == [2]


async def test_whoever_is_alone_asks_the_database_nothing_of_others(house: House) -> None:
    asked: list[str] = []

    def note(*arguments: Any) -> None:
        if "rides_with =" in arguments[2]:
            asked.append(arguments[2])

    event.listen(Engine, "before_cursor_execute", note)
    try:
        await house.ask(3)
        await ask(house, 1)
        await house.settle()
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    assert set(await house.states()) == {JobState.SUCCEEDED}
    assert asked == []
