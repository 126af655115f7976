"""The one function that moves jobs: the law, the guards, and what else moves with a job."""

from itertools import product

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update

from graphapi.domain.failures import Failure, JobErrorCode
from graphapi.domain.images import AiStatus
from graphapi.domain.jobs import LIVE, TERMINAL, JobState, Mover, Stage, may_move
from graphapi.persistence.tables import JobRow, UserRow
from graphapi.persistence.transition import (
    UNGUARDED,
    Guard,
    change_image,
    failed,
    lock_owner,
    report,
    transition,
)
from graphapi.ports.doorbell import Bell, Step
from tests.persistence.library import DONE, FAILED, READY, SENT, Heard, Library

FAILURE = Failure(JobErrorCode.PROVIDER_FAILED, "It broke.")


async def test_the_law_is_kept_for_every_state_and_every_mover(library: Library) -> None:
    (job_id,) = await library.ask(1)
    moved = 0
    async with library.written() as unit:
        for start, end, mover in product(JobState, JobState, Mover):
            force = update(JobRow).where(JobRow.id == job_id).values(state=start)
            await unit.connection.execute(force)
            row = await transition(unit, job_id, end, by=mover)
            now = await unit.connection.execute(select(JobRow.state).where(JobRow.id == job_id))
            allowed = may_move(start, end, mover)
            assert (row is not None) is allowed, (start, end, mover)
            assert now.scalar_one() is (end if allowed else start)
            moved += allowed
    assert moved > 20


async def test_a_job_that_is_not_there_cannot_be_moved(library: Library) -> None:
    async with library.written() as unit:
        assert await transition(unit, "job_none", JobState.FAILED, by=Mover.SWEEPER) is None
        assert not await report(unit, "job_none", 1, stage_message="Hello")


@pytest.mark.parametrize("terminal", sorted(TERMINAL))
async def test_what_has_ended_stays_as_it_is(library: Library, terminal: JobState) -> None:
    (job_id,) = await library.ask(1)
    await library.set([job_id], state=terminal, stage_message="The last word")
    before = await library.job(job_id)
    async with library.written() as unit:
        for state, mover in product(JobState, Mover):
            assert await transition(unit, job_id, state, by=mover) is None
        assert not await report(unit, job_id, before.version, stage_message="More")
    assert await library.job(job_id) == before


GUARDS = {
    Guard(fence=3): True,
    Guard(fence=2): False,
    Guard(fence=4): False,
    Guard(version=1): True,
    Guard(version=2): False,
    Guard(fence=3, version=1): True,
    Guard(fence=3, version=2): False,
    Guard(fence=2, version=1): False,
    UNGUARDED: True,
}


async def test_a_move_needs_its_guard_to_hold(library: Library) -> None:
    job_ids = await library.ask(len(GUARDS))
    await library.set(job_ids, fence=3)
    for job_id, (guard, holds) in zip(job_ids, GUARDS.items(), strict=True):
        before = await library.job(job_id), await library.child(job_id), await library.image()
        async with library.written() as unit:
            off = JobState.CANCELLED
            moved = await transition(unit, job_id, off, by=Mover.API, guard=guard, seed=7)
        after = await library.job(job_id), await library.child(job_id), await library.image()
        assert (moved is not None) is holds
        if moved is None:
            assert after == before
        else:
            assert (moved.state, moved.seed, moved.version) == (JobState.CANCELLED, 7, 2)


async def test_a_move_frees_the_claim_unless_it_is_an_intent(library: Library) -> None:
    (job_id,) = await library.ask(1)
    await library.move(job_id, (JobState.SUBMITTING, Mover.SUBMITTER), claimed_by="wrk_1", fence=1)
    assert (await library.job(job_id)).claimed_by == "wrk_1"
    await library.move(job_id, (JobState.SUBMITTED, Mover.SUBMITTER))
    assert (await library.job(job_id)).claimed_by is None


async def test_the_tries_of_sending_do_not_count_for_taking_in(library: Library) -> None:
    (job_id,) = await library.ask(1)
    await library.set([job_id], tries=5)
    await library.move(job_id, *READY)
    assert (await library.job(job_id)).tries == 0


async def test_child_and_parent_show_where_the_job_stands(library: Library) -> None:
    job_id, other = await library.ask(2)
    assert (await library.child(job_id)).standing.ai_status is AiStatus.QUEUED
    assert (await library.image()).standing.ai_status is AiStatus.PROCESSING

    await library.move(job_id, *DONE)
    child, parent = await library.child(job_id), await library.image()
    assert (child.standing.ai_status, child.standing.stage) == (AiStatus.COMPLETED, Stage.DONE)
    assert parent.standing.ai_status is AiStatus.PROCESSING
    assert parent.standing.progress == 0.5

    await library.move(other, *FAILED, **failed(FAILURE))
    child, parent = await library.child(other), await library.image()
    assert (child.standing.ai_status, child.standing.failure) == (AiStatus.FAILED, FAILURE)
    assert (parent.standing.ai_status, parent.standing.stage) == (AiStatus.COMPLETED, Stage.DONE)
    assert parent.standing.stage_message == "1 of 2 variations completed"


async def test_a_parent_fails_only_when_nothing_succeeded(library: Library) -> None:
    for job_id in await library.ask(3):
        assert (await library.image()).standing.ai_status is AiStatus.PROCESSING
        await library.move(job_id, *FAILED, **failed(FAILURE))
    assert (await library.image()).standing.ai_status is AiStatus.FAILED


async def test_an_older_generation_still_at_work_keeps_its_parent_in_flight(
    library: Library,
) -> None:
    (old,) = await library.ask(1)
    (new,) = await library.ask(1)
    await library.move(new, *DONE)
    assert (await library.image()).standing.ai_status is AiStatus.PROCESSING
    await library.move(old, *DONE)
    assert (await library.image()).standing.ai_status is AiStatus.COMPLETED


async def test_a_report_shows_on_the_child_and_needs_the_version_it_saw(library: Library) -> None:
    (job_id,) = await library.ask(1)
    await library.move(job_id, *SENT)
    seen = (await library.job(job_id)).version
    async with library.written() as unit:
        shown = {"stage": Stage.PROVIDER_RUNNING, "stage_message": "Step 3 of 9"}
        assert await report(unit, job_id, seen, **shown)
        assert not await report(unit, job_id, seen, stage_message="Step 2 of 9")
    standing = (await library.child(job_id)).standing
    assert (standing.stage, standing.stage_message) == (Stage.PROVIDER_RUNNING, "Step 3 of 9")


async def test_what_is_no_news_makes_no_new_version(library: Library, heard: Heard) -> None:
    job_id, _ = await library.ask(2)
    await library.move(job_id, (JobState.SUBMITTING, Mover.SUBMITTER))
    before = await library.image()
    heard.forget()
    # The parent counts finished variations alone, so it stands as before.
    await library.move(job_id, (JobState.SUBMITTED, Mover.SUBMITTER))
    assert await library.image() == before
    child = await library.child(job_id)
    assert [change.image_id for change in heard.changes] == [child.id]


async def test_a_failed_analysis_takes_the_variations_that_waited_for_it(library: Library) -> None:
    analysis = await library.analyse()
    waiting = await library.ask(3, waits_for=analysis)
    others = await library.ask(1)
    await library.move(analysis, (JobState.SUBMITTING, Mover.SUBMITTER))
    await library.move(
        analysis,
        (JobState.FAILED, Mover.SUBMITTER),
        finished_at=library.clock.now(),
        **failed(FAILURE),
    )
    for job_id in waiting:
        job, child = await library.job(job_id), await library.child(job_id)
        assert (job.state, job.failure_code) == (JobState.FAILED, JobErrorCode.ANALYSIS_FAILED)
        assert job.finished_at == library.clock.now()
        assert child.standing.ai_status is AiStatus.FAILED
        assert "nothing was sent or spent" in child.standing.stage_message
    assert (await library.job(others[0])).state is JobState.QUEUED


@pytest.mark.parametrize(
    "mover", [Mover.PREPARE, Mover.SWEEPER], ids=["unprepared", "never its turn"]
)
async def test_an_analysis_that_is_never_sent_takes_them_too(
    library: Library, mover: Mover
) -> None:
    analysis = await library.analyse()
    (waiting,) = await library.ask(1, waits_for=analysis)
    await library.move(analysis, (JobState.FAILED, mover), **failed(FAILURE))
    assert (await library.job(waiting)).failure_code is JobErrorCode.ANALYSIS_FAILED


async def test_an_analysis_that_succeeds_takes_nobody(library: Library) -> None:
    analysis = await library.analyse()
    (waiting,) = await library.ask(1, waits_for=analysis)
    await library.move(
        analysis,
        (JobState.SUBMITTING, Mover.SUBMITTER),
        (JobState.RESULT_READY, Mover.SUBMITTER),
        (JobState.SUCCEEDED, Mover.FINALISER),
    )
    assert (await library.job(waiting)).state is JobState.QUEUED


async def test_a_freed_slot_rings_the_job_that_waited_longest(
    library: Library, heard: Heard
) -> None:
    first, second, third = await library.ask_prepared(3)
    await library.move(first, *SENT)
    heard.forget()
    await library.move(first, (JobState.RESULT_READY, Mover.POLLER))
    assert heard.bells == [Bell(Step.SUBMIT, second)]
    heard.forget()
    # Two slots freed at once ring the same job; it then rings on.
    await library.move(second, (JobState.SUBMITTING, Mover.SUBMITTER))
    assert heard.bells == [Bell(Step.SUBMIT, third)]


async def test_a_job_that_waits_for_another_try_stands_behind_those_that_are_ready(
    library: Library, heard: Heard
) -> None:
    first, second, third = await library.ask_prepared(3)
    await library.move(first, *SENT)
    library.clock.turn(seconds=1)
    await library.set([second], next_at=library.clock.now())
    heard.forget()
    await library.move(first, (JobState.RESULT_READY, Mover.POLLER))
    assert heard.bells == [Bell(Step.SUBMIT, third)]


async def test_a_doubt_frees_its_slot_for_others(library: Library, heard: Heard) -> None:
    first, second = await library.ask_prepared(2)
    await library.move(first, (JobState.SUBMITTING, Mover.SUBMITTER))
    heard.forget()
    await library.move(first, (JobState.SUBMIT_UNKNOWN, Mover.SUBMITTER))
    assert heard.bells == [Bell(Step.SUBMIT, second)]


async def test_nobody_is_rung_who_is_not_prepared_or_waits_for_an_analysis(
    library: Library, heard: Heard
) -> None:
    analysis = await library.analyse()
    waiting = await library.ask(1, waits_for=analysis)
    await library.set([*waiting, analysis], prepared_at=library.clock.now())
    await library.move(analysis, (JobState.SUBMITTING, Mover.SUBMITTER))
    (unprepared, sent) = await library.ask(2)
    await library.move(sent, *SENT)
    heard.forget()
    await library.move(sent, (JobState.RESULT_READY, Mover.POLLER))
    assert heard.bells == []
    assert (await library.job(unprepared)).prepared_at is None


async def test_an_analysis_is_rung_to_be_analysed(library: Library, heard: Heard) -> None:
    first, second = await library.analyse(), await library.analyse()
    heard.forget()
    await library.move(first, (JobState.SUBMITTING, Mover.SUBMITTER))
    assert heard.bells == [Bell(Step.ANALYSE, second)]


async def test_an_owner_is_numbered_once_in_each_unit(library: Library) -> None:
    async with library.written() as unit:
        number = await lock_owner(unit, library.owner.id)
        assert await lock_owner(unit, library.owner.id) == number
        await change_image(unit, library.owner.id, library.image_id, title="New")
    assert (await library.image()).changed_seq == number
    async with library.written() as unit:
        assert await lock_owner(unit, library.owner.id) == number + 1


STEPS = st.lists(
    st.tuples(st.integers(0, 2), st.sampled_from(JobState), st.sampled_from(Mover)), max_size=15
)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
async def test_whatever_is_tried_versions_and_numbers_only_grow(
    library: Library, heard: Heard, steps: list[tuple[int, JobState, Mover]]
) -> None:
    job_ids = await library.ask(3)
    heard.forget()
    highest: dict[str, int] = {}
    numbers = []
    for place, state, mover in steps:
        before = await library.job(job_ids[place])
        async with library.written() as unit:
            row = await transition(unit, job_ids[place], state, by=mover)
        assert (row is not None) is may_move(before.state, state, mover)
        assert (await library.job(job_ids[place])).version == before.version + (row is not None)
        for change in heard.changes:
            assert change.version > highest.get(change.image_id, 0)
            highest[change.image_id] = change.version
        numbers += sorted({change.seq for change in heard.changes})
        heard.forget()
    assert numbers == sorted(set(numbers))
    live = [(await library.job(job_id)).state in LIVE for job_id in job_ids]
    async with library.database.read() as connection:
        seq = (await connection.execute(select(UserRow.change_seq))).scalar_one()
    parent = await library.image()
    assert (parent.standing.ai_status is AiStatus.PROCESSING) is any(live) or not all(live)
    assert parent.changed_seq <= seq
    for job_id, is_live in zip(job_ids, live, strict=True):
        status = (await library.child(job_id)).standing.ai_status
        assert (status in {AiStatus.QUEUED, AiStatus.PROCESSING}) is is_live
