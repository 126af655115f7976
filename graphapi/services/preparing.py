"""Making a job's sources reachable for its provider, before anything is sent or spent."""

import logging
from collections.abc import Awaitable, Callable, Sequence
from functools import partial

from graphapi.domain.failures import Failure, JobErrorCode
from graphapi.domain.images import Picture
from graphapi.domain.jobs import OF_SOUND, JobState, Mover, Stage
from graphapi.domain.recordings import Audio
from graphapi.errors import ProviderError, Rejected, StorageFailed, Unavailable
from graphapi.persistence import inputs, jobs, pictures, recordings
from graphapi.persistence.database import Database
from graphapi.persistence.records import AnyRow
from graphapi.persistence.transition import failed, report, transition
from graphapi.persistence.unit_of_work import UnitOfWork
from graphapi.ports.clock import Clock
from graphapi.ports.doorbell import Bell, Step
from graphapi.ports.editing import Editor, SourceRoute
from graphapi.ports.sound import SoundModel
from graphapi.ports.storage import MediaLinks
from graphapi.services.breakers import Breakers
from graphapi.services.insisting import insist, take_or_leave
from graphapi.services.keeping import Shelf
from graphapi.services.models import Models

logger = logging.getLogger(__name__)

# After a defect of ours, trying for ever would only hide it.
_MOST_TRIES = 4
NO_SOURCE = Failure(JobErrorCode.SOURCE_MISSING, "The source picture is not in storage.")
NO_SOUND = Failure(JobErrorCode.SOURCE_MISSING, "The recording is not in storage.")


class Preparing:
    """Prepares sources: once for all variations that wait for the same one."""

    def __init__(  # noqa: PLR0913, PLR0917 - one neighbour each, wired in one place
        self,
        database: Database,
        shelf: Shelf,
        links: MediaLinks,
        models: Models,
        breakers: Breakers,
        clock: Clock,
    ) -> None:
        self._database = database
        self._shelf = shelf
        self._links = links
        self._models = models
        self._breakers = breakers
        self._clock = clock

    async def prepare(self, job_id: str, worker_id: str) -> None:
        """Make a queued variation's source reachable, then ring for all that needed it."""
        if not await self._breakers.admits_source(job_id):
            return
        claim = partial(self._claim, job_id, worker_id)
        unclaim = partial(self._unclaim, job_id, worker_id)
        until = self._clock.now() + jobs.CLAIM_FOR
        job = await take_or_leave(claim, unclaim, job_id, until, self._clock)
        if job is None:
            return
        outcome = await self._outcome(job)
        # A claim that is not given back would keep everybody else from trying.
        await insist(outcome, job.id, job.next_at, self._clock)

    async def _claim(self, job_id: str, worker_id: str) -> AnyRow | None:
        now = self._clock.now()
        async with self._database.write() as unit:
            return await jobs.claim_source(unit, job_id, worker_id, now)

    async def _unclaim(self, job_id: str, worker_id: str) -> None:
        async with self._database.write() as unit:
            job = await jobs.get(unit.connection, job_id)
            if job is not None and job.claimed_by == worker_id:
                await jobs.release_source(unit, job, self._clock.now())

    async def _outcome(self, job: AnyRow) -> Callable[[], Awaitable[None]]:
        """Find or make the address of a source; answers what is to be written down of that."""
        asked = self._models.asked(job)
        if asked is None:
            return partial(self._give_up, job, no_key(job.provider))
        try:
            urls = await self._addresses(job, asked)
        except FileNotFoundError:
            return partial(self._give_up, job, NO_SOUND if job.kind in OF_SOUND else NO_SOURCE)
        except Rejected as error:
            return partial(self._give_up, job, Failure(error.code, error.message))
        except (ProviderError, StorageFailed, Unavailable) as error:
            return partial(self._try_later, job, str(error))
        except Exception:
            logger.exception("Preparing the source of %s broke off", job.id)
            return partial(self._after_defect, job)
        return partial(self._ready, job, urls)

    async def _addresses(self, job: AnyRow, asked: Editor | SoundModel) -> list[str]:
        """Find or make the addresses that the provider fetches the sources from, in order."""
        if asked.source_route is SourceRoute.BYTES:
            return []
        sources: Sequence[Picture | Audio]
        async with self._database.read() as connection:
            if job.kind in OF_SOUND:
                sources = [await recordings.audio_of(connection, job)]
            else:
                sources = await inputs.pictures_of(connection, job)
        return [await self._address(job, asked, source) for source in sources]

    async def _address(
        self, job: AnyRow, asked: Editor | SoundModel, source: Picture | Audio
    ) -> str:
        public = self._links.provider_url(source.key, job.deadline_at)
        if public is not None:
            return public
        async with self._database.read() as connection:
            hosted = await pictures.hosted(connection, source.sha256, job.provider, job.deadline_at)
        return hosted or await self._upload(job, asked, source)

    async def _upload(
        self, job: AnyRow, asked: Editor | SoundModel, source: Picture | Audio
    ) -> str:
        async with self._database.write() as unit:
            what = "recording" if isinstance(source, Audio) else "source picture"
            message = f"Sending the {what} to the provider"
            await report(unit, job.id, job.version, stage=Stage.PREPARING, stage_message=message)
        content = await self._shelf.load(source)
        try:
            hosted = await asked.host(content, source.content_type)
        except ProviderError as error:
            await self._breakers.source_refused(job, error.code)
            raise
        async with self._database.write() as unit:
            await pictures.remember_hosted(unit, source.sha256, job.provider, hosted)
        return hosted.url

    async def _ready(self, job: AnyRow, urls: Sequence[str]) -> None:
        async with self._database.write() as unit:
            ready = await jobs.mark_prepared(unit, job, urls, self._clock.now())
            unit.ring(Bell(Step.SUBMIT, each) for each in ready)
            # Who came while this was under way found the source taken, and rings no more.
            later = await jobs.unprepared_siblings(unit.connection, job)
            unit.ring(Bell(Step.PREPARE, each) for each in later[:1])
            await self._waits_again(unit, job, "Waiting for its turn")

    async def _after_defect(self, job: AnyRow) -> None:
        reason = "The source could not be prepared."
        if job.tries + 1 < _MOST_TRIES:
            await self._try_later(job, reason)
        else:
            await self._give_up(job, Failure(JobErrorCode.INTERNAL, reason))

    async def _try_later(self, job: AnyRow, reason: str) -> None:
        """Wait, until the job's deadline if need be: an upload is free, and nothing was sent."""
        logger.warning("The source of %s is prepared later: %s", job.id, reason)
        async with self._database.write() as unit:
            wait = jobs.retry_delay(job.tries)
            await jobs.release_source(unit, job, self._clock.now() + wait)
            await self._waits_again(unit, job, f"{reason} Trying again soon")

    async def _waits_again(self, unit: UnitOfWork, job: AnyRow, message: str) -> None:
        """Show that a job whose source was being sent is back in the line."""
        now = await jobs.get(unit.connection, job.id)
        if now is not None and now.state is JobState.QUEUED and now.stage is Stage.PREPARING:
            values = {"stage": Stage.WAITING, "stage_message": message}
            await report(unit, job.id, now.version, **values)

    async def _give_up(self, job: AnyRow, failure: Failure) -> None:
        """End everything that waits for this source; nothing was sent or spent."""
        values = failed(failure) | {"finished_at": self._clock.now()}
        async with self._database.write() as unit:
            for sibling in await jobs.unprepared_siblings(unit.connection, job):
                await transition(unit, sibling, JobState.FAILED, by=Mover.PREPARE, **values)


def no_key(provider: str) -> Failure:
    """Make the failure of a job whose provider is no longer set up here."""
    message = f"This server has no key for {provider} any more. Set it, then ask again."
    return Failure(JobErrorCode.PROVIDER_CREDENTIALS, message)
