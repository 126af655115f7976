"""A migrated database of the test's own, on SQLite and on PostgreSQL, and who hears of commits."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from graphapi.cli.migrations import migrate
from graphapi.persistence.database import Database
from tests.persistence.library import Heard, Library, TurnedClock
from tests.servers.launch import shared_by_workers
from tests.servers.postgres import Postgres


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file to copy, made once in a run."""

    def make() -> str:
        path = tmp_path_factory.mktemp("template") / "migrated.db"
        asyncio.run(migrate(f"sqlite:///{path}"))
        return str(path)

    return Path(shared_by_workers(tmp_path_factory, "sqlite-migrated", make))


@pytest.fixture(scope="session")
def postgres_template(postgres: Postgres) -> str:
    """The name of a migrated database to copy, made once in a run."""
    return postgres.template("migrated", lambda url: asyncio.run(migrate(url)))


@pytest.fixture
def sqlite_database_url(tmp_path: Path, sqlite_template: Path) -> str:
    """Address of a migrated SQLite database."""
    path = tmp_path / "graphapi.db"
    shutil.copy(sqlite_template, path)
    return f"sqlite:///{path}"


@pytest.fixture
def postgres_database_url(postgres: Postgres, postgres_template: str) -> Iterator[str]:
    """Address of a migrated PostgreSQL database."""
    with postgres.database(postgres_template) as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """Address of a migrated database of each kind."""
    name = "sqlite" if request.param == "sqlite" else "postgres"
    url: str = request.getfixturevalue(f"{name}_database_url")
    return url


@pytest.fixture
def heard() -> Heard:
    """What was told after commits."""
    return Heard()


@pytest.fixture
def clock() -> TurnedClock:
    """A clock that moves only when it is turned."""
    return TurnedClock()


@pytest.fixture
async def database(database_url: str, heard: Heard, clock: TurnedClock) -> AsyncIterator[Database]:
    """A migrated database that tells `heard`."""
    opened = Database(database_url, clock=clock)
    opened.tell(heard, heard)
    yield opened
    await opened.close()


@pytest.fixture
async def library(database: Database, clock: TurnedClock) -> Library:
    """One person's library, with one image in it."""
    return await Library.of(database, clock, "ann")


@pytest.fixture
async def postgres_library(
    postgres_database_url: str, clock: TurnedClock
) -> AsyncIterator[Library]:
    """The same on PostgreSQL alone, for what SQLite's one writer makes impossible anyway."""
    opened = Database(postgres_database_url)
    yield await Library.of(opened, clock, "ann")
    await opened.close()
