"""Trying a key of OpenRouter for nothing."""

import pytest

from graphapi.errors import ConfigurationError
from graphapi.providers.openrouter import OpenRouterAnalyst
from tests.emulators.openrouter.emulator import KEY, OpenRouterEmulator, running


async def test_a_good_key_passes_the_probe_for_nothing(
    analyst: OpenRouterAnalyst, emulator: OpenRouterEmulator
) -> None:
    await analyst.probe()
    assert emulator.calls == []


async def test_a_key_without_credit_fails_the_probe(
    analyst: OpenRouterAnalyst, emulator: OpenRouterEmulator
) -> None:
    emulator.limit_remaining = 0.0
    with pytest.raises(ConfigurationError, match="no credit"):
        await analyst.probe()


async def test_a_wrong_key_or_address_fails_the_probe(emulator: OpenRouterEmulator) -> None:
    async with running(emulator) as url:
        stranger = OpenRouterAnalyst(key="sk-or-wrong", url=url)
        with pytest.raises(ConfigurationError, match="OPENROUTER_API_KEY"):
            await stranger.probe()
        await stranger.close()
        lost = OpenRouterAnalyst(key=KEY, url=f"{url}/elsewhere")
        with pytest.raises(ConfigurationError, match="GRAPHAPI_OPENROUTER_URL"):
            await lost.probe()
        await lost.close()
    gone = OpenRouterAnalyst(key=KEY, url=url)
    with pytest.raises(ConfigurationError, match="GRAPHAPI_OPENROUTER_URL"):
        await gone.probe()
    await gone.close()


def test_a_key_that_cannot_be_a_header_is_refused_at_once() -> None:
    with pytest.raises(ConfigurationError, match="OPENROUTER_API_KEY"):
        OpenRouterAnalyst(key="sk-or\nX: y")
