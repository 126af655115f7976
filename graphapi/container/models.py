"""The adapters that the settings have keys for; `local` stands in for the others."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from datetime import UTC, date, datetime

from graphapi.domain.jobs import JobKind
from graphapi.domain.models import Model, ModelKind, told_of_end
from graphapi.errors import ConfigurationError, ProviderError
from graphapi.ports.editing import Editor
from graphapi.ports.sound import SoundModel
from graphapi.providers.fal import FalEditor
from graphapi.providers.fal.sound_results import speech, transcript
from graphapi.providers.fal.sounds import FalSounds
from graphapi.providers.local import LocalAnalyst, LocalEditor
from graphapi.providers.lumenfall import LumenfallEditor
from graphapi.providers.openrouter import OpenRouterAnalyst
from graphapi.providers.openrouter.offers import Checked, checked
from graphapi.providers.prices import load_prices
from graphapi.providers.registry import list_models
from graphapi.services.models import Models
from graphapi.settings import Settings

logger = logging.getLogger(__name__)

# A server starts without the list rather than late.
_OFFERS_SECONDS = 5
_SETTINGS = {
    ModelKind.EDIT: "GRAPHAPI_VARIATION_MODEL",
    ModelKind.ANALYSIS: "GRAPHAPI_ANALYSIS_MODELS",
}


@asynccontextmanager
async def open_models(settings: Settings) -> AsyncIterator[Models]:
    """Open every adapter, and close its connections afterwards.

    Raises ConfigurationError when GRAPHAPI_VARIATION_MODEL cannot be used, or
    GRAPHAPI_PRICES_FILE or GRAPHAPI_MODELS_FILE cannot be read.
    """
    registry = known_models(settings)
    editing = [m for m in registry if m.kind is ModelKind.EDIT and not m.unusable]
    if not any(model.default for model in editing):
        usable = ", ".join(model.id for model in editing)
        raise ConfigurationError(
            f"GRAPHAPI_VARIATION_MODEL names {settings.variation_model}, which cannot be used "
            f"here. With the keys that are set it can be one of: {usable}."
        )
    async with AsyncExitStack() as stack:
        editors = {editor.provider: editor for editor in _editors(settings)}
        analyst = make_openrouter(settings) or LocalAnalyst()
        for editor in editors.values():
            stack.push_async_callback(editor.close)
        stack.push_async_callback(analyst.close)
        found = Checked(registry)
        if isinstance(analyst, OpenRouterAnalyst):
            found = await _as_offered(registry, analyst)
        found = _as_dated(found, datetime.now(UTC).date())
        for remark in found.remarks:
            logger.warning("%s", remark)
        sounds = _sounds(editors.get("fal"))
        yield Models(found.models, editors, analyst, sounds, found.remarks)


def known_models(settings: Settings) -> list[Model]:
    """List the models that are known with these settings; raises ConfigurationError as above."""
    return list_models(
        fal_key=settings.fal_key is not None,
        openrouter_key=settings.openrouter_api_key is not None,
        lumenfall_key=settings.lumenfall_api_key is not None,
        variation_model=settings.variation_model,
        analysis_models=settings.analysis_models,
        prices=load_prices(settings.prices_file),
        own_file=settings.models_file,
    )


def make_fal(settings: Settings) -> FalEditor | None:
    """Make the adapter of fal.ai; None without a key. Raises ConfigurationError for a wrong key."""
    if settings.fal_key is None:
        return None
    return FalEditor(
        key=settings.fal_key.get_secret_value(),
        queue_url=settings.fal_queue_url,
        rest_url=settings.fal_rest_url,
        api_url=settings.fal_api_url,
        headers=settings.fal_headers,
        slots=settings.generation_concurrency,
    )


def make_openrouter(settings: Settings) -> OpenRouterAnalyst | None:
    """Make the adapter of OpenRouter; None without a key. Raises ConfigurationError as above."""
    if settings.openrouter_api_key is None:
        return None
    return OpenRouterAnalyst(
        key=settings.openrouter_api_key.get_secret_value(), url=settings.openrouter_url
    )


def make_lumenfall(settings: Settings) -> LumenfallEditor | None:
    """Make the adapter of Lumenfall; None without a key. Raises ConfigurationError as above."""
    if settings.lumenfall_api_key is None:
        return None
    return LumenfallEditor(
        key=settings.lumenfall_api_key.get_secret_value(),
        url=settings.lumenfall_url,
        slots=settings.generation_concurrency,
    )


def _editors(settings: Settings) -> list[Editor]:
    made: tuple[Editor | None, ...] = (make_fal(settings), make_lumenfall(settings))
    return [LocalEditor(), *filter(None, made)]


def _sounds(fal: Editor | None) -> dict[tuple[str, JobKind], SoundModel]:
    """Make what hears and speaks, by the connections of the image models."""
    if not isinstance(fal, FalEditor):
        return {}
    return {
        (fal.provider, JobKind.TRANSCRIPTION): FalSounds(fal.queue, transcript),
        (fal.provider, JobKind.SPEECH): FalSounds(fal.queue, speech),
    }


async def _as_offered(registry: list[Model], analyst: OpenRouterAnalyst) -> Checked:
    """Check the models that are to be asked against those that OpenRouter offers now."""
    asked = [model for model in registry if model.provider == analyst.provider]
    try:
        async with asyncio.timeout(_OFFERS_SECONDS):
            offers = await analyst.offers()
    except (ProviderError, TimeoutError) as error:
        reason = str(error) or "It did not answer in time."
        logger.warning("The models for analysis are used unchecked. %s", reason)
        return Checked(registry)
    found = checked(asked, offers)
    judged = {model.id: model for model in found.models}
    return replace(found, models=[judged.get(model.id, model) for model in registry])


def _as_dated(found: Checked, today: date) -> Checked:
    """Say of each model whose announced end has come that it has, and of those asked unnamed."""
    remarks = tuple(
        f"{model.id} is asked by default, and its end was announced for "
        f"{model.lifecycle.retires_on}. Name another in {_SETTINGS[model.kind]}."
        for model in found.models
        if model.default and model.lifecycle.has_ended(today)
    )
    dated = [told_of_end(model, today) for model in found.models]
    return Checked(dated, (*found.remarks, *remarks))
