"""What `graphapi doctor` looks at: everything that the settings name."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from graphapi.cli.estimates import estimated
from graphapi.cli.migrations import ready_to_use
from graphapi.cli.prices import carded, differences
from graphapi.container.models import (
    known_models,
    make_fal,
    make_lumenfall,
    make_openrouter,
    open_models,
)
from graphapi.errors import ConfigurationError, ProviderError
from graphapi.jobs.brokers.redis import make_redis_broker
from graphapi.logs import without_secrets
from graphapi.settings import Settings, unknown_settings
from graphapi.storage.objects import open_storage


class Verdict(StrEnum):
    """How something is; the value is how a person sees it."""

    GOOD = "ok"
    ABSENT = "--"
    WRONG = "!!"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at, and a sentence about it that says what to do."""

    subject: str
    verdict: Verdict
    sentence: str


# Returns a sentence when all is well; raises ConfigurationError with what to do when not.
Look = Callable[[Settings], Awaitable[str]]

# How long a provider may take to answer about its key.
_PROBE_SECONDS = 15
_NOTHING_TO_COMPARE = "there is no price to compare"
_OWN_PRICES = (
    "Until they agree, plans and reservations are off by as much: put the new price into a file "
    "that GRAPHAPI_PRICES_FILE names."
)


class _Absent(Exception):
    """Something is not set, and need not be; with a sentence about what stands in."""


class _Probed(Protocol):
    """A provider's adapter that can try its key for nothing."""

    async def probe(self) -> None:
        """Try the key; raises ConfigurationError that says what to do."""

    async def close(self) -> None:
        """Close connections."""


async def examine(settings: Settings) -> list[Finding]:
    """Look at everything that the settings name; nothing is changed and nothing costs money."""
    return [
        await _look("database", _database, settings),
        await _look("storage", _storage, settings),
        await _look("models", _models, settings),
        await _look("Redis", _redis, settings),
        await _look("fal.ai", _fal, settings),
        await _look("prices", _prices, settings),
        await _look("OpenRouter", _openrouter, settings),
        await _look("Lumenfall", _lumenfall, settings),
        await _look("public", _public, settings),
        *(Finding("settings", Verdict.WRONG, sentence) for sentence in unknown_settings()),
    ]


async def _look(subject: str, look: Look, settings: Settings) -> Finding:
    try:
        return Finding(subject, Verdict.GOOD, without_secrets(await look(settings)))
    except _Absent as absence:
        return Finding(subject, Verdict.ABSENT, str(absence))
    except ConfigurationError as error:
        return Finding(subject, Verdict.WRONG, without_secrets(str(error)))


async def _database(settings: Settings) -> str:
    await ready_to_use(settings, migrating=False)
    return f"Open and of this version: {settings.resolved_database_url}"


async def _storage(settings: Settings) -> str:
    url = settings.resolved_storage_url
    await open_storage(url).check()
    return f"Takes, gives and removes pictures: {url}"


async def _models(settings: Settings) -> str:
    async with open_models(settings) as models:
        chosen = " and ".join(model.id for model in models.all if model.default)
    if models.remarks:
        raise ConfigurationError(" ".join(models.remarks))
    return f"The defaults are {chosen}."


async def _redis(settings: Settings) -> str:
    if settings.redis_url is None:
        raise _Absent("Not set: jobs run inside the server. Set GRAPHAPI_REDIS_URL to add workers.")
    broker = make_redis_broker(settings.redis_url.get_secret_value())
    try:
        await asyncio.to_thread(broker.check)
    finally:
        broker.close()
    return "Answers; `graphapi worker` performs the jobs."


async def _fal(settings: Settings) -> str:
    editor = make_fal(settings)
    if editor is None:
        raise _Absent(
            "No key: variations are made on this machine. Set FAL_API_KEY to have a model make "
            "them."
        )
    await _probe(editor, "fal.ai", "GRAPHAPI_FAL_QUEUE_URL")
    return "The key is good; variations are made there."


async def _prices(settings: Settings) -> str:
    editor = make_fal(settings)
    if editor is None:
        raise _Absent("Without a key of fal.ai there are no live prices to compare the cards with.")
    models = carded(known_models(settings), editor.provider)
    try:
        async with asyncio.timeout(_PROBE_SECONDS):
            live = await editor.prices([model.endpoint for model in models])
    except (ProviderError, TimeoutError) as error:
        reason = str(error) or "it did not answer in time."
        raise ConfigurationError(
            f"fal.ai's prices could not be read, and are not compared: {reason} "
            "Check the network, GRAPHAPI_FAL_API_URL and FAL_API_KEY."
        ) from error
    finally:
        await editor.close()
    if different := differences(models, live):
        raise ConfigurationError(f"{'; '.join(different)}. {_OWN_PRICES}")
    named = sum(model.endpoint in live for model in models)
    return f"fal.ai charges what the cards say, for all {named} models that it names a price for."


async def _openrouter(settings: Settings) -> str:
    analyst = make_openrouter(settings)
    if analyst is None:
        raise _Absent(
            "No key: stills are described from their pixels. Set OPENROUTER_API_KEY to have a "
            "model describe them."
        )
    await _probe(analyst, "OpenRouter", "GRAPHAPI_OPENROUTER_URL")
    return "The key is good; stills are described there."


async def _lumenfall(settings: Settings) -> str:
    editor = make_lumenfall(settings)
    if editor is None:
        raise _Absent("No key: its model cannot be chosen. Set LUMENFALL_API_KEY to offer it.")
    await _probe(editor, "Lumenfall", "GRAPHAPI_LUMENFALL_URL")
    told = await _estimates(settings)
    return f"The key is good; its model can be chosen for variations. By its dry run {told}."


async def _estimates(settings: Settings) -> str:
    """Say what Lumenfall estimates; raises ConfigurationError for what the cards say less of."""
    editor = make_lumenfall(settings)
    if editor is None:
        return _NOTHING_TO_COMPARE
    try:
        async with asyncio.timeout(_PROBE_SECONDS):
            found = await estimated(editor, known_models(settings))
    except (ProviderError, TimeoutError) as error:
        reason = str(error) or "it did not answer in time."
        raise ConfigurationError(
            f"Lumenfall's dry run tells no price to compare the cards with: {reason}"
        ) from error
    finally:
        await editor.close()
    if different := [each.in_words for each in found if not each.agrees]:
        raise ConfigurationError(f"By Lumenfall's dry run {'; '.join(different)}. {_OWN_PRICES}")
    return "; ".join(each.in_words for each in found) or _NOTHING_TO_COMPARE


async def _probe(adapter: _Probed, provider: str, setting: str) -> None:
    try:
        async with asyncio.timeout(_PROBE_SECONDS):
            await adapter.probe()
    except TimeoutError as error:
        raise ConfigurationError(
            f"{provider} did not answer within {_PROBE_SECONDS} seconds. Check the network and "
            f"{setting}."
        ) from error
    finally:
        await adapter.close()


async def _public(settings: Settings) -> str:
    if settings.public_url is None:
        raise _Absent(
            settings.homeless
            or "No address: pictures are uploaded to providers. Set GRAPHAPI_PUBLIC_URL where the "
            "internet reaches this server."
        )
    return f"Providers fetch pictures from {settings.public_url}."
