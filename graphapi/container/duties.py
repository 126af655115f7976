"""What a process does beside answering: beat, stand for election, poll and sweep."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from graphapi.container.foundations import Foundations
from graphapi.container.use_cases import make_polling, make_reconciling, make_tidying
from graphapi.jobs.heartbeat import Heartbeat
from graphapi.jobs.leader import LeaderElection
from graphapi.jobs.poller import Poller
from graphapi.jobs.reconciler import Reconciler
from graphapi.jobs.sweeper import Sweeper
from graphapi.jobs.tidier import Tidier
from graphapi.persistence import workers
from graphapi.ports.doorbell import Doorbell
from graphapi.services.sweeping import Sweeping

_LEASE = "leader"


class Duties:
    """The duties of one process, known to the others as `worker_id`."""

    def __init__(self, base: Foundations, doorbell: Doorbell, worker_id: str) -> None:
        self._base = base
        self._worker_id = worker_id
        self._poller = Poller(make_polling(base), base.clock)
        sweeping = Sweeping(base.database, base.clock, base.models.is_repeatable)
        self._sweeper = Sweeper(sweeping, doorbell)
        self._reconciler = Reconciler(make_reconciling(base))
        self._tidier = Tidier(make_tidying(base))

    @asynccontextmanager
    async def performed(self) -> AsyncIterator[None]:
        """Perform the duties inside the block; then leave, so that nobody waits for us."""
        # Before any claim: one of a process that nobody has heard of would count as abandoned.
        await self._beat()
        heartbeat = Heartbeat(self._beat)
        election = LeaderElection(
            self._try_acquire, self._release, self._lead, lease=workers.LEASE_FOR.total_seconds()
        )
        tasks = [
            asyncio.create_task(heartbeat.run_forever(), name="heartbeat"),
            asyncio.create_task(election.run_forever(), name="election"),
        ]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            async with self._base.database.write() as unit:
                await workers.leave(unit, self._worker_id)

    async def _lead(self) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(self._poller.run(), name="poller")
            group.create_task(self._sweeper.run(), name="sweeper")
            group.create_task(self._reconciler.run(), name="reconciler")
            group.create_task(self._tidier.run(), name="tidier")

    async def _beat(self) -> None:
        async with self._base.database.write() as unit:
            await workers.beat(unit, self._worker_id, self._base.clock.now())

    async def _try_acquire(self) -> bool:
        now = self._base.clock.now()
        async with self._base.database.write() as unit:
            return await workers.take_lease(unit, _LEASE, self._worker_id, now)

    async def _release(self) -> None:
        async with self._base.database.write() as unit:
            await workers.give_up_lease(unit, _LEASE, self._worker_id)
