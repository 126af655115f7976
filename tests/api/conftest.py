from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.api.house import House, Person, open_house
from tests.emulators.fal import FalEmulator, running


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path) as house:
        yield house


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> dict[str, str]:
    """The options of a house on each kind of database."""
    if request.param == "sqlite":
        return {}
    return {"database_url": request.getfixturevalue("postgres_url")}


@pytest.fixture
async def ada(house: House) -> Person:
    return await house.person("ada")


@pytest.fixture
async def bob(house: House) -> Person:
    return await house.person("bob")


@pytest.fixture
async def stranger(house: House) -> Person:
    return Person(house.http)


@pytest.fixture
async def fal() -> FalEmulator:
    """A provider that takes longer than any test waits, until it is told otherwise."""
    return FalEmulator(seconds=60, shrink=16)


@pytest.fixture
async def any_studio(
    tmp_path: Path, fal: FalEmulator, database: dict[str, str]
) -> AsyncIterator[House]:
    """A studio on each kind of database."""
    async with running(fal) as url, open_house(tmp_path, url, **database) as house:
        yield house


@pytest.fixture
async def studio(tmp_path: Path, fal: FalEmulator) -> AsyncIterator[House]:
    """A house whose variations by `FAL` are never finished by themselves."""
    async with running(fal) as url, open_house(tmp_path, url) as house:
        yield house
