"""The broker of a server that works alone: actors run as tasks on its own loop."""

import asyncio
import inspect
from collections import deque
from typing import Any

import dramatiq
from dramatiq import Message

from graphapi.jobs.running import RunningSteps

STEPS_AT_ONCE = 32


class EmbeddedBroker(dramatiq.Broker):
    """Runs actors on the loop on which it was started, a bounded number at once, in order.

    Messages live in memory only: what waits when the process stops is dropped, since rows are
    the truth and the next start sweeps them. Runs no middleware. `enqueue` may be called from
    any thread, also before `start`.
    """

    def __init__(self, *, at_once: int = STEPS_AT_ONCE) -> None:
        super().__init__(middleware=[])
        self._at_once = at_once
        self._waiting: deque[bytes] = deque()
        self._running = RunningSteps()
        self._loop: asyncio.AbstractEventLoop | None = None

    def declare_queue(self, queue_name: str) -> None:
        """Accept any queue: they all lead to this process."""
        self.queues[queue_name] = None

    def enqueue(self, message: Message[Any], *, delay: int | None = None) -> Message[Any]:
        """Let a message wait for its turn; encoded, so that both brokers behave alike."""
        if delay is not None:
            raise ValueError("The embedded broker cannot delay a message; the row has `next_at`.")
        self.get_actor(message.actor_name)
        self._waiting.append(message.encode())
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._start_next)
        return message

    def start(self) -> None:
        """Begin to run what waits, on the running loop."""
        self._loop = asyncio.get_running_loop()
        self._start_next()

    async def drain(self, grace: float) -> None:
        """Start nothing more; give running steps `grace` seconds, then cancel them.

        Returns when the cancelled ones have written down where they stand.
        """
        self._loop = None
        await self._running.drain(grace)

    def _start_next(self) -> None:
        while self._loop is not None and self._waiting and len(self._running) < self._at_once:
            message = Message.decode(self._waiting.popleft())
            # Dramatiq wraps a coroutine function for its threads; what it wrapped suits a loop.
            perform = inspect.unwrap(self.get_actor(message.actor_name).fn)
            task = self._running.start(perform(*message.args, **message.kwargs))
            task.add_done_callback(lambda _: self._start_next())
