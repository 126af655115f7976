"""Waiting for results and taking them in: every step may be done again, nothing paid is lost."""

import asyncio

import pytest

from graphapi.domain.attempts import RecoveryOutcome
from graphapi.domain.failures import JobErrorCode
from graphapi.domain.images import AiStatus, Author
from graphapi.domain.jobs import Billed, JobState, Stage
from graphapi.persistence.records import AnyRow
from graphapi.ports.doorbell import Bell, Step
from tests.emulators.fal import (
    Fault,
    Operation,
    Outcome,
    model_failure,
    platform_failure,
)
from tests.services.house import House

GONE = Fault(status=404, body="<html>gone</html>")


async def submitted(house: House, count: int = 1, **wanted: object) -> list[str]:
    """Bring variations to the provider."""
    job_ids = await house.ask(count, **wanted)
    await house.answer_bells()
    return job_ids


async def ready(house: House) -> str:
    """Bring one variation's result to where it can be fetched; nobody has been rung yet."""
    (job_id,) = await submitted(house)
    while (await house.job(job_id)).state is JobState.SUBMITTED:
        await house.poll()
    await house.listen()
    house.heard.forget()
    return job_id


async def finalise(house: House, job_id: str) -> AnyRow:
    await house.perform(Bell(Step.FINALISE, job_id))
    return await house.job(job_id)


async def test_stages_places_and_log_lines_of_the_provider_are_shown(house: House) -> None:
    house.fal.limit = 1
    house.fal.plan_all(Outcome(seconds=60, logs=("Warming up", "Drawing")))
    job_ids = await submitted(house, 3)
    await house.poll()
    seen = [(await house.image((await house.job(each)).image_id)).standing for each in job_ids]
    assert [each.stage for each in seen] == [
        Stage.PROVIDER_RUNNING,
        Stage.PROVIDER_QUEUED,
        Stage.PROVIDER_QUEUED,
    ]
    assert [each.queue_position for each in seen] == [None, 0, 1]
    assert seen[0].stage_message == "Drawing"
    assert seen[1].stage_message == "Next in the provider's queue"
    assert {each.ai_status for each in seen} == {AiStatus.PROCESSING}
    assert {each.progress for each in seen} == {None}


async def test_what_is_no_news_is_not_written(house: House) -> None:
    house.fal.plan_all(Outcome(seconds=60))
    (job_id,) = await submitted(house)
    await house.poll()
    before = await house.job(job_id)
    await house.poll()
    await house.poll()
    assert await house.job(job_id) == before


async def test_a_result_is_noted_with_what_it_cost_before_it_is_fetched(house: House) -> None:
    (job_id,) = await submitted(house)
    while (await house.job(job_id)).state is JobState.SUBMITTED:
        await house.poll()
    job = await house.job(job_id)
    assert (job.state, job.billed) == (JobState.RESULT_READY, Billed.YES)
    assert job.result["images"][0]["url"].startswith("http")
    await house.listen()
    assert Bell(Step.FINALISE, job_id) in house.heard.bells


async def test_taking_in_twice_at_once_makes_one_picture(house: House) -> None:
    job_id = await ready(house)
    fetched = len(house.fal.ledger.media)
    await asyncio.gather(*(finalise(house, job_id) for _ in range(4)))
    await finalise(house, job_id)
    job, child = await house.job(job_id), (await house.children())[0]
    assert job.state is JobState.SUCCEEDED
    assert child.picture is not None
    assert (child.standing.stage, child.standing.progress) == (Stage.DONE, 1.0)
    assert len(house.fal.ledger.media) == fetched + 1


async def test_a_finaliser_that_was_given_up_changes_nothing_when_it_comes_back(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    job_id = await ready(house)
    held = house.hold(Operation.MEDIA)
    late = asyncio.create_task(house.perform(Bell(Step.FINALISE, job_id)))
    await held.arrived.wait()
    house.clock.turn(seconds=10)  # nobody has heard of it for so long
    assert (await finalise(house, job_id)).state is JobState.SUCCEEDED
    (before,) = await house.children()
    held.let_go.set()
    await late
    (after,) = await house.children()
    assert after == before
    assert "broke off" not in caplog.text, "being late is no defect"


@pytest.mark.parametrize("wait", [0.0, 0.05, 0.15, 0.4])
async def test_a_process_that_dies_while_taking_in_leaves_it_to_the_next(
    house: House, wait: float
) -> None:
    job_id = await ready(house)
    house.fal.disturb(Operation.MEDIA, Fault(delay=0.1))
    dying = asyncio.create_task(house.perform(Bell(Step.FINALISE, job_id)))
    await asyncio.sleep(wait)
    dying.cancel()
    await asyncio.gather(dying, return_exceptions=True)
    house.clock.turn(seconds=10)  # nobody has heard of it for so long
    assert (await finalise(house, job_id)).state is JobState.SUCCEEDED
    (child,) = await house.children()
    assert child.picture is not None
    assert await house.base.storage.get(child.picture.key)
    assert len(house.fal.ledger.accepted) == 1


async def test_a_link_that_dies_and_comes_back_loses_nothing(house: House) -> None:
    job_id = await ready(house)
    house.fal.disturb(Operation.MEDIA, *[GONE] * 5)
    for _ in range(5):
        job = await finalise(house, job_id)
        assert (job.state, job.claimed_by) == (JobState.RESULT_READY, None)
        assert job.next_at > house.clock.now()
        house.clock.turn(minutes=1)
    assert (await finalise(house, job_id)).state is JobState.SUCCEEDED


async def test_a_link_that_comes_back_is_used_though_the_provider_has_forgotten(
    house: House,
) -> None:
    job_id = await ready(house)
    house.fal.disturb(Operation.MEDIA, GONE)
    await finalise(house, job_id)
    house.fal.forget((await house.job(job_id)).request_id)
    house.clock.turn(minutes=1)
    assert (await finalise(house, job_id)).state is JobState.SUCCEEDED


async def test_a_link_that_stays_dead_ends_at_the_deadline_with_its_address_kept(
    house: House,
) -> None:
    job_id = await ready(house)
    house.fal.disturb_always(Operation.MEDIA, GONE)
    for _ in range(15):
        house.clock.turn(minutes=5)
        await house.sweep()
        if (await house.job(job_id)).state is JobState.FAILED:
            break
    job = await house.job(job_id)
    assert (job.state, job.failure_code) == (JobState.FAILED, JobErrorCode.RESULT_LOST)
    assert (job.billed, bool(job.result["images"][0]["url"])) == (Billed.YES, True)
    assert job.finished_at - job.deadline_at < job.deadline_at - job.created_at


async def test_what_is_no_picture_is_given_up_after_half_a_minute(house: House) -> None:
    job_id = await ready(house)
    page = Fault(status=200, body="<html>Not a picture</html>")
    house.fal.disturb_always(Operation.MEDIA, page)
    started = house.clock.now()
    while (job := await finalise(house, job_id)).state is JobState.RESULT_READY:
        house.clock.turn(seconds=(job.next_at - house.clock.now()).total_seconds())
    assert job.failure_code is JobErrorCode.INVALID_OUTPUT
    assert 20 <= (house.clock.now() - started).total_seconds() <= 60
    assert (await house.children())[0].standing.ai_status is AiStatus.FAILED
    # What its failure says to do helps, once the address brings the picture.
    assert "`recoverVariation` fetches it once more" in job.failure_message
    recover = house.use_cases.recovering.recover
    for broken in (True, False):
        house.fal.disturb_always(Operation.MEDIA, page if broken else None)
        recovered = await recover(house.owner, job.image_id)
        assert recovered.outcome is RecoveryOutcome.RECOVERED
        adopting = (await house.job_of(job.image_id)).id
        while (await finalise(house, adopting)).state is JobState.RESULT_READY:
            house.clock.turn(minutes=1)
    assert (await house.children())[0].standing.ai_status is AiStatus.COMPLETED
    assert len(house.fal.ledger.accepted) == 1


async def test_tries_of_sending_do_not_count_against_a_bad_link(house: House) -> None:
    (job_id,) = await house.ask(1)
    busy = Fault(status=429, body={"detail": "Busy"})
    house.fal.disturb(Operation.SUBMIT, *[busy] * 6)
    for _ in range(7):
        await house.sweep()
        house.clock.turn(minutes=1)
    while (await house.job(job_id)).state is JobState.SUBMITTED:
        await house.poll()
    house.fal.disturb(Operation.MEDIA, Fault(status=200, body="<html>Wait</html>"))
    assert (await finalise(house, job_id)).state is JobState.RESULT_READY
    house.clock.turn(minutes=1)
    assert (await finalise(house, job_id)).state is JobState.SUCCEEDED


@pytest.mark.parametrize(
    ("outcome", "code"),
    [
        (model_failure("content_policy_violation", 422), JobErrorCode.CONTENT_POLICY),
        (platform_failure("internal_server_error", 500), JobErrorCode.PROVIDER_FAILED),
        (Outcome(images=0), JobErrorCode.INVALID_OUTPUT),
    ],
)
async def test_a_failure_at_the_provider_ends_the_variation_with_its_reason(
    house: House, outcome: Outcome, code: JobErrorCode
) -> None:
    house.fal.plan(0, outcome)
    failed, made = await submitted(house, 2)
    await house.settle()
    job = await house.job(failed)
    assert (job.state, job.failure_code) == (JobState.FAILED, code)
    assert (await house.job(made)).state is JobState.SUCCEEDED
    parent = await house.image()
    assert parent.standing.ai_status is AiStatus.COMPLETED
    assert parent.standing.stage_message == "1 of 2 variations completed"


async def test_an_outage_while_waiting_costs_only_time(house: House) -> None:
    (job_id,) = await submitted(house)
    house.fal.disturb(Operation.STATUS, Fault(status=502, body="<html>"), Fault(drop=True))
    await house.poll()
    await house.poll()
    assert (await house.job(job_id)).state is JobState.SUBMITTED
    await house.settle()
    assert await house.states() == [JobState.SUCCEEDED]


async def test_a_request_the_provider_never_finishes_ends_at_its_deadline(house: House) -> None:
    house.fal.plan_all(Outcome(seconds=600))
    (job_id,) = await submitted(house)
    await house.poll()
    house.clock.turn(hours=1)
    await house.poll()
    job = await house.job(job_id)
    assert (job.state, job.failure_code) == (JobState.FAILED, JobErrorCode.RESULT_LOST)
    assert (job.billed, bool(job.request_id)) == (Billed.UNKNOWN, True)


@pytest.mark.parametrize("operation", [Operation.STATUS, Operation.RESULT])
@pytest.mark.parametrize(
    "unknown", [Fault(404, {"status": "NOT_FOUND"}), Fault(503, {"detail": "no"})]
)
async def test_a_request_that_is_unknown_for_a_moment_is_not_lost(
    house: House, operation: Operation, unknown: Fault
) -> None:
    (job_id,) = await submitted(house)
    house.fal.disturb(operation, unknown)
    await house.settle()
    assert (await house.job(job_id)).state is JobState.SUCCEEDED


async def test_a_request_that_stays_unknown_is_lost(house: House) -> None:
    (job_id,) = await submitted(house)
    house.fal.disturb_always(Operation.STATUS, Fault(404, {"status": "NOT_FOUND"}))
    await house.poll()
    assert (await house.job(job_id)).state is JobState.SUBMITTED
    house.clock.turn(seconds=61)
    await house.poll()
    job = await house.job(job_id)
    assert (job.state, job.failure_code) == (JobState.FAILED, JobErrorCode.RESULT_LOST)


async def test_a_provider_that_is_away_for_good_ends_it_at_its_deadline(house: House) -> None:
    (job_id,) = await submitted(house)
    house.fal.disturb_always(Operation.STATUS, Fault(drop=True))
    await house.poll()
    house.clock.turn(hours=1)
    await house.poll()
    assert (await house.job(job_id)).failure_code is JobErrorCode.RESULT_LOST


async def test_a_deleted_variation_that_was_paid_for_is_kept(house: House) -> None:
    (job_id,) = await submitted(house)
    child = (await house.job(job_id)).image_id
    await house.use_cases.images.delete(house.owner, [child])
    await house.settle()
    assert (await house.job(job_id)).state is JobState.SUCCEEDED
    (status,) = await house.use_cases.statuses.of_images([child])
    assert status.image.deleted
    assert status.image.picture is not None


async def test_what_a_person_says_of_a_variation_while_it_is_made_stays_theirs(
    house: House,
) -> None:
    (job_id,) = await submitted(house)
    child = (await house.job(job_id)).image_id
    await house.use_cases.images.update(house.owner, child, {"title": "Mine"})
    await house.settle()
    image = await house.image(child)
    assert image.title == "Mine"
    assert image.authors == {"title": Author.PERSON, "colors": Author.PIXELS}


async def test_work_on_this_machine_goes_the_same_way(local_house: House) -> None:
    await local_house.ask(2)
    await local_house.settle()
    for child in await local_house.children():
        assert child.standing.ai_status is AiStatus.COMPLETED
        assert child.picture is not None
        assert (child.provider, child.model) == ("local", "local/reframe")
