"""Taking a finished variation in: nothing is called completed before it lies in our own storage.

Every step here is free and may be done again: storage keys derive from the job's id, and the
last write is guarded.
"""

import logging
from dataclasses import asdict
from datetime import datetime
from functools import partial

from graphapi.domain.colors import color_families
from graphapi.domain.failures import Failure, JobErrorCode
from graphapi.domain.ids import Noun, new_id
from graphapi.domain.images import Author
from graphapi.domain.jobs import OF_SOUND, JobKind, JobState, Mover
from graphapi.errors import GraphapiError, ProviderError
from graphapi.persistence import images, jobs, pictures
from graphapi.persistence.database import Database
from graphapi.persistence.records import AnyRow
from graphapi.persistence.transition import Guard, change_image, failed, transition
from graphapi.ports.clock import Clock
from graphapi.ports.editing import EditResult
from graphapi.ports.pictures import Fetcher, PictureRefused
from graphapi.ports.sound import SoundRefused
from graphapi.ports.storage import Storage
from graphapi.services.concluding import Concluding
from graphapi.services.endings import recovery_of
from graphapi.services.insisting import insist, take_or_leave
from graphapi.services.judging import Judging
from graphapi.services.models import Models
from graphapi.services.polling import ticket_of
from graphapi.services.results import KeptResult, holds, is_stored, read_result, write_result
from graphapi.services.sounding import Sounding

logger = logging.getLogger(__name__)

# What came is no picture, for half a minute: it will not become one.
_MOST_UNREADABLE = 6


class Results:
    """Fetches the bytes of results: from our own storage, or from where the provider put them."""

    def __init__(self, storage: Storage, fetcher: Fetcher, models: Models) -> None:
        self._storage = storage
        self._fetcher = fetcher
        self._models = models

    async def load(self, job: AnyRow) -> tuple[KeptResult, bytes]:
        """Load a result's bytes; after a failure, by whatever address the provider gives now."""
        kept = read_result(job.result, job.place)
        if kept.key is not None:
            return kept, await self._storage.get(kept.key)
        if kept.url is None:
            raise FileNotFoundError("The answer holds no picture.")
        if job.tries:
            kept = await self._asked_again(job) or kept
        return kept, await self._fetcher.fetch(kept.url or "")

    async def _asked_again(self, job: AnyRow) -> KeptResult | None:
        editor = self._models.editor(job.provider)
        if editor is None or job.request_id is None:
            return None
        try:
            answer = await editor.check(ticket_of(job))
        except ProviderError as error:
            logger.info("The result of %s is sought where it was before: %s", job.id, error)
            return None
        again = write_result(answer, {}) if isinstance(answer, EditResult) else None
        found = read_result(again, job.place) if again and holds(again, job.place) else None
        return found if found and found.url else None


class Finishing:
    """Takes results in."""

    def __init__(  # noqa: PLR0913, PLR0917 - one neighbour each, wired in one place
        self,
        database: Database,
        judging: Judging,
        results: Results,
        concluding: Concluding,
        sounding: Sounding,
        clock: Clock,
    ) -> None:
        self._database = database
        self._judging = judging
        self._results = results
        self._takers = {
            JobKind.ANALYSIS: concluding.conclude,
            JobKind.VARIATION: self._take_in,
            JobKind.TRANSCRIPTION: sounding.take_in,
            JobKind.SPEECH: sounding.take_in,
        }
        self._clock = clock

    async def finalise(self, job_id: str, worker_id: str) -> None:
        """Take a result in, if nobody else is doing so."""
        claim = partial(self._claim, job_id, worker_id)
        unclaim = partial(self._unclaim, job_id, worker_id)
        began = self._clock.now()
        until = began + jobs.CLAIM_FOR
        job = await take_or_leave(claim, unclaim, job_id, until, self._clock)
        if job is None:
            return
        try:
            await self._takers[job.kind](job)
        except (GraphapiError, FileNotFoundError) as error:
            logger.warning("Saving the result of %s failed: %s", job_id, error)
            await self._let_go(job, began, error)
        except Exception as error:
            logger.exception("Saving the result of %s broke off", job_id)
            await self._let_go(job, began, error)

    async def _claim(self, job_id: str, worker_id: str) -> AnyRow | None:
        now = self._clock.now()
        async with self._database.write() as unit:
            return await jobs.claim(unit, job_id, JobState.RESULT_READY, worker_id, now)

    async def _unclaim(self, job_id: str, worker_id: str) -> None:
        async with self._database.write() as unit:
            job = await jobs.get(unit.connection, job_id)
            if job is not None and job.claimed_by == worker_id:
                await jobs.release(unit, job, self._clock.now())

    async def _take_in(self, job: AnyRow) -> None:
        kept, content = await self._results.load(job)
        picture, flags = await self._judging.keep(job, content)
        now = self._clock.now()
        async with self._database.write() as unit:
            moved = await transition(
                unit,
                job.id,
                JobState.SUCCEEDED,
                by=Mover.FINALISER,
                guard=Guard(fence=job.fence),
                finished_at=now,
            )
            if moved is None:
                return
            picture_id = new_id(Noun.PICTURE)
            await pictures.add(unit, job.owner_id, picture_id, picture, now)
            authors = await images.authors_of(unit.connection, job.owner_id, job.image_id)
            await change_image(
                unit,
                job.owner_id,
                job.image_id,
                storage_id=picture_id,
                provider_metadata=asdict(kept.metadata),
                quality_flags=[asdict(flag) for flag in flags],
                updated_at=now,
                colors=list(picture.colors),
                color_families=color_families(picture.colors),
                authors=authors | {"colors": Author.PIXELS.value},
            )

    async def _let_go(self, job: AnyRow, began: datetime, error: Exception) -> None:
        """Give the claim back, also when the disk that is full is the database's own."""
        # Whatever an outage lasted: a try that began before the deadline is not the last.
        last = began >= job.deadline_at
        again_or_never = partial(self._again_or_never, job, error, last=last)
        await insist(again_or_never, job.id, job.next_at, self._clock)

    async def _again_or_never(self, job: AnyRow, error: Exception, *, last: bool) -> None:
        now = self._clock.now()
        unreadable = (
            isinstance(error, PictureRefused | SoundRefused) and job.tries + 1 >= _MOST_UNREADABLE
        )
        async with self._database.write() as unit:
            if not last and not unreadable:
                await jobs.release(unit, job, now + jobs.retry_delay(job.tries))
                return
            await transition(
                unit,
                job.id,
                JobState.FAILED,
                by=Mover.FINALISER,
                guard=Guard(fence=job.fence),
                finished_at=now,
                **failed(_failure(job, unreadable=unreadable)),
            )


def _failure(job: AnyRow, *, unreadable: bool) -> Failure:
    if job.kind is JobKind.ANALYSIS:
        message = "The analysis was made but could not be written down in time. Run it again."
        return Failure(JobErrorCode.INTERNAL, message)
    noun = "recording" if job.kind in OF_SOUND else "picture"
    if unreadable:
        again = f"Its address is kept; `{recovery_of(job.kind)}` fetches it once more, for nothing."
        message = f"The provider made something that is no {noun}. " + (
            "Another attempt is paid anew." if is_stored(job.result, job.place) else again
        )
        return Failure(JobErrorCode.INVALID_OUTPUT, message)
    message = (
        f"The {noun} was made but could not be fetched in time. Its address is kept. "
        f"Try `{recovery_of(job.kind)}`."
    )
    return Failure(JobErrorCode.RESULT_LOST, message)
