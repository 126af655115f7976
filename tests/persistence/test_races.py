"""What may go wrong only when two do it at once; on PostgreSQL, where two can."""

import asyncio
from itertools import count

from graphapi.domain.images import AiStatus
from graphapi.domain.jobs import JobState, Mover
from graphapi.persistence import jobs
from graphapi.persistence.changes import Changes
from graphapi.persistence.transition import change_image, transition
from tests.persistence.library import READY, Library

ROUNDS = 15


async def finish(library: Library, job_id: str, to: JobState) -> bool:
    async with library.database.write() as unit:
        return await transition(unit, job_id, to, by=Mover.FINALISER) is not None


async def test_variations_that_finish_together_never_leave_their_parent_in_flight(
    postgres_library: Library,
) -> None:
    library = postgres_library
    for number in range(ROUNDS):
        job_ids = await library.ask(2 + number % 3)
        for job_id in job_ids:
            await library.move(job_id, *READY)
        ends = [JobState.SUCCEEDED, JobState.FAILED]
        moved = await asyncio.gather(
            *(finish(library, job_id, ends[n % 2]) for n, job_id in enumerate(job_ids))
        )
        assert all(moved)
        parent = await library.image()
        assert parent.standing.ai_status is AiStatus.COMPLETED
        assert parent.standing.progress == 1.0


async def test_of_two_who_move_a_job_one_is_told_that_it_was_late(
    postgres_library: Library,
) -> None:
    library = postgres_library
    for _ in range(ROUNDS):
        (job_id,) = await library.ask(1)
        await library.move(job_id, *READY)
        before = await library.image()
        moved = await asyncio.gather(
            *(finish(library, job_id, JobState.SUCCEEDED) for _ in range(4))
        )
        assert sum(moved) == 1
        assert (await library.image()).version == before.version + 1


async def test_an_owner_is_numbered_in_the_order_of_commits(postgres_library: Library) -> None:
    library = postgres_library
    changes = Changes(library.database)
    seen = 0
    done = asyncio.Event()

    async def write(name: str) -> None:
        for number in range(12):
            async with library.database.write() as unit:
                await change_image(unit, library.owner.id, library.image_id, title=name)
                await asyncio.sleep(0.001 * (number % 3))

    async def watch() -> int:
        """Read on from the highest number seen, as a hub does; nothing may appear below it."""
        nonlocal seen
        for reads in count():
            last = done.is_set()  # before reading, or the newest commit is missed
            mark = (await changes.watermarks())[library.owner.id]
            assert mark >= seen
            found = await changes.since(library.owner.id, seen)
            assert all(change.seq > seen for change in found)
            seen = max([seen, *(change.seq for change in found)])
            if last:
                return reads
            await asyncio.sleep(0)
        raise AssertionError

    watching = asyncio.create_task(watch())
    await asyncio.gather(*(write(f"title {n}") for n in range(5)))
    done.set()
    assert await watching > 0
    assert seen == (await library.image()).changed_seq


async def test_preparing_cancelling_and_failing_the_same_jobs_lock_nobody_out(
    postgres_library: Library,
) -> None:
    library = postgres_library
    await library.hire("wrk_1")

    async def prepare(job_id: str) -> None:
        now = library.clock.now()
        async with library.database.write() as unit:
            job = await jobs.claim_source(unit, job_id, "wrk_1", now)
        if job is not None:
            async with library.database.write() as unit:
                await jobs.mark_prepared(unit, job, "https://cdn/1", now)

    async def cancel(job_ids: list[str]) -> None:
        async with library.database.write() as unit:
            for job_id in job_ids:
                await transition(unit, job_id, JobState.CANCELLED, by=Mover.API)

    for _ in range(ROUNDS):
        job_ids = await library.ask(6)
        async with asyncio.timeout(10):
            await asyncio.gather(
                *(prepare(job_id) for job_id in job_ids), cancel(job_ids), cancel(job_ids[::-1])
            )
        states = {(await library.job(job_id)).state for job_id in job_ids}
        assert states == {JobState.CANCELLED}
