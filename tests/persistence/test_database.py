"""Units of work: who is told, and when; who may write."""

import asyncio
from collections.abc import Sequence

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

from graphapi.persistence import users
from graphapi.persistence.database import Database, NestedWriteError
from graphapi.persistence.engines import async_url
from graphapi.persistence.tables import UserRow
from graphapi.persistence.transition import change_image
from graphapi.persistence.unit_of_work import UnitOfWork
from graphapi.ports.bus import Change
from graphapi.ports.doorbell import Bell, Step
from tests.persistence.library import Heard, Library, TurnedClock

BELL = Bell(Step.SUBMIT, "job_1")
CHANGE = Change("usr_1", "img_1", 2, 1)


class WrongError(Exception):
    """What a test does wrong on purpose."""


async def names(database: Database) -> list[str]:
    async with database.read() as connection:
        return list((await connection.execute(select(UserRow.name))).scalars())


async def note(unit: UnitOfWork, name: str, clock: TurnedClock) -> None:
    await users.ensure(unit, name, clock.now())
    unit.ring([BELL, BELL])
    unit.note(CHANGE)


async def test_a_commit_keeps_the_rows_and_tells_once(
    database: Database, heard: Heard, clock: TurnedClock
) -> None:
    async with database.write() as unit:
        await note(unit, "ann", clock)
        await asyncio.sleep(0)
        assert heard == Heard()
    await asyncio.sleep(0)
    assert (heard.bells, heard.changes) == ([BELL], [CHANGE])
    assert await names(database) == ["ann"]


async def test_a_rollback_keeps_nothing_and_tells_nobody(
    database: Database, heard: Heard, clock: TurnedClock
) -> None:
    async def fail() -> None:
        async with database.write() as unit:
            await note(unit, "ann", clock)
            raise WrongError

    with pytest.raises(WrongError):
        await fail()
    await asyncio.sleep(0)
    assert heard == Heard()
    assert await names(database) == []


async def test_a_cancelled_write_rolls_back_and_the_next_one_works(
    database: Database, heard: Heard, clock: TurnedClock
) -> None:
    begun = asyncio.Event()

    async def hang() -> None:
        async with database.write() as unit:
            await note(unit, "ann", clock)
            begun.set()
            await asyncio.sleep(60)

    task = asyncio.create_task(hang())
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    async with database.write() as unit:
        await note(unit, "bob", clock)
    await asyncio.sleep(0)
    assert await names(database) == ["bob"]
    assert heard.bells == [BELL]


async def test_a_write_inside_a_write_is_refused_at_once(
    database: Database, clock: TurnedClock
) -> None:
    async with database.write() as unit:
        with pytest.raises(NestedWriteError, match="already open"):
            async with database.write():
                pytest.fail("the inner write was opened")
        await users.ensure(unit, "ann", clock.now())
    assert await names(database) == ["ann"]


async def test_writes_side_by_side_all_succeed(database: Database, clock: TurnedClock) -> None:
    async def write(name: str) -> None:
        async with database.write() as unit:
            await users.ensure(unit, name, clock.now())

    wanted = [f"user {number}" for number in range(30)]
    await asyncio.gather(*map(write, wanted))
    assert sorted(await names(database)) == sorted(wanted)


async def test_the_newest_change_of_an_image_replaces_the_older_one(
    library: Library, heard: Heard
) -> None:
    heard.forget()
    async with library.written() as unit:
        for title in ("One", "Two", "Three"):
            await change_image(unit, library.owner.id, library.image_id, title=title)
    image = await library.image()
    assert heard.changes == [Change(library.owner.id, image.id, image.version, image.changed_seq)]


async def test_closing_waits_until_everybody_was_told(
    sqlite_database_url: str, clock: TurnedClock
) -> None:
    class Slow(Heard):
        async def ring(self, bells: Sequence[Bell]) -> None:
            await asyncio.sleep(0.05)
            await super().ring(bells)

    slow = Slow()
    database = Database(sqlite_database_url)
    database.tell(slow, slow)
    async with database.write() as unit:
        await note(unit, "ann", clock)
    await database.close()
    assert slow.bells == [BELL]


async def test_a_reader_of_sqlite_cannot_write(sqlite_database_url: str) -> None:
    database = Database(sqlite_database_url)
    async with database.read() as connection:
        with pytest.raises(DBAPIError, match="readonly"):
            await connection.execute(text("DELETE FROM users"))
    await database.close()


async def test_a_reader_of_sqlite_is_not_kept_waiting_by_a_writer(
    sqlite_database_url: str, clock: TurnedClock
) -> None:
    database = Database(sqlite_database_url)
    async with database.write() as unit:
        await users.ensure(unit, "ann", clock.now())
        async with asyncio.timeout(2):
            assert await names(database) == []
    await database.close()


async def test_foreign_keys_hold_on_both(library: Library) -> None:
    with pytest.raises(DBAPIError):
        await library.execute(text("DELETE FROM pictures"))
    assert (await library.image()).picture is not None


async def test_lower_case_is_the_same_for_all_letters(database: Database) -> None:
    async with database.read() as connection:
        lowered = await connection.execute(select(func.lower("GRÜSSE ÉTÉ ЖУК ΑΒΓ")))
        assert lowered.scalar_one() == "grüsse été жук αβγ"


@pytest.mark.parametrize(
    ("given", "opened"),
    [
        ("sqlite:///a.db", "sqlite+aiosqlite:///a.db"),
        ("postgresql://me:secret@host/db", "postgresql+asyncpg://me:secret@host/db"),
        ("postgres://host/db", "postgresql+asyncpg://host/db"),
        ("postgresql+psycopg://host/db", "postgresql+asyncpg://host/db"),
    ],
)
def test_an_address_names_the_driver_by_itself(given: str, opened: str) -> None:
    assert async_url(given) == opened


def test_another_kind_of_database_is_refused_with_a_word_of_advice() -> None:
    with pytest.raises(ValueError, match="use sqlite or postgresql"):
        async_url("mysql://host/db")
