"""The reconciler: every few seconds, a look for the requests that are in doubt."""

import asyncio
import logging

from graphapi.jobs.outage import Outage
from graphapi.services.reconciling import Reconciling

logger = logging.getLogger(__name__)

TICK_SECONDS = 2.0


class Reconciler:
    """Looks beside the sweeper, whose rounds must not wait for a provider's history."""

    def __init__(self, reconciling: Reconciling, tick: float = TICK_SECONDS) -> None:
        self._reconciling = reconciling
        self._tick = tick
        self._outage = Outage(logger, "The reconciler")

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            try:
                await self._reconciling.look()
            except Exception as error:  # noqa: BLE001 - a database that is away comes back
                self._outage.failed(error)
            else:
                self._outage.worked()
            await asyncio.sleep(self._tick)
