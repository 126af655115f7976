"""Making a job's sources reachable for its provider, before anything is sent or spent."""

import logging
from collections.abc import Awaitable, Callable, Sequence
from functools import partial

from graphapi.domain.failures import Failure, JobErrorCode
from graphapi.domain.jobs import OF_SOUND, JobState, Mover, Stage
from graphapi.domain.sources import NO_LIMITS
from graphapi.errors import ProviderError, Rejected, StorageFailed, Unavailable
from graphapi.persistence import jobs
from graphapi.persistence.database import Database
from graphapi.persistence.records import AnyRow
from graphapi.persistence.transition import failed, report, transition
from graphapi.persistence.unit_of_work import UnitOfWork
from graphapi.ports.clock import Clock
from graphapi.ports.doorbell import Bell, Step
from graphapi.ports.editing import Editor, SourceRoute
from graphapi.ports.sound import SoundModel
from graphapi.services.breakers import Breakers
from graphapi.services.insisting import insist, take_or_leave
from graphapi.services.models import Models
from graphapi.services.sources import Sources

logger = logging.getLogger(__name__)

# After a defect of ours, trying for ever would only hide it.
_MOST_TRIES = 4
NO_SOURCE = Failure(JobErrorCode.SOURCE_MISSING, "The source picture is not in storage.")
NO_SOUND = Failure(JobErrorCode.SOURCE_MISSING, "The recording is not in storage.")


class Preparing:
    """Prepares sources: once for all variations that wait for the same one."""

    def __init__(
        self,
        database: Database,
        sources: Sources,
        models: Models,
        breakers: Breakers,
        clock: Clock,
    ) -> None:
        self._database = database
        self._sources = sources
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
        limits = self._models.named(job).source_limits
        if asked.source_route is SourceRoute.BYTES and limits == NO_LIMITS:
            return []
        return await self._sources.addresses(job, asked, limits)

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
