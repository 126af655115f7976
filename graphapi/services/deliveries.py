"""Taking in what a provider tells unasked. The poller asks all the same, only less often.

A delivery may come before the submit's own answer, twice, late, or never.
"""

import hashlib
import logging
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from graphapi.domain.failures import Failure
from graphapi.domain.jobs import TERMINAL, Billed, JobState, Mover
from graphapi.errors import DeliveryFault, DeliveryRefused, StorageFailed
from graphapi.persistence import attempts, jobs, riding
from graphapi.persistence.database import Database
from graphapi.persistence.records import AnyRow
from graphapi.persistence.transition import lock_owner, report, transition
from graphapi.persistence.unit_of_work import UnitOfWork
from graphapi.ports.clock import Clock
from graphapi.ports.doorbell import Bell, Step
from graphapi.ports.editing import Ticket
from graphapi.ports.webhooks import WebhookDelivery, WebhookVerifier
from graphapi.services.answers import Answers, Arrived, End, ready_values
from graphapi.services.bills import with_bill
from graphapi.services.breakers import Breakers
from graphapi.services.endings import ending
from graphapi.services.models import Models
from graphapi.services.proving import keep_late, prove_unbilled
from graphapi.services.results import Outcome, believed

logger = logging.getLogger(__name__)

# What a delivery told before it, or the poller found.
_KEPT = {JobState.RESULT_READY, JobState.SUCCEEDED}
_UNSENT = {JobState.SUBMITTING, JobState.SUBMIT_UNKNOWN}


class Deliveries:
    """Believes deliveries that are signed, and moves the job whose token was in the address."""

    def __init__(  # noqa: PLR0913, PLR0917 - one neighbour each, wired in one place
        self,
        database: Database,
        answers: Answers,
        models: Models,
        verifiers: Mapping[str, WebhookVerifier],
        breakers: Breakers,
        clock: Clock,
    ) -> None:
        self._database = database
        self._answers = answers
        self._models = models
        self._verifiers = verifiers
        self._breakers = breakers
        self._clock = clock

    async def expects(self, provider: str, token: str) -> bool:
        """Tell whether a job of this provider was sent with this token."""
        return await self._job(provider, token) is not None

    async def receive(
        self, provider: str, token: str, headers: Mapping[str, str], body: bytes
    ) -> None:
        """Check a delivery, then do what it tells; doing it again changes nothing.

        Raises DeliveryRefused; also when it is about another request than the token's.
        """
        delivery = await self._verifiers[provider].verify(headers, body)
        job = await self._job(provider, token)
        if job is None:
            raise DeliveryRefused(DeliveryFault.FOREIGN, "The delivery is for no job of ours.")
        request_id = _request_id(job, delivery)  # of another's nothing is stored
        end = await self._end(job, request_id, believed(job, delivery.outcome))
        async with self._database.write() as unit:
            await lock_owner(unit, job.owner_id)
            current = await jobs.get(unit.connection, job.id)
            assert current is not None  # noqa: S101 - jobs are never deleted
            ended = await self._believe(unit, current, _request_id(current, delivery), end)
        if ended:
            code = end.code if isinstance(end, Failure) else None
            await self._breakers.ended(job, code)

    async def _end(self, job: AnyRow, request_id: str, told: Outcome) -> End:
        """Keep what a delivery brings; None where that cannot be now, so that it is asked for."""
        if job.state in _KEPT:
            return None
        ticket = self._ticket(job, request_id)
        told = await with_bill(self._models.asked(job), ticket, told)
        try:
            return await self._answers.take(job, told)
        except StorageFailed as error:
            logger.warning("The result of %s is asked for later: %s", job.id, error)
            return None

    async def _job(self, provider: str, token: str) -> AnyRow | None:
        if provider not in self._verifiers:
            return None
        hashed = hashlib.sha256(token.encode()).hexdigest()
        async with self._database.read() as connection:
            job = await jobs.by_token_hash(connection, hashed)
        return job if job is not None and job.provider == provider else None

    async def _believe(self, unit: UnitOfWork, job: AnyRow, request_id: str, end: End) -> bool:
        """Move a job as its delivery tells; True when that has ended what the provider does."""
        if job.state in TERMINAL:
            for each in await riding.party_of(unit.connection, job):
                await self._keep(unit, each, request_id, end)
            return False
        if job.state in _UNSENT:
            accepted = accepted_values(self._ticket(job, request_id), self._clock)
            await transition(unit, job.id, JobState.SUBMITTED, by=Mover.WEBHOOK, **accepted)
        if job.state is JobState.RESULT_READY:
            return False
        if end is None:
            await _ask_soon(unit, job.id)
            return False
        if isinstance(end, Arrived):
            values = ready_values(end)
            ready = await transition(
                unit, job.id, JobState.RESULT_READY, by=Mover.WEBHOOK, **values
            )
            if ready is not None:
                unit.ring([Bell(Step.FINALISE, job.id)])
            return ready is not None
        state, values = ending(end, self._clock.now())
        return await transition(unit, job.id, state, by=Mover.WEBHOOK, **values) is not None

    async def _keep(self, unit: UnitOfWork, job: AnyRow, request_id: str, end: End) -> None:
        """Keep a result that came after the end, or where it is, for a recovery to adopt."""
        if job.state not in TERMINAL or job.state is JobState.SUCCEEDED or job.result is not None:
            return
        if isinstance(end, Failure) and end.charge.billed is Billed.NO:
            await prove_unbilled(unit, job, end, Mover.WEBHOOK)
        if isinstance(end, Failure) or (end is None and job.request_id is not None):
            return
        logger.warning("What the provider tells of %s came after its end and is kept", job.id)
        message = "The provider told of its end too late; its request is kept"
        found = accepted_values(self._ticket(job, request_id), self._clock)
        kept = {name: found[name] for name in ("status_url", "response_url", "request_id")}
        if end is None:
            await attempts.keep_evidence(unit, job, Mover.WEBHOOK, message, **kept)
        else:
            await keep_late(unit, job, end, Mover.WEBHOOK, **kept)

    def _ticket(self, job: AnyRow, request_id: str) -> Ticket:
        asked = self._models.asked(job)
        endpoint = self._models.named(job).endpoint
        built = asked.ticket(endpoint, request_id) if asked else Ticket(request_id)
        if job.request_id is None:
            return built
        return replace(built, status_url=job.status_url, response_url=job.response_url)


def accepted_values(ticket: Ticket, clock: Clock) -> dict[str, Any]:
    """Make the columns of a job that is known to be accepted, other than by its own answer."""
    now = clock.now()
    return {
        "request_id": ticket.request_id,
        "status_url": ticket.status_url,
        "response_url": ticket.response_url,
        "cancel_url": ticket.cancel_url,
        "submitted_at": now,
        "next_at": now,
        "billed": Billed.UNKNOWN,
    }


async def _ask_soon(unit: UnitOfWork, job_id: str) -> None:
    """Have a job asked about that has ended, as nothing more will be told of how."""
    job = await jobs.get(unit.connection, job_id)
    if job is not None and job.state is JobState.SUBMITTED and job.awaits_webhook:
        await report(unit, job_id, job.version, awaits_webhook=False)


def _request_id(job: AnyRow, delivery: WebhookDelivery) -> str:
    """Pin the request: a provider signs for all its customers, and for all our jobs."""
    if job.request_id is None:
        return delivery.request_id
    if job.request_id not in (delivery.request_id, delivery.gateway_request_id):
        raise DeliveryRefused(
            DeliveryFault.FOREIGN, "The delivery is about another request than its address."
        )
    return str(job.request_id)
