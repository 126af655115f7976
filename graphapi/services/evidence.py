"""Looking for what became of a request whose answer was lost, in the provider's own books."""

import asyncio
import logging
from dataclasses import replace
from datetime import datetime
from typing import Any

from graphapi.domain.jobs import OF_SOUND, JobKind
from graphapi.domain.models import Model
from graphapi.persistence import attempts, riding
from graphapi.persistence.database import Database
from graphapi.persistence.records import AnyRow
from graphapi.ports.clock import Clock
from graphapi.ports.editing import CannotKnow, Found, Marker, Sighting
from graphapi.services.bills import with_bill
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
        """Look for the request of an attempt, from when it was to be sent until now.

        Of one that rides with another, that is the other's. A result comes with its bill, where
        that is to be had.
        """
        asked = self._models.asked(job)
        if asked is None or job.kind is JobKind.ANALYSIS:
            return CannotKnow(f"{job.provider} cannot be asked from here what it was sent.")
        async with self._database.read() as connection:
            job = await riding.leader_of(connection, job)
            others = await attempts.other_requests(connection, job)
        marker = _marker(job, self._models.named(job), self._clock.now(), others)
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                seen = await asked.find(marker)
                if isinstance(seen, Found):
                    told = await with_bill(asked, seen.ticket, seen.outcome)
                    return replace(seen, outcome=told)
                return seen
        except TimeoutError:
            return CannotKnow("The provider's history took too long to read.")
        except Exception:
            # Whatever is wrong with a history, the doubt must still come to its deadline.
            logger.exception("Looking for %s broke off", job.id)
            return CannotKnow("The provider's history could not be read.")


def _marker(job: AnyRow, model: Model, now: datetime, others: frozenset[str]) -> Marker:
    of_sound = job.kind in OF_SOUND
    return Marker(
        model=model.endpoint,
        prompt=job.source_url if job.kind is JobKind.TRANSCRIPTION else job.prompt,
        seed=job.seed,
        since=job.intended_at or job.created_at,
        until=now,
        token_hash=job.attempt_token_hash,
        others=others,
        asked_as=(model.subject_field if of_sound else None) or "prompt",
        options=job.options if of_sound else {},
        shown={} if of_sound else _shown(job, model),
    )


def _shown(job: AnyRow, model: Model) -> dict[str, Any]:
    """Tell what was asked beside words and seed, as far as it can be compared.

    A source that travelled inside the request had no address, so nothing is told of the sources.
    """
    sources = [job.source_url, *job.further_urls]
    field = model.image_field if job.picture_id else None
    if field is None or not all(each and each.startswith("http") for each in sources):
        return dict(job.options)
    return {**job.options, field: sources if model.takes_list else sources[0]}
