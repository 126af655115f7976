"""The processes that run for long: the server, and the workers beside it."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from graphapi.container.duties import Duties
from graphapi.container.foundations import Foundations, open_foundations
from graphapi.container.use_cases import UseCases, make_steps, make_use_cases
from graphapi.domain.ids import Noun, new_id
from graphapi.errors import ConfigurationError
from graphapi.events.hub import Hub
from graphapi.events.memory import MemoryBus
from graphapi.events.recordings import RecordingBells
from graphapi.events.redis import RedisBus
from graphapi.events.sharing import SharedBus
from graphapi.events.sqlite import SqliteBus
from graphapi.jobs.actors import declare_actors
from graphapi.jobs.brokers.embedded import EmbeddedBroker
from graphapi.jobs.brokers.redis import make_redis_broker
from graphapi.jobs.doorbell import BrokerDoorbell, RemoteDoorbell
from graphapi.jobs.worker import WorkerRuntime
from graphapi.persistence.changes import Changes
from graphapi.ports.bus import ChangeBus
from graphapi.settings import Settings

logger = logging.getLogger(__name__)

# Within the five seconds in which a stopped process is expected to be gone.
GRACE_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Server:
    """A running server, ready to be asked."""

    base: Foundations
    use_cases: UseCases
    hub: Hub
    bells: RecordingBells


@asynccontextmanager
async def open_server(settings: Settings) -> AsyncIterator[Server]:
    """Open everything a server needs; without Redis it performs the jobs' steps itself."""
    async with open_foundations(settings) as base:
        use_cases = make_use_cases(base)
        bus = SharedBus(_bus(base))
        hub, bells = Hub(bus, use_cases.statuses.of_images), RecordingBells(bus)
        rings = _ring_redis(base, bus) if settings.redis_url else _work_here(base, bus)
        await bus.start()
        try:
            await hub.start()
            async with rings:
                yield Server(base, use_cases, hub, bells)
        finally:
            bells.close()
            await hub.stop()
            await bus.stop()


@asynccontextmanager
async def open_worker(settings: Settings) -> AsyncIterator[Foundations]:
    """Open a worker, which performs steps from Redis until it is closed."""
    if settings.redis_url is None:
        raise ConfigurationError(
            "A worker needs GRAPHAPI_REDIS_URL. Without Redis the server performs the jobs itself."
        )
    async with open_foundations(settings) as base:
        bus = _bus(base)
        await bus.start()
        try:
            async with _work_from_redis(base, bus):
                yield base
        finally:
            await bus.stop()


@asynccontextmanager
async def _work_here(base: Foundations, bus: ChangeBus) -> AsyncIterator[None]:
    worker_id = new_id(Noun.WORKER)
    broker = EmbeddedBroker()
    doorbell = BrokerDoorbell(declare_actors(broker, make_steps(base, worker_id)))
    base.database.tell(doorbell, bus)
    async with Duties(base, doorbell, worker_id).performed():
        broker.start()
        try:
            yield
        finally:
            await broker.drain(GRACE_SECONDS)


@asynccontextmanager
async def _ring_redis(base: Foundations, bus: ChangeBus) -> AsyncIterator[None]:
    worker_id = new_id(Noun.WORKER)
    broker = make_redis_broker(_redis_url(base))
    doorbell = RemoteDoorbell(declare_actors(broker, make_steps(base, worker_id)))
    base.database.tell(doorbell, bus)
    try:
        async with Duties(base, doorbell, worker_id).performed():
            yield
    finally:
        doorbell.close()
        broker.close()


@asynccontextmanager
async def _work_from_redis(base: Foundations, bus: ChangeBus) -> AsyncIterator[None]:
    worker_id = new_id(Noun.WORKER)
    broker = make_redis_broker(_redis_url(base))
    doorbell = RemoteDoorbell(declare_actors(broker, make_steps(base, worker_id)))
    base.database.tell(doorbell, bus)
    runtime = WorkerRuntime(broker)
    try:
        async with Duties(base, doorbell, worker_id).performed():
            runtime.start()
            try:
                yield
            finally:
                await runtime.stop(GRACE_SECONDS)
    finally:
        doorbell.close()
        broker.close()


def _bus(base: Foundations) -> ChangeBus:
    """Choose how this process hears of the others: by Redis, by the SQLite file, or not at all.

    A server alone on PostgreSQL hears what a command line changed at its next resync.
    """
    settings = base.settings
    if settings.redis_url is not None:
        return RedisBus(settings.redis_url.get_secret_value())
    if settings.database_url is None:
        return SqliteBus(settings.database_path, Changes(base.database))
    return MemoryBus()


def _redis_url(base: Foundations) -> str:
    if base.settings.redis_url is None:
        raise AssertionError("only called where Redis is set")
    return base.settings.redis_url.get_secret_value()
