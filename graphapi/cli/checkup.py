"""What `graphapi doctor` looks at: everything that the settings name."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import partial

from graphapi.cli.migrations import ready_to_use
from graphapi.container.models import open_models
from graphapi.errors import ConfigurationError
from graphapi.jobs.brokers.redis import make_redis_broker
from graphapi.logs import without_secrets
from graphapi.settings import Settings
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


async def examine(settings: Settings) -> list[Finding]:
    """Look at everything that the settings name; nothing is changed and nothing costs money."""
    return [
        await _look("database", _database, settings),
        await _look("storage", _storage, settings),
        await _look("models", _models, settings),
        await _redis(settings),
        _set_or(
            "fal.ai",
            settings.fal_key,
            "A key is set; variations are made there.",
            "No key: variations are made on this machine. Set FAL_API_KEY to have a model make "
            "them.",
        ),
        _set_or(
            "OpenRouter",
            settings.openrouter_api_key,
            "A key is set; stills are described there.",
            "No key: stills are described from their pixels. Set OPENROUTER_API_KEY to have a "
            "model describe them.",
        ),
        _set_or(
            "public",
            settings.public_url,
            f"Providers fetch pictures from {settings.public_url}.",
            "No address: pictures are uploaded to providers. Set GRAPHAPI_PUBLIC_URL where the "
            "internet reaches this server.",
        ),
    ]


async def _look(subject: str, look: Look, settings: Settings) -> Finding:
    try:
        return Finding(subject, Verdict.GOOD, without_secrets(await look(settings)))
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
    return f"The defaults are {chosen}."


async def _redis(settings: Settings) -> Finding:
    if settings.redis_url is None:
        sentence = "Not set: jobs run inside the server. Set GRAPHAPI_REDIS_URL to add workers."
        return Finding("Redis", Verdict.ABSENT, sentence)
    return await _look(
        "Redis", partial(_ask_redis, settings.redis_url.get_secret_value()), settings
    )


async def _ask_redis(url: str, _settings: Settings) -> str:
    broker = make_redis_broker(url)
    try:
        await asyncio.to_thread(broker.check)
    finally:
        broker.close()
    return "Answers; `graphapi worker` performs the jobs."


def _set_or(subject: str, value: object, present: str, absent: str) -> Finding:
    if value is None:
        return Finding(subject, Verdict.ABSENT, absent)
    return Finding(subject, Verdict.GOOD, present)
