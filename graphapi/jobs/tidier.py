"""The tidier: now and then, media that nobody needs any more is removed."""

import asyncio
import logging

from graphapi.jobs.outage import Outage
from graphapi.services.tidying import Tidying

logger = logging.getLogger(__name__)

TICK_SECONDS = 600.0


class Tidier:
    """Tidies up beside the sweeper, which must not wait for storage."""

    def __init__(self, tidying: Tidying, tick: float = TICK_SECONDS) -> None:
        self._tidying = tidying
        self._tick = tick
        self._outage = Outage(logger, "The tidier")

    async def run(self) -> None:
        """Tidy until cancelled; not at once, since a server that starts has more urgent work."""
        while True:
            await asyncio.sleep(self._tick)
            try:
                removed = await self._tidying.tidy()
            except Exception as error:  # noqa: BLE001 - a storage that is away comes back
                self._outage.failed(error)
            else:
                self._outage.worked()
                if removed:
                    logger.info("The media of %d deleted or unused things was removed", removed)
