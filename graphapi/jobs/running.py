"""The steps under way on this process's loop, and how they end when it stops."""

import asyncio
import contextvars
import logging
from collections.abc import Coroutine
from typing import Any

logger = logging.getLogger(__name__)

# A cancelled step has one row to write, perhaps to a busy database.
RECORDING_SECONDS = 5.0


class RunningSteps:
    """Starts steps as tasks and remembers them until they end; for use on the loop alone."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    def __len__(self) -> int:
        return len(self._tasks)

    def start(self, step: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Start a step as a task of its own."""
        # A fresh context: a step belongs to its job, not to the request that happened to ring.
        task = asyncio.get_running_loop().create_task(step, context=contextvars.Context())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def drain(self, grace: float) -> None:
        """Give the running steps `grace` seconds to end, then cancel them and wait.

        A cancelled step may take up to RECORDING_SECONDS to write down where it stands. Start
        no more steps before this is called.
        """
        await self._ended_within(grace)
        for task in self._tasks:
            task.cancel()
        if not await self._ended_within(RECORDING_SECONDS):
            logger.error("Left %d steps behind that do not end when cancelled", len(self))

    async def _ended_within(self, seconds: float) -> bool:
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=seconds)
        return not self._tasks
