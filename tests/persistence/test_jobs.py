"""Claims, slots, what is due, and the line in which jobs wait."""

import asyncio
from datetime import timedelta

import pytest

from graphapi.domain.jobs import JobState, Mover, Stage
from graphapi.persistence import jobs
from graphapi.persistence.records import AnyRow
from graphapi.ports.doorbell import Bell, Step
from graphapi.services.breakers import Breakers
from graphapi.services.sending import Sender
from tests.persistence.library import EYES, READY, SENT, Library

ANN, BOB = "wrk_ann", "wrk_bob"
MINUTE = timedelta(minutes=1)


async def claim(library: Library, job_id: str, worker: str = ANN) -> AnyRow | None:
    async with library.written() as unit:
        state = JobState.RESULT_READY
        return await jobs.claim(unit, job_id, state, worker, library.clock.now())


async def claim_source(library: Library, job_id: str, worker: str = ANN) -> AnyRow | None:
    async with library.written() as unit:
        return await jobs.claim_source(unit, job_id, worker, library.clock.now())


async def due(library: Library, limit: int = 100) -> list[Bell]:
    async with library.database.read() as connection:
        return await jobs.due(connection, library.clock.now(), limit)


async def places(library: Library, limit: int = 50) -> dict[str, int]:
    async with library.database.read() as connection:
        news = await jobs.queue_positions(connection, library.clock.now(), limit)
    return {job_id: ahead for job_id, _, ahead in news}


@pytest.fixture
async def ready(library: Library) -> str:
    """A job whose result is ready, and two workers that are alive."""
    (job_id,) = await library.ask_prepared(1)
    await library.move(job_id, *READY)
    await library.hire(ANN)
    await library.hire(BOB)
    return job_id


async def test_of_twenty_who_claim_at_once_one_wins(library: Library, ready: str) -> None:
    workers = [f"wrk_{number}" for number in range(20)]
    for worker in workers:
        await library.hire(worker)
    claims = await asyncio.gather(*(claim(library, ready, worker) for worker in workers))
    won = [row for row in claims if row is not None]
    assert len(won) == 1
    job = await library.job(ready)
    assert (
        (won[0].fence, won[0].claimed_by) == (job.fence, job.claimed_by) == (1, won[0].claimed_by)
    )


async def test_of_twenty_who_claim_a_source_at_once_one_wins_for_all(library: Library) -> None:
    job_ids = await library.ask(6)
    workers = [f"wrk_{number}" for number in range(20)]
    for worker in workers:
        await library.hire(worker)
    claims = await asyncio.gather(
        *(claim_source(library, job_ids[n % 6], worker) for n, worker in enumerate(workers))
    )
    assert sum(row is not None for row in claims) == 1
    assert len({(await library.job(job_id)).claimed_by for job_id in job_ids}) == 1


async def test_a_living_workers_claim_holds(library: Library, ready: str) -> None:
    assert await claim(library, ready) is not None
    assert await claim(library, ready, BOB) is None
    assert await claim(library, ready, ANN) is None
    assert await due(library) == []


async def test_a_dead_workers_claim_is_free_at_once_and_raises_the_fence(
    library: Library, ready: str
) -> None:
    assert await claim(library, ready, "wrk_dead") is not None
    assert await due(library) == [Bell(Step.FINALISE, ready)]
    again = await claim(library, ready, BOB)
    assert again is not None
    assert again.fence == 2


async def test_a_claim_older_than_any_step_is_free_though_its_worker_lives(
    library: Library, ready: str
) -> None:
    assert await claim(library, ready) is not None
    library.clock.turn(minutes=6)
    await library.hire(ANN)
    assert await due(library) == [Bell(Step.FINALISE, ready)]
    assert await claim(library, ready, BOB) is not None


async def test_a_released_job_waits_until_its_next_try(library: Library, ready: str) -> None:
    job = await claim(library, ready)
    assert job is not None
    async with library.written() as unit:
        await jobs.release(unit, job, library.clock.now() + MINUTE)
    assert (await library.job(ready)).tries == 1
    assert await due(library) == []
    assert await claim(library, ready, BOB) is None
    library.clock.turn(minutes=1)
    assert await due(library) == [Bell(Step.FINALISE, ready)]
    assert await claim(library, ready, BOB) is not None


async def test_who_was_overtaken_cannot_release(library: Library, ready: str) -> None:
    late = await claim(library, ready, "wrk_dead")
    await claim(library, ready, BOB)
    assert late is not None
    async with library.written() as unit:
        await jobs.release(unit, late, library.clock.now())
    assert (await library.job(ready)).claimed_by == BOB


async def test_a_source_is_claimed_with_all_who_wait_for_it_and_prepared_for_all(
    library: Library,
) -> None:
    await library.hire(ANN)
    job_ids = await library.ask(3)
    claimed = await claim_source(library, job_ids[1])
    assert claimed is not None
    assert await due(library) == []
    assert await claim_source(library, job_ids[0], BOB) is None
    (late,) = await library.ask(1)
    async with library.written() as unit:
        now = library.clock.now()
        assert await jobs.mark_prepared(unit, claimed, "https://cdn/1", now) == job_ids
    assert [bell.job_id for bell in await due(library)] == [*job_ids, late]
    assert {bell.step for bell in (await due(library))[:3]} == {Step.SUBMIT}
    # Who came later has a later deadline than the address was made for.
    assert (await library.job(late)).prepared_at is None


async def test_a_prepared_job_cannot_be_claimed_for_preparing_again(library: Library) -> None:
    (job_id,) = await library.ask_prepared(1)
    assert await claim_source(library, job_id) is None
    assert (await library.job(job_id)).claimed_by is None


async def test_the_claim_on_a_source_names_the_latest_deadline(library: Library) -> None:
    first, second = await library.ask(2)
    later = library.clock.now() + timedelta(hours=3)
    await library.set([second], deadline_at=later)
    claimed = await claim_source(library, first)
    assert claimed is not None
    assert claimed.deadline_at == later


async def test_a_source_that_failed_is_tried_again_by_nobody_before_its_time(
    library: Library,
) -> None:
    await library.hire(ANN)
    job_ids = await library.ask(3)
    claimed = await claim_source(library, job_ids[0])
    async with library.written() as unit:
        assert claimed is not None
        await jobs.release_source(unit, claimed, library.clock.now() + MINUTE)
    assert await due(library) == []
    assert await claim_source(library, job_ids[2], BOB) is None
    library.clock.turn(minutes=1)
    assert await claim_source(library, job_ids[2], BOB) is not None
    assert {(await library.job(job_id)).tries for job_id in job_ids} == {1}


async def test_nobody_claims_what_waits_for_an_analysis_or_has_ended(library: Library) -> None:
    analysis = await library.analyse()
    (waiting,) = await library.ask(1, waits_for=analysis)
    (ended,) = await library.ask(1)
    await library.move(ended, (JobState.CANCELLED, Mover.API))
    assert await claim_source(library, waiting) is None
    assert await claim_source(library, ended) is None
    assert await due(library) == [Bell(Step.ANALYSE, analysis)]


async def test_each_state_is_rung_for_its_own_step(library: Library) -> None:
    analysis = await library.analyse()
    (unprepared,) = await library.ask(1)
    (prepared,) = await library.ask_prepared(1)
    (ready,) = await library.ask_prepared(1)
    (sent,) = await library.ask_prepared(1)
    await library.move(ready, *READY)
    await library.move(sent, *SENT)
    assert await due(library) == [
        Bell(Step.ANALYSE, analysis),
        Bell(Step.PREPARE, unprepared),
        Bell(Step.SUBMIT, prepared),
        Bell(Step.FINALISE, ready),
    ]


async def test_a_long_line_hides_nothing_that_is_due_elsewhere(library: Library) -> None:
    line = await library.ask_prepared(9)
    analysis = await library.analyse()
    (ready,) = await library.ask_prepared(1)
    await library.move(ready, *READY)
    assert await due(library, limit=2) == [
        Bell(Step.SUBMIT, line[0]),
        Bell(Step.SUBMIT, line[1]),
        Bell(Step.ANALYSE, analysis),
        Bell(Step.FINALISE, ready),
    ]


async def test_abandoned_are_the_intents_of_dead_workers_alone(library: Library) -> None:
    await library.hire(ANN)
    mine, theirs = await library.ask_prepared(2)
    await library.move(mine, (JobState.SUBMITTING, Mover.SUBMITTER), claimed_by=ANN)
    await library.move(theirs, (JobState.SUBMITTING, Mover.SUBMITTER), claimed_by="wrk_dead")
    async with library.database.read() as connection:
        found = await jobs.abandoned(connection, library.clock.now())
    assert [job.id for job in found] == [theirs]


async def test_overdue_are_those_past_their_deadline_in_that_state(library: Library) -> None:
    first, second = await library.ask_prepared(2)
    await library.move(second, *SENT)
    library.clock.turn(minutes=61)
    async with library.database.read() as connection:
        found = await jobs.overdue(connection, JobState.QUEUED, library.clock.now())
    assert [job.id for job in found] == [first]


async def test_places_count_who_is_ahead_at_the_same_provider(library: Library) -> None:
    eyes = await library.analyse(), await library.analyse()
    line = await library.ask_prepared(3)
    assert await places(library) == {
        eyes[0]: 0, eyes[1]: 1, line[0]: 0, line[1]: 1, line[2]: 2
    }  # fmt: skip
    await library.set([line[0], line[1]], queue_position=0)
    await library.move(line[0], *SENT)
    assert line[1] not in await places(library)
    assert (await places(library))[line[2]] == 1
    assert await places(library, limit=1) == {eyes[0]: 0}


async def test_what_waits_for_something_else_is_not_told_its_place(library: Library) -> None:
    analysis = await library.analyse()
    waiting = await library.ask(1, waits_for=analysis)
    preparing, postponed, plain = await library.ask(3)
    await library.set([preparing], stage=Stage.PREPARING)
    await library.set([postponed], next_at=library.clock.now() + MINUTE)
    assert await places(library) == {analysis: 0, plain: 1}
    assert waiting[0] not in await places(library)


async def intend(library: Library, job_id: str, slots: int) -> bool:
    breakers = Breakers(library.database, library.clock)
    sender = Sender(library.database, library.clock, ANN, lambda _: False, breakers)
    return await sender.intend(job_id, slots) is not None


async def test_slots_are_never_given_twice(library: Library) -> None:
    job_ids = [*await library.ask_prepared(10), *await library.ask_prepared(10)]
    job_ids += await library.ask_prepared(10)
    given = await asyncio.gather(*(intend(library, job_id, 4) for job_id in job_ids))
    assert sum(given) == 4
    states = [(await library.job(job_id)).state for job_id in job_ids]
    assert states.count(JobState.SUBMITTING) == 4


async def test_slots_are_never_given_twice_to_different_people(library: Library) -> None:
    people = [library] + [
        await Library.of(library.database, library.clock, f"user {n}") for n in range(5)
    ]
    job_ids = [job_id for each in people for job_id in await each.ask_prepared(5)]
    given = await asyncio.gather(*(intend(library, job_id, 3) for job_id in job_ids))
    assert sum(given) == 3


async def test_each_provider_has_slots_of_its_own_and_a_doubt_takes_none(
    library: Library,
) -> None:
    first, second = await library.ask_prepared(2)
    analysis = await library.analyse()
    assert await intend(library, first, 1)
    assert not await intend(library, second, 1)
    assert await intend(library, analysis, 1)
    await library.move(first, (JobState.SUBMIT_UNKNOWN, Mover.SUBMITTER))
    assert await intend(library, second, 1)
    assert EYES.provider == (await library.job(analysis)).provider


@pytest.mark.parametrize(
    ("tries", "seconds"), [(0, 1), (1, 2), (2, 4), (5, 32), (6, 60), (40, 60), (5000, 60)]
)
def test_tries_are_spaced_ever_wider_up_to_a_minute(tries: int, seconds: int) -> None:
    assert jobs.retry_delay(tries) == timedelta(seconds=seconds)
