import asyncio
import logging
import threading
import time
from collections.abc import AsyncIterator

import pytest

from graphapi.jobs.actors import declare_actors
from graphapi.jobs.brokers.embedded import EmbeddedBroker
from graphapi.jobs.brokers.redis import PatientRedisBroker, make_redis_broker
from graphapi.jobs.doorbell import MOST_WAITING, BrokerDoorbell, RemoteDoorbell
from graphapi.ports.doorbell import Bell, Step
from tests.jobs.workshop import Handler, eventually
from tests.servers.valkey import ValkeyServer

TWELVE = [Bell(Step.PREPARE, f"job_{number}") for number in range(12)]


@pytest.fixture
def broker(valkey_server: ValkeyServer) -> PatientRedisBroker:
    return make_redis_broker(valkey_server.url)


@pytest.fixture
async def doorbell(broker: PatientRedisBroker) -> AsyncIterator[RemoteDoorbell]:
    doorbell = RemoteDoorbell(declare_actors(broker, {Step.PREPARE: Handler()}))
    yield doorbell
    doorbell.close()
    broker.close()


def rung(broker: PatientRedisBroker) -> int:
    return int(broker.do_qsize("jobs"))


async def took(doorbell: RemoteDoorbell, bells: list[Bell]) -> float:
    started = time.monotonic()
    await doorbell.ring(bells)
    return time.monotonic() - started


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.name.startswith("graphapi")]


async def test_bells_have_arrived_when_ring_returns(
    doorbell: RemoteDoorbell, broker: PatientRedisBroker
) -> None:
    await doorbell.ring(TWELVE)
    assert rung(broker) == 12


async def test_no_bells_touch_no_broker(valkey_server: ValkeyServer) -> None:
    valkey_server.kill()
    doorbell = RemoteDoorbell({})
    assert await took(doorbell, []) < 0.5


async def test_a_frozen_redis_holds_twelve_bells_up_for_a_second_and_the_next_not_at_all(
    doorbell: RemoteDoorbell, valkey_server: ValkeyServer, caplog: pytest.LogCaptureFixture
) -> None:
    await doorbell.ring(TWELVE)
    valkey_server.freeze()
    with caplog.at_level(logging.INFO):
        assert await took(doorbell, TWELVE) < 2
        await eventually(lambda: bool(warnings(caplog)))
        threads = threading.active_count()
        for _ in range(100):
            assert await took(doorbell, TWELVE) < 0.5
        assert threading.active_count() <= threads
    assert len(warnings(caplog)) == 1


async def test_a_frozen_redis_does_not_hold_up_the_loop(
    doorbell: RemoteDoorbell, valkey_server: ValkeyServer
) -> None:
    valkey_server.freeze()
    ringing = asyncio.create_task(doorbell.ring(TWELVE))
    longest, last = 0.0, time.monotonic()
    while not ringing.done():
        await asyncio.sleep(0.01)
        longest, last = max(longest, time.monotonic() - last), time.monotonic()
    assert longest < 0.3


async def test_ringing_works_again_after_an_outage_and_says_so_once(
    doorbell: RemoteDoorbell,
    broker: PatientRedisBroker,
    valkey_server: ValkeyServer,
    caplog: pytest.LogCaptureFixture,
) -> None:
    await doorbell.ring(TWELVE)
    valkey_server.kill()
    with caplog.at_level(logging.INFO):
        for _ in range(5):
            await doorbell.ring(TWELVE)
        valkey_server.restart_empty()
        await doorbell.ring(TWELVE)
        await eventually(lambda: rung(broker) >= 12)
        await doorbell.ring(TWELVE)
        await eventually(lambda: rung(broker) >= 24)
    [failed, worked] = warnings(caplog)
    assert "The doorbell fails" in failed
    assert worked == "The doorbell works again"


async def test_rings_that_wait_for_a_frozen_redis_are_bounded(
    doorbell: RemoteDoorbell, valkey_server: ValkeyServer
) -> None:
    valkey_server.freeze()
    rings = (doorbell.ring(TWELVE) for _ in range(3 * MOST_WAITING))
    async with asyncio.timeout(2):
        await asyncio.gather(*rings)
    assert doorbell._thread._work_queue.qsize() <= MOST_WAITING


async def test_closing_waits_for_no_frozen_redis_and_drops_what_waits(
    doorbell: RemoteDoorbell, broker: PatientRedisBroker, valkey_server: ValkeyServer
) -> None:
    valkey_server.freeze()
    waiting = [asyncio.create_task(doorbell.ring(TWELVE)) for _ in range(20)]
    await asyncio.sleep(0.1)
    started = time.monotonic()
    doorbell.close()
    await asyncio.gather(*waiting)
    assert time.monotonic() - started < 2
    valkey_server.thaw()
    await doorbell.ring(TWELVE)
    await asyncio.sleep(0.3)
    assert rung(broker) <= len(TWELVE)


async def test_a_bell_that_no_actor_answers_to_raises_nothing(
    caplog: pytest.LogCaptureFixture,
) -> None:
    doorbell = BrokerDoorbell(declare_actors(EmbeddedBroker(), {}))
    await doorbell.ring(TWELVE)
    assert len(warnings(caplog)) == 1
