"""Resolving doubt: what became of requests whose answers were lost.

Nothing is ever sent here. A doubt ends by evidence from the provider's history, by a webhook, or
at its deadline, and not before somebody has looked once more.
"""

import asyncio
import logging
from datetime import timedelta

from graphapi.domain.failures import Failure, JobErrorCode
from graphapi.domain.jobs import Billed, JobState, Mover
from graphapi.errors import StorageFailed
from graphapi.persistence import attempts, jobs
from graphapi.persistence.database import Database
from graphapi.persistence.records import AnyRow
from graphapi.persistence.transition import Guard, failed, lock_owner, report_request, transition
from graphapi.persistence.unit_of_work import UnitOfWork
from graphapi.ports.clock import Clock
from graphapi.ports.doorbell import Bell, Step
from graphapi.ports.editing import CannotKnow, Found
from graphapi.services.answers import Answers, Arrived, ready_values
from graphapi.services.deliveries import accepted_values
from graphapi.services.endings import ending
from graphapi.services.evidence import Evidence
from graphapi.services.results import believed

logger = logging.getLogger(__name__)

# After the first look there is no hurry: what runs is not listed yet, and what ended stays listed.
NEXT_LOOK = timedelta(seconds=60)
# A history that hangs must not hold up everybody else's deadline.
_AT_ONCE = 8

_WAITING = "It is not known whether the provider took the request; it is not sent again."
_NOT_SEEN = f"{_WAITING} The provider's history does not show it yet."
_NEVER_KNOWN = Failure(
    JobErrorCode.SUBMIT_UNKNOWN,
    "It never became known whether the provider took the request, so it may have been charged. "
    "Look at the provider's history before you ask again.",
)


class Reconciling:
    """Looks for the requests in doubt."""

    def __init__(
        self, database: Database, answers: Answers, evidence: Evidence, clock: Clock
    ) -> None:
        self._database = database
        self._answers = answers
        self._evidence = evidence
        self._clock = clock

    async def look(self) -> list[str]:
        """Look for every doubt whose time has come; answers the ids of those it settled."""
        async with self._database.read() as connection:
            doubts = await jobs.in_doubt(connection, self._clock.now())
        places = asyncio.Semaphore(_AT_ONCE)
        settled = await asyncio.gather(*(self._settle(job, places) for job in doubts))
        return [job.id for job, done in zip(doubts, settled, strict=True) if done]

    async def _settle(self, job: AnyRow, places: asyncio.Semaphore) -> bool:
        async with places:
            seen = await self._evidence.find(job)
        if isinstance(seen, Found) and await self._found(job, seen):
            return True
        if self._clock.now() >= job.deadline_at:
            await self._give_up(job)
            return True
        await self._look_again(job, seen if isinstance(seen, CannotKnow) else None)
        return False

    async def _found(self, job: AnyRow, found: Found) -> bool:
        """Settle a doubt; False when its request has proved to be another's meanwhile.

        False also while what was found cannot be stored.
        """
        accepted = accepted_values(found.ticket, self._clock)
        try:
            end = await self._answers.take(job, believed(job, found.outcome))
        except StorageFailed as error:
            logger.warning("The result of %s is looked for again: %s", job.id, error)
            return False
        async with self._database.write() as unit:
            await jobs.lock_provider(unit, job.provider)
            await lock_owner(unit, job.owner_id)
            if await attempts.is_anothers(unit.connection, job, found.ticket.request_id):
                return False
            if isinstance(end, Arrived):
                values = accepted | ready_values(end)
                if await _move(unit, job, JobState.RESULT_READY, **values):
                    unit.ring([Bell(Step.FINALISE, job.id)])
            elif end is None:
                await _move(unit, job, JobState.SUBMITTED, **accepted)
            else:
                # Doubt ends FAILED alone: that a person stopped it is told by the failure's code.
                _, values = ending(end, self._clock.now())
                await _move(unit, job, JobState.FAILED, **accepted | values)
        logger.info("%s was found in the provider's history", job.id)
        return True

    async def _give_up(self, job: AnyRow) -> None:
        values = failed(_NEVER_KNOWN) | {"billed": Billed.UNKNOWN}
        async with self._database.write() as unit:
            now = self._clock.now()
            await _move(unit, job, JobState.FAILED, finished_at=now, **values)

    async def _look_again(self, job: AnyRow, unable: CannotKnow | None) -> None:
        wait = max(NEXT_LOOK, (unable and unable.retry_after) or NEXT_LOOK)
        now = self._clock.now()
        async with self._database.write() as unit:
            await lock_owner(unit, job.owner_id)
            await jobs.look_again(unit, job, min(now + wait, job.deadline_at))
            message = f"{_WAITING} {unable.reason}" if unable else _NOT_SEEN
            if job.cancel_requested_at is None and job.stage_message != message:
                shown = {"stage_message": message}
                await report_request(unit, job.id, job.version, shown, **shown)


async def _move(unit: UnitOfWork, job: AnyRow, to: JobState, **values: object) -> AnyRow | None:
    guard = Guard(version=job.version)
    return await transition(unit, job.id, to, by=Mover.RECONCILER, guard=guard, **values)
