"""The driver of SQLite: a statement is one trip to the connection's thread, and nothing is lost."""

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from graphapi.persistence.sqlite_driver import open_connection

BY_ID = text("SELECT shot FROM shots WHERE id = :id")


@pytest_asyncio.fixture
async def engine(tmp_path: Path) -> AsyncIterator[AsyncEngine]:
    """Open an empty table of shots."""
    url = f"sqlite+aiosqlite:///{tmp_path / 'shots.db'}"
    engine = create_async_engine(url, connect_args={"async_creator_fn": open_connection})
    async with engine.begin() as connection:
        await connection.execute(text("CREATE TABLE shots (id INTEGER PRIMARY KEY, shot TEXT)"))
        rows = [{"id": 1, "shot": "WS"}, {"id": 2, "shot": "CU"}]
        await connection.execute(text("INSERT INTO shots VALUES (:id, :shot)"), rows)
    yield engine
    await engine.dispose()


@pytest_asyncio.fixture
async def connection(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """Open a connection to it."""
    async with engine.connect() as opened:
        yield opened


async def counted(connection: AsyncConnection) -> tuple[Any, list[Any]]:
    """The driver's own connection, and the trips to its thread from now on."""
    await connection.execute(BY_ID, {"id": 1})
    raw: Any = await connection.get_raw_connection()
    driver = raw.driver_connection
    trips: list[Any] = []
    execute = driver._execute

    async def noted(*job: Any) -> Any:
        trips.append(job)
        return await execute(*job)

    driver._execute = noted
    return driver, trips


async def test_a_statement_is_one_trip_to_the_thread(connection: AsyncConnection) -> None:
    _, trips = await counted(connection)
    assert (await connection.execute(BY_ID, {"id": 2})).scalar_one() == "CU"
    assert len(trips) == 1


@pytest.mark.parametrize("ending", ["commit", "rollback"])
async def test_a_transaction_begins_on_the_trip_of_its_first_statement(
    connection: AsyncConnection, ending: str
) -> None:
    driver, trips = await counted(connection)
    await driver.rollback()
    trips.clear()
    driver.begin("BEGIN IMMEDIATE")
    assert not driver._conn.in_transaction
    await connection.execute(BY_ID, {"id": 2})
    assert driver._conn.in_transaction
    assert len(trips) == 1
    await getattr(driver, ending)()
    assert not driver._conn.in_transaction


@pytest.mark.parametrize("ending", ["commit", "rollback"])
async def test_a_transaction_that_asked_nothing_begins_nothing(
    connection: AsyncConnection, ending: str
) -> None:
    driver, trips = await counted(connection)
    await driver.rollback()
    trips.clear()
    driver.begin("BEGIN IMMEDIATE")
    await getattr(driver, ending)()
    assert trips == []
    await connection.execute(BY_ID, {"id": 2})
    assert not driver._conn.in_transaction


async def test_rows_columns_and_counts_are_as_sqlite_says(connection: AsyncConnection) -> None:
    found = await connection.execute(text("SELECT id, shot FROM shots ORDER BY id"))
    assert list(found.keys()) == ["id", "shot"]
    assert found.all() == [(1, "WS"), (2, "CU")]
    changed = await connection.execute(text("UPDATE shots SET shot = 'MS'"))
    assert changed.rowcount == 2
    added = await connection.execute(text("INSERT INTO shots (shot) VALUES ('ECU') RETURNING id"))
    assert added.scalar_one() == 3
    assert (await connection.execute(BY_ID, {"id": 9})).all() == []


async def test_what_sqlite_refuses_is_raised_and_the_connection_lives_on(
    connection: AsyncConnection,
) -> None:
    with pytest.raises(IntegrityError):
        await connection.execute(text("INSERT INTO shots VALUES (1, 'OTS')"))
    with pytest.raises(OperationalError):
        await connection.execute(text("SELECT shot FROM takes"))
    assert (await connection.execute(BY_ID, {"id": 1})).scalar_one() == "WS"


async def test_what_is_rolled_back_was_never_there(engine: AsyncEngine) -> None:
    async with engine.connect() as connection:
        await connection.execute(text("DELETE FROM shots"))
        await connection.rollback()
        assert (await connection.execute(BY_ID, {"id": 1})).scalar_one() == "WS"


async def test_a_file_that_is_no_database_is_refused_when_it_is_opened(tmp_path: Path) -> None:
    with pytest.raises(sqlite3.OperationalError):
        await open_connection(str(tmp_path / "nowhere" / "shots.db"))


def test_whoever_asked_may_be_gone_with_their_loop(tmp_path: Path) -> None:
    answered = threading.Event()

    async def ask_and_leave() -> Any:
        connection: Any = await open_connection(tmp_path / "shots.db")
        asking = asyncio.create_task(connection._execute(answered.wait))
        await asyncio.sleep(0)
        asking.cancel()
        return connection

    connection = asyncio.run(ask_and_leave())
    answered.set()
    connection.stop()
    connection._thread.join(5)
    assert not connection._thread.is_alive()
    assert connection._connection is None
