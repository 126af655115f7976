"""A request that says when it expires."""

from datetime import timedelta

from graphapi.domain.failures import JobErrorCode
from graphapi.domain.jobs import JobState
from tests.services.house import House


async def test_a_request_ends_when_its_own_time_is_up(house: House) -> None:
    house.fal.seconds = 60
    (job_id,) = await house.ask(1, expires_after=90)
    job = await house.job(job_id)
    assert job.deadline_at - job.created_at == timedelta(seconds=90)
    await house.answer_bells()
    patience = float(house.fal.ledger.posts[0].headers["x-fal-request-timeout"])
    assert patience <= 90, "the provider is told not to begin any later"
    house.clock.turn(seconds=89)
    await house.poll()
    assert (await house.job(job_id)).state is JobState.SUBMITTED
    house.clock.turn(seconds=2)
    await house.poll()
    job = await house.job(job_id)
    assert (job.state, job.failure_code) == (JobState.FAILED, JobErrorCode.RESULT_LOST)


async def test_what_never_had_its_turn_expires_unspent(house: House) -> None:
    (job_id,) = await house.ask(1, expires_after=10)
    house.clock.turn(seconds=11)
    await house.sweep()
    job = await house.job(job_id)
    assert (job.state, job.failure_code) == (JobState.FAILED, JobErrorCode.TIMED_OUT)
    assert house.fal.ledger.posts == []
