"""Keeping requests from providers that keep failing, in every process alike.

The rows are what holds; each process looks at them at most once a second, and not at all while
there is nothing to send.
"""

import logging
import random
from collections.abc import Mapping
from datetime import datetime, timedelta

from graphapi.domain.breakers import (
    Breaker,
    News,
    Part,
    Sign,
    Signs,
    hear,
    signs_of_making,
    signs_of_sending,
)
from graphapi.domain.failures import JobErrorCode
from graphapi.domain.jobs import JobState
from graphapi.domain.models import Model
from graphapi.domain.outages import ProviderOutage
from graphapi.persistence import breakers, jobs
from graphapi.persistence.breakers import Key
from graphapi.persistence.database import Database
from graphapi.persistence.records import AnyRow
from graphapi.persistence.transition import report_request
from graphapi.persistence.unit_of_work import UnitOfWork
from graphapi.ports.clock import Clock

logger = logging.getLogger(__name__)

_FRESH_FOR = timedelta(seconds=1)


class Breakers:
    """Lets jobs through or has them wait, and hears what became of those it let through."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._known: dict[Key, Breaker] = {}
        self._read_at: datetime | None = None

    async def outages(self) -> Mapping[Key, ProviderOutage]:
        """Read which providers and models are failing now, as all processes see it."""
        await self._read()
        now = self._clock.now()
        return {
            key: _outage(key, breaker)
            for key, breaker in self._known.items()
            if breaker.is_open(now)
        }

    async def look(self) -> None:
        """Make sure that what is known is no older than a second; outside of any write."""
        if self._read_at is None or self._clock.now() >= self._read_at + _FRESH_FOR:
            await self._read()

    async def admits(self, unit: UnitOfWork, job: AnyRow) -> bool:
        """Tell whether a queued job may be sent now; if not, have it wait and say for what.

        Call `look` before the unit. While nothing is open this asks the database nothing.
        """
        held = await self._holding(unit, job)
        if held is None:
            return True
        message = held.stage_message
        values = {"next_at": held.retry_at, "stage_message": message, "queue_position": None}
        await report_request(unit, job.id, job.version, values, **values)
        return False

    async def try_with(self, unit: UnitOfWork, job: AnyRow) -> None:
        """Note that a job which was admitted is on its way: if anything is open, as the trial."""
        now = self._clock.now()
        for key, breaker in (await self._locked(unit, job)).items():
            if breaker.is_open(now):
                self._known[key] = breaker.tried_with(job.id, now)
                await breakers.save(unit, key, self._known[key])

    async def admits_source(self, job_id: str) -> bool:
        """Tell whether a job's source may be sent ahead; if not, have the job wait.

        That is free, and so there may be many at once as soon as the pause is over.
        """
        await self.look()
        if not any(breaker.retry_at for breaker in self._known.values()):
            return True
        async with self._database.write() as unit:
            job = await jobs.get(unit.connection, job_id)
            if job is None or job.state is not JobState.QUEUED or job.next_at > self._clock.now():
                return True
            return await self.admits(unit, job)

    async def source_refused(self, job: AnyRow, code: JobErrorCode) -> None:
        """Hear that a source could not be given to a job's provider."""
        sign = signs_of_sending(code).get(Part.PROVIDER)
        if sign in (Sign.FAILS, Sign.BARRED):
            await self._hear(job, {Part.PROVIDER: sign}, code)

    async def sent(self, job: AnyRow, code: JobErrorCode | None = None) -> None:
        """Hear what became of sending a job; `code` is None when it was accepted."""
        await self._hear(job, signs_of_sending(code), code)

    async def ended(self, job: AnyRow, code: JobErrorCode | None = None) -> None:
        """Hear how an accepted request ended; `code` is None when it brought its result."""
        await self._hear(job, signs_of_making(code), code)

    async def _read(self) -> None:
        async with self._database.read() as connection:
            self._known = await breakers.every(connection)
        self._read_at = self._clock.now()

    async def _holding(self, unit: UnitOfWork, job: AnyRow) -> ProviderOutage | None:
        """Find what a job has to wait for, the longest of it; None when it may be sent."""
        now = self._clock.now()
        holding = {
            until: _outage(key, breaker)
            for key, breaker in (await self._locked(unit, job)).items()
            if (until := breaker.holds_until(job.id, now))
        }
        return holding[max(holding)] if holding else None

    async def _locked(self, unit: UnitOfWork, job: AnyRow) -> dict[Key, Breaker]:
        """Lock the breakers of a job, if as far as is known any of them is open."""
        keys = [_key(job, part) for part in Part]
        if not any(self._known[key].retry_at for key in keys if key in self._known):
            return {}
        return await breakers.lock(unit, job.provider, [model for _, model in keys])

    async def _hear(self, job: AnyRow, signs: Signs, code: JobErrorCode | None) -> None:
        await self.look()
        for part, sign in signs.items():
            await self._learn(_key(job, part), News(sign, job.id, self._clock.now(), code))

    async def _learn(self, key: Key, news: News) -> None:
        known, luck = self._known.get(key), random.random()  # noqa: S311 - no secret
        if hear(known, news, luck) == known:
            return
        async with self._database.write() as unit:
            if news.sign in (Sign.FAILS, Sign.BARRED):
                await breakers.lay(unit, key, news.at)
            before = (await breakers.lock(unit, key[0], [key[1]])).get(key)
            after = hear(before, news, luck)
            await breakers.save(unit, key, after)
            if before and before.retry_at and (not after or after.retry_at != before.retry_at):
                await breakers.wake(unit, key, before.retry_at, news.at)
        self._know(key, before, after)

    def _know(self, key: Key, before: Breaker | None, after: Breaker | None) -> None:
        self._known.pop(key, None)
        if after is not None:
            self._known[key] = after
        if after is not None and after.retry_at is not None and after != before:
            logger.warning("%s", _outage(key, after).stage_message)
        if after is None and before is not None and before.retry_at is not None:
            logger.info("%s works again", " ".join(filter(None, key)))


def outage_of(outages: Mapping[Key, ProviderOutage], model: Model) -> ProviderOutage | None:
    """Find what keeps a model from being asked: its provider's outage before its own."""
    return outages.get((model.provider, "")) or outages.get((model.provider, model.id))


def _key(job: AnyRow, part: Part) -> Key:
    return job.provider, job.model if part is Part.MODEL else ""


def _outage(key: Key, breaker: Breaker) -> ProviderOutage:
    return ProviderOutage(key[0], key[1] or None, breaker)
