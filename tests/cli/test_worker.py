import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.journeys.processes import Process, environment, failed, run
from tests.servers.valkey import ValkeyServer


@pytest.fixture
def settings(postgres_url: str, valkey_server: ValkeyServer, tmp_path: Path) -> dict[str, str]:
    """A migrated PostgreSQL and a Valkey."""
    settings = {
        "GRAPHAPI_DATABASE_URL": postgres_url,
        "GRAPHAPI_REDIS_URL": valkey_server.url,
        "GRAPHAPI_DATA_DIR": str(tmp_path / "data"),
    }
    run(tmp_path, settings, "migrate")
    return settings


@pytest.fixture
async def worker(settings: dict[str, str], tmp_path: Path) -> AsyncIterator[Process]:
    """A running worker."""
    worker = Process("worker", "The worker is ready.", tmp_path, environment(settings), "worker")
    await worker.start()
    yield worker
    worker.kill()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_a_worker_stops_cleanly_at_either_signal(
    worker: Process, number: signal.Signals
) -> None:
    status, _ = await worker.interrupt(number)
    assert status == 0
    assert "Traceback" not in worker.logged


async def test_a_worker_stops_while_redis_is_frozen(
    worker: Process, valkey_server: ValkeyServer
) -> None:
    valkey_server.freeze()
    status, seconds = await worker.interrupt()
    assert status == 0
    assert seconds < 10
    assert "Traceback" not in worker.logged


def test_a_worker_without_redis_says_that_the_server_works_alone(tmp_path: Path) -> None:
    run(tmp_path, {}, "migrate")
    status, said = failed(tmp_path, {}, "worker")
    assert status == 2
    assert "GRAPHAPI_REDIS_URL" in said
    assert "Traceback" not in said


def test_a_worker_on_a_database_that_was_never_migrated_names_the_command(
    tmp_path: Path, postgres_url: str
) -> None:
    settings = {"GRAPHAPI_DATABASE_URL": postgres_url, "GRAPHAPI_REDIS_URL": "redis://127.0.0.1:1"}
    status, said = failed(tmp_path, settings, "worker")
    assert status == 2
    assert "graphapi migrate" in said
