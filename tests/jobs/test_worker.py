import asyncio
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from dramatiq.middleware import SkipMessage

from graphapi.jobs.actors import declare_actors
from graphapi.jobs.brokers import redis as redis_broker
from graphapi.jobs.brokers.redis import make_redis_broker
from graphapi.jobs.doorbell import RemoteDoorbell
from graphapi.jobs.worker import WorkerRuntime
from graphapi.ports.doorbell import Bell, Step
from tests.jobs.workshop import Handler, Workshop, eventually, over_redis, take
from tests.servers.valkey import ValkeyServer

BELL = Bell(Step.PREPARE, "job_1")

Start = Callable[[str], tuple["subprocess.Popen[bytes]", Callable[[], list[str]]]]


@pytest.fixture
def start_worker(valkey_url: str, tmp_path: Path) -> Iterator[Start]:
    processes: list[subprocess.Popen[bytes]] = []

    def start(manner: str) -> tuple[subprocess.Popen[bytes], Callable[[], list[str]]]:
        journal = tmp_path / f"{len(processes)}.journal"
        journal.touch()
        command = [sys.executable, "-m", "tests.jobs.worker_process", valkey_url]
        processes.append(subprocess.Popen([*command, str(journal), manner]))
        return processes[-1], lambda: journal.read_text().splitlines()

    yield start
    for process in processes:
        process.kill()
        process.wait()


async def ring(url: str, *bells: Bell) -> None:
    broker = make_redis_broker(url)
    doorbell = RemoteDoorbell(declare_actors(broker, {Step.PREPARE: Handler()}))
    await doorbell.ring(bells)
    doorbell.close()
    broker.close()


async def test_work_resumes_within_ten_seconds_of_a_kill_9(
    valkey_url: str, start_worker: Start
) -> None:
    victim, victims_journal = start_worker("stuck")
    await ring(valkey_url, BELL)
    await eventually(lambda: "began job_1" in victims_journal())
    _, journal = start_worker("willing")
    await eventually(lambda: "started" in journal())
    os.kill(victim.pid, signal.SIGKILL)
    killed = time.monotonic()
    await eventually(lambda: "ended job_1" in journal())
    assert time.monotonic() - killed < 10


async def test_a_worker_told_to_stop_gives_its_messages_back_at_once(
    valkey_url: str, start_worker: Start
) -> None:
    leaving, leavers_journal = start_worker("stuck")
    await ring(valkey_url, BELL)
    await eventually(lambda: "began job_1" in leavers_journal())
    _, journal = start_worker("willing")
    await eventually(lambda: "started" in journal())
    leaving.terminate()
    told = time.monotonic()
    await eventually(lambda: "ended job_1" in journal())
    assert time.monotonic() - told < 3
    await eventually(lambda: leavers_journal()[-1] == "stopped")
    assert leaving.wait(5) == 0


async def test_a_stopping_worker_gives_a_message_back_once_and_leaves_it(
    valkey_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    handler = Handler(held=True)
    async with over_redis(valkey_url, {Step.PREPARE: handler}) as workshop:
        await workshop.doorbell.ring([BELL])
        await eventually(lambda: handler.running == 1)
        stopping = asyncio.create_task(workshop.stop(1.0))
        await asyncio.sleep(0.05)
        await workshop.doorbell.ring([Bell(Step.PREPARE, "job_2")])
        await stopping
        other = make_redis_broker(valkey_url)
        consumer = other.consume("jobs", prefetch=5)
        assert sorted(take(consumer, 5).args for _ in range(2)) == [("job_1",), ("job_2",)]
        other.close()
    assert handler.began == handler.cancelled == ["job_1"]
    skipped = [record for record in caplog.records if "was skipped" in record.getMessage()]
    assert len(skipped) <= 2


async def test_a_message_that_arrives_in_the_moment_of_the_stop_is_not_begun(
    valkey_url: str,
) -> None:
    handler = Handler()
    async with over_redis(valkey_url, {Step.PREPARE: handler}) as workshop:
        assert isinstance(workshop.broker, WorkerRuntime)
        steps = workshop.broker._steps
        assert steps is not None
        await workshop.stop(0)
        with pytest.raises(SkipMessage):
            await asyncio.to_thread(steps.run_coroutine, handler("job_1"))
    assert not handler.began


async def test_a_stopping_worker_still_counts_as_alive(
    valkey_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(redis_broker, "HEARTBEAT_TIMEOUT_MS", 1000)
    handler = Handler(held=True)
    async with over_redis(valkey_url, {Step.PREPARE: handler}) as workshop:
        await workshop.doorbell.ring([BELL])
        await eventually(lambda: handler.running == 1)
        stopping = asyncio.create_task(workshop.stop(3))
        other = make_redis_broker(valkey_url)
        with pytest.raises(TimeoutError):
            await asyncio.to_thread(take, other.consume("jobs", prefetch=5), 2)
        await stopping
        assert take(other.consume("jobs", prefetch=5), 5).args == ("job_1",)
        other.close()


async def test_a_long_step_of_a_healthy_worker_is_not_rung_again(
    valkey_url: str, start_worker: Start
) -> None:
    _, first = start_worker("stuck")
    _, second = start_worker("stuck")
    await eventually(lambda: "started" in first() and "started" in second())
    bells = [Bell(Step.PREPARE, f"job_{number}") for number in range(64)]
    await ring(valkey_url, *bells)
    await asyncio.sleep(7)  # longer than it takes to declare a worker dead
    began = [line for line in first() + second() if line.startswith("began")]
    assert sorted(began) == sorted(f"began {bell.job_id}" for bell in bells)


async def test_a_worker_takes_no_more_than_it_can_begin(valkey_url: str) -> None:
    busy = Handler(held=True)
    async with over_redis(valkey_url, {Step.PREPARE: busy}, at_once=2) as workshop:
        await workshop.doorbell.ring([BELL, BELL, BELL])
        await eventually(lambda: busy.running == 2)
        other = make_redis_broker(valkey_url)
        message = take(other.consume("jobs", prefetch=5), 5)
        assert message.args == ("job_1",)
        other.close()


@pytest.mark.parametrize("trouble", ["frozen", "restarted empty", "absent at the start"])
async def test_a_worker_recovers_by_itself_when_redis_was(
    trouble: str, valkey_server: ValkeyServer
) -> None:
    handler = Handler()
    if trouble == "absent at the start":
        valkey_server.kill()
    async with over_redis(valkey_server.url, {Step.PREPARE: handler}) as workshop:
        await asyncio.sleep(0.3)
        if trouble == "frozen":
            valkey_server.freeze()
            await asyncio.sleep(2)
            valkey_server.thaw()
        else:
            valkey_server.restart_empty()
        await ring_until_heard(workshop, handler)


async def ring_until_heard(workshop: Workshop, handler: Handler) -> None:
    # As the sweeper does.
    heard = len(handler.ended)
    async with asyncio.timeout(10):
        while len(handler.ended) == heard:
            await workshop.doorbell.ring([BELL])
            await asyncio.sleep(0.1)


async def test_a_step_that_outlasts_an_outage_ends_normally(valkey_server: ValkeyServer) -> None:
    handler = Handler(held=True)
    async with over_redis(valkey_server.url, {Step.PREPARE: handler}) as workshop:
        await workshop.doorbell.ring([BELL])
        await eventually(lambda: handler.running == 1)
        valkey_server.restart_empty()
        handler.release()
        await eventually(lambda: handler.ended == ["job_1"])
        await ring_until_heard(workshop, handler)


async def test_stopping_while_redis_is_frozen_is_bounded(valkey_server: ValkeyServer) -> None:
    handler = Handler(held=True)
    async with over_redis(valkey_server.url, {Step.PREPARE: handler}) as workshop:
        await workshop.doorbell.ring([BELL])
        await eventually(lambda: handler.running == 1)
        valkey_server.freeze()
        started = time.monotonic()
        await workshop.stop(0.5)
        assert time.monotonic() - started < 8
        assert handler.cancelled == ["job_1"]


async def test_a_runtime_that_never_started_stops_at_once(valkey_url: str) -> None:
    threads = threading.active_count()
    await WorkerRuntime(make_redis_broker(valkey_url)).stop(5)
    assert threading.active_count() == threads
