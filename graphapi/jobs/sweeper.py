"""The sweeper: once a second, a look at the jobs that nobody is looking after."""

import asyncio
import logging
from datetime import datetime

from graphapi.jobs.outage import Outage
from graphapi.ports.doorbell import Bell, Doorbell
from graphapi.services.sweeping import Sweeping

logger = logging.getLogger(__name__)

TICK_SECONDS = 1.0
# A job whose step is due is rung for again after so long, lest a slow queue fill with bells; one
# that was tried meanwhile, and is due anew, at once.
RING_AGAIN_SECONDS = 5.0
FORGET_EVERY_SECONDS = 60.0


class Sweeper:
    """Sweeps and rings."""

    def __init__(self, sweeping: Sweeping, doorbell: Doorbell) -> None:
        self._sweeping = sweeping
        self._doorbell = doorbell
        self._rung: dict[tuple[Bell, datetime | None], float] = {}
        self._forget_at = 0.0
        self._outage = Outage(logger, "The sweeper")

    async def run(self) -> None:
        """Sweep until cancelled."""
        while True:
            try:
                await self._round()
            except Exception as error:  # noqa: BLE001 - a database that is away comes back
                self._outage.failed(error)
            else:
                self._outage.worked()
            await asyncio.sleep(TICK_SECONDS)

    async def _round(self) -> None:
        now = asyncio.get_running_loop().time()
        bells = await self._sweeping.sweep()
        await self._doorbell.ring(self._not_rung_lately(bells, now))
        await self._sweeping.tell_positions()
        if now >= self._forget_at:
            self._forget_at = now + FORGET_EVERY_SECONDS
            await self._sweeping.forget_dead_workers()

    def _not_rung_lately(self, bells: list[Bell], now: float) -> list[Bell]:
        recent = {b: at for b, at in self._rung.items() if at > now - RING_AGAIN_SECONDS}
        fresh = [bell for bell in bells if (bell, bell.due_at) not in recent]
        self._rung = recent | {(bell, bell.due_at): now for bell in fresh}
        return fresh
