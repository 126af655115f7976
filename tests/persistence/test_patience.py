"""A PostgreSQL that is away: whoever needs it is told so, soon, and is served when it is back."""

import asyncio
import time
from collections.abc import AsyncIterator
from functools import partial

import pytest
from sqlalchemy import text

from graphapi.errors import Unavailable
from graphapi.persistence.database import Database
from graphapi.persistence.engines import open_writer
from graphapi.persistence.patience import ALIVE_SECONDS, CONNECT_SECONDS
from tests.servers.proxy import Mode, Proxy, proxy_to

# What a person waits, and what the clock of a busy machine adds.
TOLD_WITHIN = ALIVE_SECONDS + CONNECT_SECONDS + 0.5
AWAY = [Mode.REFUSE, Mode.RESET, Mode.SILENT]


@pytest.fixture
async def line(postgres_url: str) -> AsyncIterator[Proxy]:
    async with proxy_to(postgres_url) as proxy:
        yield proxy


@pytest.fixture
async def database(line: Proxy) -> AsyncIterator[Database]:
    database = Database(line.url)
    yield database
    await database.close()


@pytest.mark.parametrize("used", [5, 0], ids=["used before", "never used"])
@pytest.mark.parametrize("mode", AWAY)
async def test_a_database_that_is_away_is_unavailable_soon_and_works_again_when_it_is_back(
    database: Database, line: Proxy, mode: Mode, used: int
) -> None:
    await asyncio.gather(*(database.check() for _ in range(used)))
    await line.turn(mode)
    began = time.monotonic()
    answers = await asyncio.gather(*(_failing(database) for _ in range(5)))
    assert time.monotonic() - began < TOLD_WITHIN
    assert all("Try again" in answer for answer in answers)
    await line.turn(Mode.PASS)
    await database.check()


async def _failing(database: Database) -> str:
    with pytest.raises(Unavailable) as caught:
        await database.check()
    assert caught.value.__cause__ is not None
    return str(caught.value)


@pytest.mark.parametrize("mode", AWAY)
async def test_a_write_that_is_cut_off_is_unavailable_too(
    line: Proxy, mode: Mode, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "graphapi.persistence.database.open_writer", partial(open_writer, statement_seconds=0.5)
    )
    database = Database(line.url)

    async def write() -> None:
        async with database.write() as unit:
            await line.turn(mode)
            await unit.connection.execute(text("SELECT 1"))

    with pytest.raises(Unavailable):
        await write()
    await line.turn(Mode.PASS)
    await database.check()
    await database.close()


async def test_what_is_asked_wrongly_is_no_absence(database: Database) -> None:
    with pytest.raises(Exception, match="no_such_table") as caught:
        async with database.read() as connection:
            await connection.execute(text("SELECT * FROM no_such_table"))
    assert not isinstance(caught.value, Unavailable)


async def test_a_statement_that_takes_too_long_ends_and_takes_no_other_connection_with_it(
    postgres_url: str,
) -> None:
    engine = open_writer(postgres_url, statement_seconds=0.3)
    async with engine.connect() as other, engine.connect() as slow:
        await other.execute(text("SELECT 1"))
        with pytest.raises(TimeoutError):
            await slow.execute(text("SELECT pg_sleep(10)"))
        await other.execute(text("SELECT 1"))
    async with engine.connect() as again:
        await again.execute(text("SELECT 1"))
    await engine.dispose()
