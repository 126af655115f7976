"""What `graphapi worker` runs: Dramatiq's worker threads, all work on this process's one loop.

Dramatiq's own AsyncIO middleware would start a second loop, on which the database's pools and
the HTTP clients made on the first break. Here its threads only wait: each holds one message
while the step runs on the main loop.
"""

import asyncio
import concurrent.futures
from collections.abc import Coroutine
from typing import Any, cast

import dramatiq
from dramatiq import Middleware, Worker
from dramatiq.asyncio import EventLoopThread, set_event_loop_thread
from dramatiq.broker import MessageProxy
from dramatiq.middleware import SkipMessage

from graphapi.jobs.brokers.redis import PatientRedisBroker, give_back
from graphapi.jobs.running import RunningSteps

THREADS = 32
# How long an idle thread sleeps before it looks whether it should end.
WAKE_MS = 500
# Once the steps have ended, threads need no more than a moment; longer only if Redis is gone.
CLOSING_MS = 1_500


class WorkerRuntime:
    """Takes messages from `broker` and performs at most `threads` steps at once."""

    def __init__(self, broker: PatientRedisBroker, threads: int = THREADS) -> None:
        self._broker = broker
        self._worker = Worker(broker, worker_timeout=WAKE_MS, worker_threads=threads)
        # Take only what can begin at once, so that nothing waits here while others are idle.
        self._worker.queue_prefetch = threads
        self._steps: _StepsOnLoop | None = None

    def start(self) -> None:
        """Begin to take messages, performing them on the running loop; returns at once.

        Redis need not be there yet: consumers try again every three seconds.
        """
        self._steps = _StepsOnLoop(asyncio.get_running_loop())
        self._broker.add_middleware(self._steps)
        # Actors ask it for `run_coroutine` and nothing else, whatever the type says.
        set_event_loop_thread(cast("EventLoopThread", self._steps))
        self._worker.start()

    async def stop(self, grace: float) -> None:
        """Begin no more steps; give running ones `grace` seconds, then cancel them.

        Returns when the cancelled ones have written down where they stand and their messages
        have gone back to the queue, for another worker.
        """
        if self._steps is None:
            return
        steps, self._steps = self._steps, None
        self._broker.rest()
        await steps.drain(grace)
        await asyncio.to_thread(self._worker.stop, CLOSING_MS)
        set_event_loop_thread(None)


class _StepsOnLoop(Middleware):
    """Performs steps on the main loop, and gives back the messages that a stop cut short."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._running = RunningSteps()
        self._stopping = False

    async def drain(self, grace: float) -> None:
        self._stopping = True
        await self._running.drain(grace)

    def run_coroutine(self, step: Coroutine[Any, Any, None]) -> None:
        """Perform a step on the loop and wait for it, on a thread of Dramatiq's."""
        performed = asyncio.run_coroutine_threadsafe(self._perform(step), self._loop)
        try:
            performed.result()
        except concurrent.futures.CancelledError:
            raise SkipMessage("The step was cancelled.") from None

    async def _perform(self, step: Coroutine[Any, Any, None]) -> None:
        if self._stopping:
            step.close()
            raise asyncio.CancelledError
        await self._running.start(step)

    def after_skip_message(self, _: dramatiq.Broker, message: MessageProxy) -> None:
        if self._stopping:
            give_back(message)
