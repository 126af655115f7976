"""Looking for what became of a request whose answer was lost, in the provider's own books."""

import asyncio
import logging
from datetime import datetime

from graphapi.domain.jobs import JobKind
from graphapi.persistence import attempts
from graphapi.persistence.database import Database
from graphapi.persistence.records import AnyRow
from graphapi.ports.clock import Clock
from graphapi.ports.editing import CannotKnow, Marker, Sighting
from graphapi.services.models import Models

logger = logging.getLogger(__name__)

# A search goes through pages of history; nobody waits longer for it.
PATIENCE_SECONDS = 30.0


class Evidence:
    """Searches histories. Free, so it may be done as often as is polite."""

    def __init__(self, database: Database, models: Models, clock: Clock) -> None:
        self._database = database
        self._models = models
        self._clock = clock

    async def find(self, job: AnyRow) -> Sighting:
        """Look for the request of an attempt, from when it was to be sent until now."""
        editor = self._models.editor(job.provider)
        if editor is None or job.kind is not JobKind.VARIATION:
            return CannotKnow(f"{job.provider} cannot be asked from here what it was sent.")
        async with self._database.read() as connection:
            others = await attempts.other_requests(connection, job)
        endpoint = self._models.named(job).endpoint
        marker = _marker(job, endpoint, self._clock.now(), others)
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                return await editor.find(marker)
        except TimeoutError:
            return CannotKnow("The provider's history took too long to read.")
        except Exception:
            # Whatever is wrong with a history, the doubt must still come to its deadline.
            logger.exception("Looking for %s broke off", job.id)
            return CannotKnow("The provider's history could not be read.")


def _marker(job: AnyRow, endpoint: str, now: datetime, others: frozenset[str]) -> Marker:
    return Marker(
        model=endpoint,
        prompt=job.prompt,
        seed=job.seed,
        since=job.intended_at or job.created_at,
        until=now,
        token_hash=job.attempt_token_hash,
        others=others,
    )
