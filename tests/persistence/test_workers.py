"""Who is alive, and who holds a duty."""

import asyncio

import pytest

from graphapi.persistence import workers
from tests.persistence.library import Library

LEAD = "leader"


async def alive(library: Library) -> list[str]:
    async with library.database.read() as connection:
        found = await connection.execute(
            workers.heard_since(), {"dead_before": workers.dead_before(library.clock.now())}
        )
        return sorted(found.scalars())


async def take(library: Library, holder: str) -> bool:
    async with library.written() as unit:
        return await workers.take_lease(unit, LEAD, holder, library.clock.now())


async def holder(library: Library) -> str | None:
    async with library.database.read() as connection:
        return await workers.holder_of(connection, LEAD, library.clock.now())


async def test_a_worker_lives_for_as_long_as_it_beats(library: Library) -> None:
    await library.hire("a")
    for _ in range(5):
        library.clock.turn(seconds=3)
        await library.hire("b")
    assert await alive(library) == ["b"]


async def test_two_missed_beats_are_no_death(library: Library) -> None:
    await library.hire("a")
    library.clock.turn(seconds=7.9)
    assert await alive(library) == ["a"]
    library.clock.turn(seconds=0.2)
    assert await alive(library) == []


async def test_who_leaves_is_gone_at_once(library: Library) -> None:
    await library.hire("a")
    async with library.written() as unit:
        await workers.leave(unit, "a")
    assert await alive(library) == []


async def test_the_dead_are_forgotten_and_the_living_kept(library: Library) -> None:
    await library.hire("old")
    library.clock.turn(minutes=1)
    await library.hire("new")
    async with library.written() as unit:
        await workers.forget_dead(unit, library.clock.now())
    library.clock.turn(minutes=-1)
    assert await alive(library) == ["new"]


async def test_of_many_who_stand_for_a_duty_one_gets_it(library: Library) -> None:
    names = [f"w{number}" for number in range(12)]
    taken = await asyncio.gather(*(take(library, name) for name in names))
    assert sum(taken) == 1
    assert await holder(library) == names[taken.index(True)]


async def test_a_lease_is_renewed_by_its_holder_and_by_nobody_else(library: Library) -> None:
    assert await take(library, "a")
    for _ in range(4):
        library.clock.turn(seconds=3)
        assert not await take(library, "b")
        assert await take(library, "a")


@pytest.mark.parametrize(("seconds", "taken"), [(7.9, False), (8.1, True)])
async def test_a_lease_that_ran_out_is_free(
    library: Library, seconds: float, *, taken: bool
) -> None:
    assert await take(library, "a")
    library.clock.turn(seconds=seconds)
    assert (await holder(library) is None) is taken
    assert await take(library, "b") is taken


async def test_a_lease_given_up_is_free_at_once_but_only_by_its_holder(library: Library) -> None:
    assert await take(library, "a")
    async with library.written() as unit:
        await workers.give_up_lease(unit, LEAD, "b")
    assert not await take(library, "b")
    async with library.written() as unit:
        await workers.give_up_lease(unit, LEAD, "a")
    assert await take(library, "b")
