"""The leader: of all processes, the one that polls and sweeps."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from graphapi.jobs.outage import Outage

logger = logging.getLogger(__name__)

RENEW_SECONDS = 3.0
LEASE_SECONDS = 10.0
# Work ends this long before another process may take over, so that two never work at once.
MARGIN_SECONDS = 2.0


class LeaderElection:
    """Does `run()` for as long as, and only while, this process holds the lease.

    `try_acquire` takes or renews a lease of `lease` seconds and tells whether this process holds
    it; it is asked every `every` seconds and may be cancelled when it hangs. When the lease can
    no longer be renewed, work ends before it runs out. Work that ends by itself is begun again.
    """

    def __init__(
        self,
        try_acquire: Callable[[], Awaitable[bool]],
        release: Callable[[], Awaitable[None]],
        run: Callable[[], Coroutine[Any, Any, None]],
        *,
        every: float = RENEW_SECONDS,
        lease: float = LEASE_SECONDS,
    ) -> None:
        self._try_acquire = try_acquire
        self._release = release
        self._run = run
        self._every = every
        self._safe = lease - MARGIN_SECONDS
        self._until: float | None = None
        self._work: asyncio.Task[None] | None = None
        self._outage = Outage(logger, "The election of a leader")

    @property
    def leading(self) -> bool:
        """Tell whether this process does the work now."""
        return self._until is not None

    async def run_forever(self) -> None:
        """Stand for election until cancelled; then end the work and give up the lease."""
        loop = asyncio.get_running_loop()
        try:
            while True:
                started = loop.time()
                await self._renew(started)
                await asyncio.sleep(max(0.0, self._next(started) - loop.time()))
        finally:
            await self._resign()

    async def _renew(self, started: float) -> None:
        held = await self._ask(self._patience(started))
        if held:
            # From before the question: the lease may have begun at any time since.
            self._until = started + self._safe
            self._begin()
        elif held is False or self._expired():
            await self._end()

    def _next(self, started: float) -> float:
        regular = started + self._every
        return regular if self._until is None else min(regular, self._until)

    def _patience(self, now: float) -> float:
        if self._until is None:
            return self._every
        return max(0.0, min(self._every, self._until - now))

    async def _ask(self, patience: float) -> bool | None:
        try:
            async with asyncio.timeout(patience):
                held = await self._try_acquire()
        except Exception as error:  # noqa: BLE001 - a lost database must not end the election
            self._outage.failed(error)
            return None
        self._outage.worked()
        return held

    def _expired(self) -> bool:
        return self._until is not None and asyncio.get_running_loop().time() >= self._until

    def _begin(self) -> None:
        if self._work is None:
            logger.info("This process now leads")
        elif not self._work.done():
            return
        self._work = asyncio.create_task(self._supervised())

    async def _supervised(self) -> None:
        try:
            await self._run()
        except Exception:
            logger.exception("The leader's work failed; it is begun again")

    async def _end(self) -> None:
        self._until = None
        if self._work is None:
            return
        work, self._work = self._work, None
        work.cancel()
        await asyncio.wait([work])
        logger.info("This process no longer leads")

    async def _resign(self) -> None:
        led = self.leading
        await self._end()
        if not led:
            return
        try:
            await self._release()
        except Exception as error:  # noqa: BLE001 - the lease runs out by itself
            self._outage.failed(error)
