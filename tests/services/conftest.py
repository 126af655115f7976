"""Houses on both databases: with keys for the emulated providers, and without any."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.emulators import fal as fal_emulator
from tests.emulators import lumenfall as lumenfall_emulator
from tests.emulators.fal import FalEmulator
from tests.emulators.lumenfall import LumenfallEmulator
from tests.emulators.openrouter import emulator as openrouter_emulator
from tests.emulators.openrouter.emulator import OpenRouterEmulator
from tests.persistence.conftest import (  # noqa: F401 - pytest finds fixtures by their names here
    database_url,
    postgres_database_url,
    postgres_template,
    sqlite_database_url,
    sqlite_template,
)
from tests.services.house import House, house_at

GEMINI = "gemini-3-pro-image"


@pytest.fixture
async def fal() -> AsyncIterator[tuple[FalEmulator, str]]:
    """An emulated fal.ai, and its address."""
    emulator = FalEmulator(shrink=16)
    async with fal_emulator.running(emulator) as url:
        yield emulator, url


@pytest.fixture
async def openrouter() -> AsyncIterator[tuple[OpenRouterEmulator, str]]:
    """An emulated OpenRouter, and its address."""
    emulator = OpenRouterEmulator()
    async with openrouter_emulator.running(emulator) as url:
        yield emulator, url


@pytest.fixture
async def house(
    database_url: str,  # noqa: F811 - the fixture above
    tmp_path: Path,
    fal: tuple[FalEmulator, str],
    openrouter: tuple[OpenRouterEmulator, str],
) -> AsyncIterator[House]:
    """A house with keys for both providers, on each database."""
    async with house_at(
        database_url,
        tmp_path,
        fal[0],
        openrouter[0],
        fal_key=fal[0].key,
        fal_queue_url=fal[1],
        fal_rest_url=fal[1],
        fal_api_url=f"{fal[1]}/v1",
        fal_jwks_url=f"{fal[1]}/.well-known/jwks.json",
        openrouter_api_key=openrouter[0].key,
        openrouter_url=openrouter[1],
        trusted_origins=fal[1],
    ) as opened:
        yield opened


@pytest.fixture
async def local_house(
    database_url: str,  # noqa: F811 - the fixture above
    tmp_path: Path,
) -> AsyncIterator[House]:
    """A house without any key, on each database: this machine makes and describes pictures."""
    emulators = FalEmulator(), OpenRouterEmulator()
    async with house_at(database_url, tmp_path, *emulators) as opened:
        yield opened


@pytest.fixture
def lumenfall() -> LumenfallEmulator:
    """An emulated Lumenfall."""
    return LumenfallEmulator(shrink=8)


@pytest.fixture
async def gateway(
    database_url: str,  # noqa: F811 - the fixture above
    tmp_path: Path,
    lumenfall: LumenfallEmulator,
) -> AsyncIterator[House]:
    """A house with a key for Lumenfall alone, which makes its variations."""
    emulators = FalEmulator(), OpenRouterEmulator()
    async with (
        lumenfall_emulator.running(lumenfall) as url,
        house_at(
            database_url,
            tmp_path,
            *emulators,
            lumenfall_api_key=lumenfall.key,
            lumenfall_url=url,
            variation_model=GEMINI,
        ) as opened,
    ):
        yield opened
