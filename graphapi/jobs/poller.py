"""The poller: one task that waits for every submitted job, instead of a thread for each."""

import asyncio
import logging
from datetime import datetime, timedelta

from graphapi.errors import Unavailable
from graphapi.jobs.outage import Outage
from graphapi.ports.clock import Clock
from graphapi.services.polling import Polling, Submitted

logger = logging.getLogger(__name__)

MOST_AT_ONCE = 16
# A young job is asked about four times a second; one that has waited a minute, every five seconds.
SHORTEST, LONGEST, SHARE_OF_AGE = timedelta(seconds=0.25), timedelta(seconds=5), 0.1
# With nothing to wait for there is no hurry, and with very much a look takes its time.
IDLE_SECONDS, SHORTEST_TICK, LONGEST_TICK, TICK_OF_EACH = 0.25, 0.1, 0.5, 0.0025
# One that its provider tells of is asked about for its progress, and lest the webhook is lost.
RARELY = 4


def interval(age: timedelta, *, told: bool = False) -> timedelta:
    """Tell how long to wait before a job of this age is asked about again."""
    wait = min(LONGEST, max(SHORTEST, age * SHARE_OF_AGE))
    return wait * RARELY if told else wait


def due(job: Submitted, asked: datetime) -> datetime:
    """Tell when a job is to be asked about again that was asked about then.

    By what is known of it now: whose end was told meanwhile need not wait long.
    """
    return asked + interval(asked - job.at, told=job.told)


def tick(jobs: int) -> float:
    """Tell how many seconds to wait before looking again which of so many jobs are due."""
    return min(LONGEST_TICK, max(SHORTEST_TICK, jobs * TICK_OF_EACH)) if jobs else IDLE_SECONDS


class Poller:
    """Asks about each submitted job, the more rarely the longer it has been waiting."""

    def __init__(self, polling: Polling, clock: Clock) -> None:
        self._polling = polling
        self._clock = clock
        self._asked: dict[str, datetime] = {}
        self._asking: dict[str, asyncio.Task[None]] = {}
        self._places = asyncio.Semaphore(MOST_AT_ONCE)
        self._outage = Outage(logger, "The poller")

    async def run(self) -> None:
        """Poll until cancelled."""
        try:
            while True:
                await self._round()
                await asyncio.sleep(tick(len(self._asked)))
        finally:
            for task in self._asking.values():
                task.cancel()
            await asyncio.gather(*self._asking.values(), return_exceptions=True)

    async def _round(self) -> None:
        try:
            submitted = await self._polling.submitted()
        except Exception as error:  # noqa: BLE001 - a database that is away comes back
            self._outage.failed(error)
            return
        self._outage.worked()
        self._asked = {job_id: at for job_id, at in self._asked.items() if job_id in submitted}
        for job_id, job in submitted.items():
            self._ask_when_due(job_id, job)

    def _ask_when_due(self, job_id: str, job: Submitted) -> None:
        now, asked = self._clock.now(), self._asked.get(job_id)
        if job_id in self._asking or (asked is not None and now < due(job, asked)):
            return
        self._asked[job_id] = now
        task = asyncio.create_task(self._ask(job_id))
        self._asking[job_id] = task
        task.add_done_callback(lambda _: self._asking.pop(job_id))

    async def _ask(self, job_id: str) -> None:
        async with self._places:
            try:
                await self._polling.check(job_id)
            except Unavailable as error:
                self._outage.failed(error)
            except Exception:
                logger.exception("Asking about %s failed", job_id)
