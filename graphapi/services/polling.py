"""Asking providers how the requests they accepted stand."""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from graphapi.domain.failures import Failure, JobErrorCode
from graphapi.domain.jobs import JobState, Mover, Stage
from graphapi.errors import ProviderError, Rejected, StorageFailed
from graphapi.persistence import jobs
from graphapi.persistence.database import Database
from graphapi.persistence.records import AnyRow
from graphapi.persistence.transition import Guard, report_request, transition
from graphapi.ports.clock import Clock
from graphapi.ports.doorbell import Bell, Step
from graphapi.ports.editing import EditResult, Ticket, Waiting
from graphapi.ports.sound_result import SoundResult
from graphapi.services.answers import Answers, ready_values
from graphapi.services.breakers import Breakers
from graphapi.services.endings import ending, recovery_of
from graphapi.services.models import Models

logger = logging.getLogger(__name__)

# So long after it was accepted a request may be unknown for the moment: it is asked about again.
_SETTLING = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Submitted:
    """A job that a provider is working on. `told`: the provider tells of the end unasked."""

    at: datetime
    told: bool = False


class Polling:
    """Moves submitted variations on as their providers do."""

    def __init__(
        self,
        database: Database,
        answers: Answers,
        models: Models,
        breakers: Breakers,
        clock: Clock,
    ) -> None:
        self._database = database
        self._answers = answers
        self._models = models
        self._breakers = breakers
        self._clock = clock

    async def submitted(self) -> dict[str, Submitted]:
        """List the jobs that providers are working on."""
        async with self._database.read() as connection:
            rows = await jobs.submitted(connection)
        return {row.id: Submitted(row.submitted_at, row.awaits_webhook) for row in rows}

    async def check(self, job_id: str) -> None:
        """Ask once about a submitted job and write down what is new."""
        async with self._database.read() as connection:
            job = await jobs.get(connection, job_id)
        asked = self._models.asked(job) if job else None
        if job is None or job.state is not JobState.SUBMITTED:
            return
        try:
            answer = await asked.check(ticket_of(job)) if asked else None
        except Rejected as error:
            if error.code is JobErrorCode.RESULT_LOST and self._clock.now() < _known_by(job):
                await self._unless_overdue(job)
            else:
                await self._fail(job, error.failure)
        except ProviderError as error:
            logger.info("Asking about %s is tried again: %s", job_id, error)
            await self._unless_overdue(job)
        except Exception:
            logger.exception("Asking about %s broke off", job_id)
            await self._unless_overdue(job)
        else:
            await self._note(job, answer)

    async def _note(self, job: AnyRow, answer: Waiting | EditResult | SoundResult | None) -> None:
        if isinstance(answer, EditResult | SoundResult):
            await self._ready(job, answer)
            return
        if isinstance(answer, Waiting):
            shown = _shown(answer)
            riders = dict(shown)
            if job.cancel_requested_at is not None:
                del shown["stage_message"]  # what was said of stopping it matters more
            if any(getattr(job, name) != value for name, value in shown.items()):
                async with self._database.write() as unit:
                    await report_request(unit, job.id, job.version, riders, **shown)
        await self._unless_overdue(job)

    async def _ready(self, job: AnyRow, result: EditResult | SoundResult) -> None:
        try:
            arrived = await self._answers.keep(job, result)
        except StorageFailed as error:
            logger.warning("The result of %s is taken later: %s", job.id, error)
            await self._unless_overdue(job)
            return
        async with self._database.write() as unit:
            moved = await transition(
                unit,
                job.id,
                JobState.RESULT_READY,
                by=Mover.POLLER,
                **ready_values(arrived),
            )
            if moved is not None:
                unit.ring([Bell(Step.FINALISE, job.id)])
        if moved is not None:
            await self._breakers.ended(job)

    async def _unless_overdue(self, job: AnyRow) -> None:
        if self._clock.now() < job.deadline_at:
            return
        async with self._database.read() as connection:
            job = await jobs.get(connection, job.id) or job
        message = (
            "The provider did not finish in time. It may still finish and charge for it; the "
            f"request's id is kept, and `{recovery_of(job.kind)}` looks for the result by it."
        )
        await self._fail(job, Failure(JobErrorCode.RESULT_LOST, message))

    async def _fail(self, job: AnyRow, failure: Failure) -> None:
        state, values = ending(failure, self._clock.now())
        async with self._database.write() as unit:
            guard = Guard(version=job.version)
            moved = await transition(unit, job.id, state, by=Mover.POLLER, guard=guard, **values)
        if moved is not None:
            await self._breakers.ended(job, failure.code)


def _known_by(job: AnyRow) -> datetime:
    accepted: datetime = job.submitted_at
    return accepted + _SETTLING


def ticket_of(job: AnyRow) -> Ticket:
    """Make the ticket of an accepted request from its row."""
    return Ticket(job.request_id, job.status_url, job.response_url, job.cancel_url)


def _shown(waiting: Waiting) -> dict[str, Any]:
    if waiting.running:
        message = waiting.message or "The provider is working on it"
        return {
            "stage": Stage.PROVIDER_RUNNING,
            "stage_message": message,
            "queue_position": None,
        }
    place = waiting.queue_position
    message = "Waiting in the provider's queue"
    if place is not None:
        message = (
            "Next in the provider's queue" if place == 0 else f"{place} ahead of it at the provider"
        )
    return {"stage": Stage.PROVIDER_QUEUED, "stage_message": message, "queue_position": place}
