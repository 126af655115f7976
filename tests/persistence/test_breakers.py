"""The rows of breakers, on both databases: locked, kept, removed, and who is woken by them."""

import asyncio
from contextvars import Context
from datetime import timedelta

import pytest

from graphapi.domain.breakers import FORGOTTEN_AFTER, Breaker
from graphapi.domain.failures import JobErrorCode
from graphapi.domain.jobs import JobState, Mover
from graphapi.persistence import breakers, jobs
from graphapi.persistence.breakers import Key
from tests.persistence.library import FAL, Library

WHOLE: Key = ("fal", "")
ONE: Key = ("fal", FAL.id)


def struck(library: Library, **values: object) -> Breaker:
    now = library.clock.now()
    return Breaker(JobErrorCode.PROVIDER_UNAVAILABLE, now, now, **values)  # type: ignore[arg-type] # each test's own


async def keep(library: Library, key: Key, breaker: Breaker | None) -> None:
    async with library.written() as unit:
        await breakers.lay(unit, key, library.clock.now())
        await breakers.save(unit, key, breaker)


async def every(library: Library) -> dict[Key, Breaker]:
    async with library.database.read() as connection:
        return await breakers.every(connection)


async def test_a_breaker_comes_back_as_it_was_saved_and_is_gone_once_removed(
    library: Library,
) -> None:
    later = library.clock.now() + timedelta(seconds=5)
    opened = struck(library, strikes=5, pauses=2, retry_at=later, trial="job_a")
    await keep(library, WHOLE, opened)
    await keep(library, ONE, struck(library))
    assert await every(library) == {WHOLE: opened, ONE: struck(library)}
    await keep(library, WHOLE, None)
    assert await every(library) == {ONE: struck(library)}


async def test_what_was_laid_to_be_locked_is_no_breaker(library: Library) -> None:
    async with library.written() as unit:
        await breakers.lay(unit, WHOLE, library.clock.now())
        assert await breakers.lock(unit, "fal", [""]) == {}
    assert await every(library) == {}


async def test_laying_changes_nothing_of_what_is_there(library: Library) -> None:
    await keep(library, WHOLE, struck(library, strikes=3))
    async with library.written() as unit:
        await breakers.lay(unit, WHOLE, library.clock.now() + timedelta(hours=1))
        locked = await breakers.lock(unit, "fal", ["", FAL.id])
    assert locked == {WHOLE: struck(library, strikes=3)}


async def test_strikes_of_many_at_once_are_all_counted(library: Library) -> None:
    async def strike() -> None:
        async with library.database.write() as unit:
            await breakers.lay(unit, WHOLE, library.clock.now())
            before = (await breakers.lock(unit, "fal", [""])).get(WHOLE)
            strikes = before.strikes + 1 if before else 1
            await breakers.save(unit, WHOLE, struck(library, strikes=strikes))

    await asyncio.gather(*(strike() for _ in range(8)))
    assert (await every(library))[WHOLE].strikes == 8


async def test_those_are_woken_that_waited_for_just_this(library: Library) -> None:
    now = library.clock.now()
    until, else_until = now + timedelta(seconds=5), now + timedelta(seconds=6)
    waiting, busy, sent = await library.ask_prepared(3)
    analysis = await library.analyse()
    await library.set([waiting, sent, analysis], next_at=until)
    await library.set([busy], next_at=else_until)
    await library.move(sent, (JobState.SUBMITTING, Mover.SUBMITTER))
    async with library.written() as unit:
        await breakers.wake(unit, WHOLE, until, now)
    nexts = [(await library.job(each)).next_at for each in (waiting, busy, sent, analysis)]
    assert nexts == [now, else_until, until, until]


async def test_a_models_breaker_wakes_those_of_that_model(library: Library) -> None:
    now = library.clock.now()
    until = now + timedelta(seconds=5)
    one, other = await library.ask_prepared(2)
    await library.set([one, other], next_at=until)
    await library.set([other], model="fal-ai/other")
    async with library.written() as unit:
        await breakers.wake(unit, ONE, until, now)
    assert (await library.job(one)).next_at == now
    assert (await library.job(other)).next_at == until


async def test_waking_waits_for_nobody_who_is_moving_a_job(postgres_library: Library) -> None:
    library = postgres_library
    now = library.clock.now()
    until = now + timedelta(seconds=5)
    held, free = await library.ask_prepared(2)
    await library.set([held, free], next_at=until)
    async with library.database.write() as mover:
        await breakers.wake(mover, WHOLE, until, until)  # holds both rows until it commits

        async def wake() -> None:
            async with library.database.write() as unit:
                await breakers.wake(unit, WHOLE, until, now)

        async with asyncio.timeout(5):
            # A task of its own: one task never writes within a write.
            await asyncio.create_task(wake(), context=Context())
    assert {(await library.job(each)).next_at for each in (held, free)} == {until}


async def places(library: Library) -> dict[str, int]:
    async with library.database.read() as connection:
        news = await jobs.queue_positions(connection, library.clock.now(), 50)
    return {job_id: ahead for job_id, _, ahead in news}


@pytest.mark.parametrize("key", [WHOLE, ONE])
async def test_who_waits_for_an_outage_to_end_is_told_no_place_until_it_has(
    library: Library, key: Key
) -> None:
    eyes, (first, second) = await library.analyse(), await library.ask_prepared(2)
    told = {eyes: 0, first: 0, second: 1}
    await keep(library, key, struck(library, strikes=4))
    assert await places(library) == told
    over = library.clock.now() - timedelta(seconds=1)
    await keep(library, key, struck(library, strikes=5, retry_at=over))
    assert await places(library) == {eyes: 0}
    await keep(library, key, struck(library, strikes=5, retry_at=over - FORGOTTEN_AFTER))
    assert await places(library) == told
    await keep(library, key, None)
    assert await places(library) == told


async def test_another_models_outage_takes_nobodys_place(library: Library) -> None:
    line = await library.ask_prepared(2)
    opened = struck(library, strikes=5, retry_at=library.clock.now())
    await keep(library, ("fal", "some/other"), opened)
    await keep(library, ("lumenfall", ""), opened)
    assert await places(library) == {line[0]: 0, line[1]: 1}
