"""What every use case stands on: settings, database, storage, pixels, links and models."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

from graphapi.auth.secret import load_or_create_secret_key
from graphapi.container.models import open_models
from graphapi.container.webhooks import open_verifiers
from graphapi.persistence.database import Database
from graphapi.ports.clock import Clock, SystemClock
from graphapi.ports.storage import MediaLinks, Storage
from graphapi.ports.webhooks import WebhookVerifier
from graphapi.services.breakers import Breakers
from graphapi.services.keeping import Shelf
from graphapi.services.models import Models
from graphapi.settings import Settings
from graphapi.storage.links import SignedLinks
from graphapi.storage.objects import open_storage
from graphapi.storage.pictures import PillowPictures


@dataclass(frozen=True, slots=True)
class Foundations:
    """What every use case stands on."""

    settings: Settings
    clock: Clock
    database: Database
    storage: Storage
    shelf: Shelf
    links: MediaLinks
    models: Models
    verifiers: Mapping[str, WebhookVerifier]
    breakers: Breakers


@asynccontextmanager
async def open_foundations(settings: Settings) -> AsyncIterator[Foundations]:
    """Open what every use case stands on; raises ConfigurationError for a setting that is wrong."""
    clock = SystemClock()
    storage = open_storage(settings.resolved_storage_url)
    links = SignedLinks(_secret(settings), clock, settings.base_url, settings.public_url)
    database = Database(settings.resolved_database_url, settings.daily_cap_micros)
    pictures = PillowPictures()
    try:
        async with open_models(settings) as models, open_verifiers(settings, clock) as verifiers:
            shelf = Shelf(storage, pictures)
            breakers = Breakers(database, clock)
            yield Foundations(
                settings, clock, database, storage, shelf, links, models, verifiers, breakers
            )
    finally:
        pictures.close()
        await database.close()


def _secret(settings: Settings) -> str:
    if settings.secret_key is not None:
        return settings.secret_key.get_secret_value()
    return load_or_create_secret_key(settings.data_dir)
