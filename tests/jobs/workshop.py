"""A place where bells are rung and steps performed: over either broker, in one process."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from dramatiq import MessageProxy
from dramatiq.broker import Consumer

from graphapi.jobs.actors import Steps, declare_actors
from graphapi.jobs.brokers.embedded import EmbeddedBroker
from graphapi.jobs.brokers.redis import make_redis_broker
from graphapi.jobs.doorbell import BrokerDoorbell, RemoteDoorbell
from graphapi.jobs.worker import WorkerRuntime

PATIENCE = 20.0


@dataclass
class Workshop:
    """A doorbell and the broker behind it, performing steps."""

    doorbell: BrokerDoorbell
    broker: EmbeddedBroker | WorkerRuntime

    async def stop(self, grace: float = 5.0) -> None:
        if isinstance(self.broker, EmbeddedBroker):
            await self.broker.drain(grace)
        else:
            await self.broker.stop(grace)


@asynccontextmanager
async def embedded(steps: Steps, at_once: int = 8) -> AsyncIterator[Workshop]:
    """Work on this loop, without a server."""
    broker = EmbeddedBroker(at_once=at_once)
    workshop = Workshop(BrokerDoorbell(declare_actors(broker, steps)), broker)
    broker.start()
    yield workshop
    await workshop.stop(0)


@asynccontextmanager
async def over_redis(url: str, steps: Steps, at_once: int = 8) -> AsyncIterator[Workshop]:
    """Work with a real worker's threads, the steps on this loop."""
    broker = make_redis_broker(url)
    doorbell = RemoteDoorbell(declare_actors(broker, steps))
    workshop = Workshop(doorbell, WorkerRuntime(broker, at_once))
    workshop.broker.start()
    yield workshop
    await workshop.stop(0)
    doorbell.close()
    broker.close()


class Handler:
    """A handler that notes what it was asked, and holds every step until `release`."""

    def __init__(self, *, held: bool = False) -> None:
        self.began: list[str] = []
        self.ended: list[str] = []
        self.cancelled: list[str] = []
        self.most = 0
        self._open = asyncio.Event()
        if not held:
            self.release()

    async def __call__(self, job_id: str) -> None:
        self.began.append(job_id)
        self.most = max(self.most, self.running)
        try:
            await self._open.wait()
        except asyncio.CancelledError:
            await asyncio.sleep(0.05)  # as long as it takes to write a row
            self.cancelled.append(job_id)
            raise
        self.ended.append(job_id)

    @property
    def running(self) -> int:
        return len(self.began) - len(self.ended) - len(self.cancelled)

    @property
    def counts(self) -> Counter[str]:
        return Counter(self.began)

    def release(self) -> None:
        self._open.set()


def take(consumer: Consumer, patience: float = PATIENCE) -> MessageProxy:
    """Return the next message, waiting for it."""
    end = time.monotonic() + patience
    while time.monotonic() < end:
        if message := next(consumer):
            return message
    raise TimeoutError("No message came.")


async def eventually(happened: Callable[[], bool], patience: float = PATIENCE) -> None:
    """Return once it happened."""
    async with asyncio.timeout(patience):
        while not happened():  # noqa: ASYNC110 - most of it happens in threads and processes
            await asyncio.sleep(0.005)
