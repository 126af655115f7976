"""The heartbeat, by which the others know that this process still lives."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from graphapi.jobs.outage import Outage

logger = logging.getLogger(__name__)

BEAT_SECONDS = 3.0


class Heartbeat:
    """Calls `beat` every `every` seconds, whatever becomes of it.

    A beat that takes longer than that is given up, so that one that hangs costs one beat.
    """

    def __init__(self, beat: Callable[[], Awaitable[None]], every: float = BEAT_SECONDS) -> None:
        self._beat = beat
        self._every = every
        self._outage = Outage(logger, "The heartbeat")

    async def run_forever(self) -> None:
        """Beat at once and then regularly, until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            started = loop.time()
            await self._try()
            await asyncio.sleep(max(0.0, started + self._every - loop.time()))

    async def _try(self) -> None:
        try:
            async with asyncio.timeout(self._every):
                await self._beat()
        except Exception as error:  # noqa: BLE001 - no failure may end the heartbeat
            self._outage.failed(error)
        else:
            self._outage.worked()
