from collections.abc import AsyncIterator

import pytest

from graphapi.providers.openrouter import OpenRouterAnalyst
from tests.emulators.openrouter.emulator import KEY, OpenRouterEmulator, running


@pytest.fixture
def emulator() -> OpenRouterEmulator:
    return OpenRouterEmulator()


@pytest.fixture
async def analyst(emulator: OpenRouterEmulator) -> AsyncIterator[OpenRouterAnalyst]:
    async with running(emulator) as url:
        analyst = OpenRouterAnalyst(key=KEY, url=url, referer="https://example.org", seconds=2.0)
        yield analyst
        await analyst.close()
