"""Taking in what was heard or said, before it is called completed.

Free, and may be done again: the sound's key derives from the job's id, and the last write is
guarded.
"""

import hashlib
import logging
from typing import Any

from graphapi.domain.audio_marks import audio_type
from graphapi.domain.jobs import JobKind, JobState, Mover
from graphapi.domain.keys import recording_key
from graphapi.domain.recordings import ACCEPTED_IN_WORDS, Audio
from graphapi.errors import ProviderError
from graphapi.persistence.database import Database
from graphapi.persistence.recordings import audio_values
from graphapi.persistence.records import AnyRow
from graphapi.persistence.transition import Guard, change_recording, transition
from graphapi.ports.clock import Clock
from graphapi.ports.pictures import Fetcher
from graphapi.ports.sound import SoundRefused
from graphapi.ports.sound_result import SoundResult
from graphapi.ports.storage import Storage
from graphapi.services.models import Models
from graphapi.services.polling import ticket_of

logger = logging.getLogger(__name__)

NOT_AUDIO = (
    "This does not begin as a recording does that can be kept, whatever it is called. "
    f"Give {ACCEPTED_IN_WORDS}."
)


async def keep_sound(storage: Storage, owner: str, content: bytes) -> Audio:
    """Store a sound as it is, under the id of its recording or its job; raises SoundRefused."""
    kind = audio_type(content)
    if kind is None:
        raise SoundRefused(NOT_AUDIO)
    key = recording_key(owner, kind)
    await storage.put(key, content, kind.value)
    return Audio(key, kind.value, len(content), hashlib.sha256(content).hexdigest())


class Sounding:
    """Takes results of sound in; `fetcher` fetches recordings."""

    def __init__(
        self, database: Database, storage: Storage, fetcher: Fetcher, models: Models, clock: Clock
    ) -> None:
        self._database = database
        self._storage = storage
        self._fetcher = fetcher
        self._models = models
        self._clock = clock

    async def take_in(self, job: AnyRow) -> None:
        """Keep what a finished job has brought, and end the job."""
        kept: dict[str, Any] = job.result
        values: dict[str, Any] = {"provider_metadata": kept["raw"], "seconds": kept["seconds"]}
        if job.kind is JobKind.TRANSCRIPTION:
            values |= {name: kept[name] for name in ("text", "segments", "language")}
        else:
            values |= audio_values(await self._audio(job, kept))
        async with self._database.write() as unit:
            moved = await transition(
                unit,
                job.id,
                JobState.SUCCEEDED,
                by=Mover.FINALISER,
                guard=Guard(fence=job.fence),
                finished_at=self._clock.now(),
            )
            if moved is not None:
                await change_recording(unit, job.owner_id, job.recording_id, **values)

    async def _audio(self, job: AnyRow, kept: dict[str, Any]) -> Audio:
        """Load the sound that came inside, or fetch it from where it lies."""
        key, url = kept.get("key"), kept["url"]
        if key is None and url is None:
            raise FileNotFoundError("The answer holds no sound.")
        content = await (self._storage.get(key) if key else self._fetched(job, url))
        return await keep_sound(self._storage, job.id, content)

    async def _fetched(self, job: AnyRow, url: str) -> bytes:
        """Fetch the sound, after a failure by whatever address the provider gives now."""
        now = await self._asked_again(job) if job.tries else None
        return await self._fetcher.fetch(now or url)

    async def _asked_again(self, job: AnyRow) -> str | None:
        asked = self._models.sound(job)
        try:
            answer = await asked.check(ticket_of(job)) if asked else None
        except ProviderError as error:
            logger.info("The sound of %s is sought where it was before: %s", job.id, error)
            return None
        return answer.url if isinstance(answer, SoundResult) else None
