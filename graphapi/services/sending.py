"""The one way a paid request leaves: intent committed before it, outcome after it, never twice.

A request that may have been accepted is never sent again by machine; see `graphapi.errors` for
what each error says about money.
"""

import asyncio
import hashlib
import json
import logging
import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from types import MappingProxyType
from typing import Any, TypeVar

from graphapi.domain.charges import UNTOLD
from graphapi.domain.failures import Failure, JobErrorCode
from graphapi.domain.jobs import Billed, JobState, Mover
from graphapi.errors import InDoubt, NotSent, ProviderError, Rejected, Throttled
from graphapi.persistence import jobs, riding
from graphapi.persistence.database import Database
from graphapi.persistence.records import AnyRow
from graphapi.persistence.transition import Guard, failed, lock_owner, transition
from graphapi.ports.clock import Clock
from graphapi.ports.doorbell import Bell, Step
from graphapi.services.breakers import Breakers
from graphapi.services.endings import charge_values, doubted
from graphapi.services.insisting import insist, see_through, take_or_leave

logger = logging.getLogger(__name__)

Answer = TypeVar("Answer")

# A provider that took a request works; one that brought the result as well, its model too.
_ACCEPTED = {JobState.SUBMITTED, JobState.RESULT_READY}


@dataclass(frozen=True, slots=True)
class Intent:
    """A job that this process alone may send now. `token` is secret; its hash is in the row.

    `webhook_url` is where its provider may tell of the end, with the token in it. `riders` are the
    ids of those whose pictures the request makes too, by their places.
    """

    job: AnyRow
    token: str
    webhook_url: str | None = None
    riders: tuple[str, ...] = ()

    @property
    def guard(self) -> Guard:
        """Guard what follows by the fence of this intent."""
        return Guard(fence=self.job.fence)


class Sender:
    """Commits intents, sends, and records what became of them; `breakers` may have a job wait.

    `worker_id` names this process in claims. `repeatable` tells whether a provider is free and
    deterministic, so that a request in doubt may simply be sent again. `webhooks` names, for each
    provider that tells of the end, the address where it may, short of the token.
    """

    def __init__(  # noqa: PLR0913, PLR0917 - one neighbour each, wired in one place
        self,
        database: Database,
        clock: Clock,
        worker_id: str,
        repeatable: Callable[[str], bool],
        breakers: Breakers,
        webhooks: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        self._database = database
        self._clock = clock
        self._worker_id = worker_id
        self._repeatable = repeatable
        self._breakers = breakers
        self._webhooks = webhooks

    async def intend(
        self, job_id: str, slots: int | None, count_field: str | None = None
    ) -> Intent | None:
        """Commit the intent to send a job; None when it is not to be sent now, or not by us.

        It asks for a picture for each job that still rides with it, as `count_field` says.
        """
        token = secrets.token_urlsafe(32)
        await self._breakers.look()
        intend = partial(self._intend, job_id, slots, count_field, token)
        until = self._clock.now() + jobs.CLAIM_FOR
        withdraw = partial(self._withdraw, token)
        return await take_or_leave(intend, withdraw, job_id, until, self._clock)

    async def _intend(
        self, job_id: str, slots: int | None, count_field: str | None, token: str
    ) -> Intent | None:
        now = self._clock.now()
        async with self._database.write() as unit:
            job = await jobs.get(unit.connection, job_id)
            if job is None or not _sendable(job, now):
                return None
            if slots is not None and not await jobs.take_slot(unit, job.provider, slots):
                return None
            if not await self._breakers.admits(unit, job):
                return None
            asked: dict[str, Any] = {}
            riders: Sequence[AnyRow] = ()
            if riding.leads(job):
                await lock_owner(unit, job.owner_id)
                riders = await riding.riders_of(unit.connection, job_id)
                asked = await riding.gather(unit, job, riders, count_field)
            moved = await transition(
                unit,
                job_id,
                JobState.SUBMITTING,
                by=Mover.SUBMITTER,
                guard=Guard(version=job.version),
                claimed_by=self._worker_id,
                fence=job.fence + 1,
                intended_at=now,
                awaits_webhook=job.provider in self._webhooks,
                attempt_token_hash=_hash(token),
                request_hash=_request_hash(job, asked.get("options", job.options)),
                **asked,
            )
            if moved is not None:
                await self._breakers.try_with(unit, moved)
        address = self._webhooks.get(job.provider)
        if moved is None:
            return None
        ids = tuple(rider.id for rider in riders)
        return Intent(moved, token, address and f"{address}/{token}", ids)

    async def _withdraw(self, token: str) -> None:
        """Take back an intent of which it is certain that nothing was sent."""
        async with self._database.write() as unit:
            job = await jobs.by_token_hash(unit.connection, _hash(token))
            if job is not None:
                guard, now = Guard(version=job.version), self._clock.now()
                to, by = JobState.QUEUED, Mover.SUBMITTER
                await transition(unit, job.id, to, by=by, guard=guard, next_at=now)

    async def send(self, intent: Intent, call: Callable[[], Awaitable[Answer]]) -> Answer | None:
        """Make the paid call once; None when it brought no answer, which is then recorded."""
        try:
            return await call()
        except (NotSent, Throttled) as error:
            await self._postpone(intent, error)
        except Rejected as error:
            await self._fail(intent, error)
        except InDoubt as error:
            await self._doubt(intent, error)
        except asyncio.CancelledError:
            # The process is stopping: say that it may have been sent, then stop.
            await self._doubt(intent, None)
            raise
        except Exception:
            logger.exception("Sending %s broke off", intent.job.id)
            await self._doubt(intent, None)
        return None

    async def record(self, intent: Intent, to: JobState, **values: Any) -> bool:
        """Record what became of a call, however long the database takes to come back.

        False when the row did not take it: then somebody else has ended the job meanwhile. When
        it is cancelled it first records, then stops: what is known now may be about money.
        """
        move = partial(self._move, intent, to, values)
        deadline = intent.job.deadline_at
        taken = await see_through(insist(move, intent.job.id, deadline, self._clock))
        if to in _ACCEPTED:
            await self._breakers.sent(intent.job)
        if to is JobState.RESULT_READY:
            await self._breakers.ended(intent.job)
        return taken

    async def _postpone(self, intent: Intent, error: ProviderError) -> None:
        logger.warning("%s is sent later: %s", intent.job.id, error)
        asked = error.retry_after if isinstance(error, Throttled) else None
        wait = asked or jobs.retry_delay(intent.job.tries)
        values = {
            "stage_message": f"{error.message} Trying again soon",
            "next_at": self._clock.now() + wait,
            "tries": intent.job.tries + 1,
        }
        await self.record(intent, JobState.QUEUED, **values)
        await self._breakers.sent(intent.job, error.code)

    async def _fail(self, intent: Intent, error: Rejected) -> None:
        values = failed(Failure(error.code, error.message))
        # An answer that is of no use was made all the same, and perhaps charged for.
        begun = error.perhaps_billed or error.code is JobErrorCode.INVALID_OUTPUT
        charge = error.failure.charge
        values |= charge_values(charge) | {"finished_at": self._clock.now()}
        if charge == UNTOLD and not begun:
            values |= {"billed": Billed.NO}
        await self.record(intent, JobState.FAILED, **values)
        await self._breakers.sent(intent.job, error.code)

    async def _doubt(self, intent: Intent, error: ProviderError | None) -> None:
        if self._repeatable(intent.job.provider):
            again = error or NotSent(JobErrorCode.INTERNAL, "The work was interrupted.")
            await self._postpone(intent, again)
            return
        await self.record(intent, JobState.SUBMIT_UNKNOWN, **doubted(self._clock.now()))
        if error is not None:  # else it was this process that broke off, and not the provider
            await self._breakers.sent(intent.job, error.code)

    async def _move(self, intent: Intent, to: JobState, values: dict[str, Any]) -> bool:
        job_id, request_id = intent.job.id, values.get("request_id")
        values = {"next_at": self._clock.now()} | values
        async with self._database.write() as unit:
            moved = await transition(
                unit, job_id, to, by=Mover.SUBMITTER, guard=intent.guard, **values
            )
            if moved is not None and to is JobState.RESULT_READY:
                unit.ring([Bell(Step.FINALISE, job_id)])
            now = None if moved else await jobs.get(unit.connection, job_id)
        if now is not None and now.request_id is None:
            logger.error(
                "%s had ended before its answer came: %s, request %s", job_id, to, request_id
            )
        elif now is not None:
            # A webhook came first; it knew more than this answer, or than its loss.
            logger.info("%s was %s before its own answer came: %s", job_id, now.state, to)
        return moved is not None


def _sendable(job: AnyRow, now: datetime) -> bool:
    return (
        job.state is JobState.QUEUED
        and job.prepared_at is not None
        and job.waits_for is None
        and job.rides_with is None
        and job.cancel_requested_at is None
        and job.next_at <= now < job.deadline_at
    )


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _request_hash(job: AnyRow, options: Mapping[str, Any]) -> str:
    asked = (job.provider, job.model, job.prompt, job.aspect_ratio, job.seed, options)
    sources = (job.picture_id, job.source_url, *job.further_urls)
    return hashlib.sha256(json.dumps([*sources, *asked]).encode()).hexdigest()
