"""Making sure that every job ends: rings again, hands back, marks doubt; it never sends."""

from collections.abc import Callable
from typing import Any

from graphapi.domain.failures import Failure, JobErrorCode
from graphapi.domain.jobs import JobState, Mover
from graphapi.persistence import jobs, workers
from graphapi.persistence.database import Database
from graphapi.persistence.records import AnyRow
from graphapi.persistence.transition import Guard, failed, report_request, transition
from graphapi.ports.clock import Clock
from graphapi.ports.doorbell import Bell
from graphapi.services.endings import doubted

_MOST_BELLS = 100
_MOST_PLACES = 50

_NOT_SENT = Failure(
    JobErrorCode.TIMED_OUT, "Its turn did not come in time; nothing was sent or spent. Ask again."
)


class Sweeping:
    """One round over the jobs that nobody is looking after."""

    def __init__(self, database: Database, clock: Clock, repeatable: Callable[[str], bool]) -> None:
        self._database = database
        self._clock = clock
        self._repeatable = repeatable

    async def sweep(self) -> list[Bell]:
        """Mend what died or came to its deadline; answers the bells to ring again."""
        now = self._clock.now()
        async with self._database.read() as connection:
            abandoned = await jobs.abandoned(connection, now)
            stuck = await jobs.overdue(connection, JobState.SUBMITTING, now)
            never_sent = await jobs.overdue(connection, JobState.QUEUED, now)
            bells = await jobs.due(connection, now, _MOST_BELLS)
            bells += await jobs.to_be_stopped(connection, _MOST_BELLS)
        for job in [*abandoned, *stuck]:
            await self._hand_back(job)
        for job in never_sent:
            await self._fail(job, Mover.SWEEPER, _NOT_SENT)
        return bells

    async def tell_positions(self) -> None:
        """Write down where each queued variation stands in its queue, if that is news."""
        async with self._database.read() as connection:
            moved = await jobs.queue_positions(connection, self._clock.now(), _MOST_PLACES)
        if not moved:
            return
        async with self._database.write() as unit:
            for job_id, version, ahead in moved:
                message = f"{ahead} ahead of it here" if ahead else "Next in line here"
                place = {"queue_position": ahead, "stage_message": message}
                await report_request(unit, job_id, version, place, **place)

    async def forget_dead_workers(self) -> None:
        """Take processes off the list that have been silent for long."""
        async with self._database.write() as unit:
            await workers.forget_dead(unit, self._clock.now())

    async def _hand_back(self, job: AnyRow) -> None:
        """Settle an intent whose worker died: free work is done again, paid work is in doubt."""
        if self._repeatable(job.provider):
            await self._move(job, JobState.QUEUED, Mover.SWEEPER, next_at=self._clock.now())
        else:
            doubt = doubted(self._clock.now())
            await self._move(job, JobState.SUBMIT_UNKNOWN, Mover.SWEEPER, **doubt)

    async def _fail(self, job: AnyRow, by: Mover, failure: Failure, **values: Any) -> None:
        values |= failed(failure) | {"finished_at": self._clock.now()}
        await self._move(job, JobState.FAILED, by, **values)

    async def _move(self, job: AnyRow, to: JobState, by: Mover, **values: Any) -> None:
        async with self._database.write() as unit:
            guard = Guard(version=job.version)
            await transition(unit, job.id, to, by=by, guard=guard, **values)
