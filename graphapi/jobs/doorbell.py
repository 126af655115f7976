"""Ringing over a broker: a bell that cannot be rung is dropped, for the sweeper rings again."""

import asyncio
import logging
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from graphapi.jobs.actors import Actors
from graphapi.jobs.outage import Outage
from graphapi.ports.doorbell import Bell

logger = logging.getLogger(__name__)

PATIENCE_SECONDS = 1.0
# Rings that may wait for a slow broker before further ones are dropped.
MOST_WAITING = 256


class BrokerDoorbell:
    """Rings over a broker that lives in this process and never waits."""

    def __init__(self, actors: Actors) -> None:
        self._actors = actors
        self._outage = Outage(logger, "The doorbell")

    async def ring(self, bells: Sequence[Bell]) -> None:
        """Ring each bell once, at most; never raise, never block for longer than a second."""
        self._send(bells)

    def _send(self, bells: Sequence[Bell]) -> None:
        try:
            for bell in bells:
                self._actors[bell.step].send(bell.job_id)
        except Exception as error:  # noqa: BLE001 - what was committed stands, whatever fails here
            self._outage.failed(error)
        else:
            self._outage.worked()


class RemoteDoorbell(BrokerDoorbell):
    """Rings over a broker whose `send` waits for the network: from one thread, in order.

    While the broker does not answer, one thread waits for it and nobody else does.
    """

    def __init__(self, actors: Actors) -> None:
        super().__init__(actors)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="doorbell")
        self._waiting = 0
        self._closed = False

    async def ring(self, bells: Sequence[Bell]) -> None:
        """Ring each bell once, at most; never raise, never block for longer than a second."""
        if not bells or self._closed or self._waiting >= MOST_WAITING:
            return
        self._waiting += 1
        sent = asyncio.get_running_loop().run_in_executor(self._thread, self._send, tuple(bells))
        sent.add_done_callback(self._one_less)
        await asyncio.wait([sent], timeout=0 if self._outage else PATIENCE_SECONDS)

    def close(self) -> None:
        """Stop ringing; what waits is dropped."""
        self._closed = True
        self._thread.shutdown(wait=False, cancel_futures=True)

    def _one_less(self, _: asyncio.Future[None]) -> None:
        self._waiting -= 1
