"""Which models a server begins with."""

import socket
from collections.abc import AsyncIterator

import pytest

from graphapi.container.models import open_models
from graphapi.domain.models import Model
from graphapi.services.models import Models
from graphapi.settings import Settings, load_settings
from tests.emulators.openrouter.emulator import KEY, MODELS, OpenRouterEmulator, running


@pytest.fixture
def emulator() -> OpenRouterEmulator:
    return OpenRouterEmulator()


@pytest.fixture
async def settings(
    emulator: OpenRouterEmulator, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Settings]:
    """Set a key of OpenRouter, which is emulated."""
    async with running(emulator) as url:
        monkeypatch.setenv("OPENROUTER_API_KEY", KEY)
        monkeypatch.setenv("GRAPHAPI_OPENROUTER_URL", url)
        yield load_settings()


def found(models: Models, model_id: str) -> Model:
    model = models.find(model_id)
    assert model is not None
    return model


async def test_a_model_that_openrouter_no_longer_offers_is_not_asked_and_says_so(
    settings: Settings, emulator: OpenRouterEmulator
) -> None:
    emulator.listed = [row for row in emulator.listed if row["id"] != MODELS[0]]
    async with open_models(settings) as models:
        assert models.analysis_models == MODELS[1:]
        assert "lists no such model" in (found(models, MODELS[0]).unusable or "")
        assert found(models, MODELS[1]).default


async def test_when_openrouter_lists_no_fit_model_all_are_asked_and_the_log_says_so(
    settings: Settings, emulator: OpenRouterEmulator, caplog: pytest.LogCaptureFixture
) -> None:
    emulator.listed = []
    async with open_models(settings) as models:
        assert models.analysis_models == MODELS
        assert "it is not fit" in (found(models, MODELS[0]).lifecycle.note or "")
        (remark,) = models.remarks
    assert all(f"{name}: OpenRouter lists no such model." in remark for name in MODELS)
    assert remark in caplog.text


async def test_a_default_whose_announced_end_has_come_is_asked_and_told(
    settings: Settings, emulator: OpenRouterEmulator, caplog: pytest.LogCaptureFixture
) -> None:
    emulator.listed = [row | {"expiration_date": "2025-01-31"} for row in emulator.listed]
    async with open_models(settings) as models:
        assert models.analysis_models == MODELS
        first = found(models, MODELS[0])
        assert first.default
        assert "announced for 2025-01-31, which has come" in (first.lifecycle.note or "")
        (remark,) = models.remarks
    assert remark in caplog.text
    assert "GRAPHAPI_ANALYSIS_MODELS" in remark


async def test_a_model_that_is_named_twice_is_one_model(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert settings.analysis_models == MODELS
    monkeypatch.setenv("GRAPHAPI_ANALYSIS_MODELS", f"{MODELS[1]}, {MODELS[0]}, {MODELS[1]}")
    async with open_models(load_settings()) as models:
        assert models.analysis_models == (MODELS[1], MODELS[0])
        ids = [model.id for model in models.all]
        assert len(set(ids)) == len(ids)


async def test_without_the_list_the_models_are_asked_unchecked_and_the_log_says_so(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # nobody listens there
        nowhere = f"http://127.0.0.1:{taken.getsockname()[1]}"
        monkeypatch.setenv("GRAPHAPI_OPENROUTER_URL", nowhere)
        async with open_models(load_settings()) as models:
            assert models.analysis_models == settings.analysis_models
    assert "used unchecked. OpenRouter could not be reached" in caplog.text
