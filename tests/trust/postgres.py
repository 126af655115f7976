"""A PostgreSQL of one test alone, which can be stopped in every way and started again."""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from enum import Enum
from pathlib import Path

from tests.servers.launch import free_port, launch, wait_until
from tests.servers.postgres import AS_USER, FAST, INSTALLED, _reachable, psql


class Stop(Enum):
    """How a PostgreSQL ends."""

    FAST = signal.SIGINT  # everybody is disconnected and rolled back
    IMMEDIATE = signal.SIGQUIT  # no goodbye, and recovery at the next start
    KILLED = signal.SIGKILL  # the postmaster is gone, its children notice


class PostgresServer:
    """A PostgreSQL on a port and a data folder of its own, which it keeps over every restart."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.url = f"postgresql://postgres@127.0.0.1:{self.port}/postgres"
        self._data = folder / "data"
        self._become: Sequence[str] = ()
        programs = INSTALLED / "bin"
        if os.geteuid() == 0:
            nobody = pwd.getpwnam("nobody")
            os.chown(folder, nobody.pw_uid, nobody.pw_gid)
            self._become = [sys.executable, "-c", AS_USER, str(nobody.pw_uid), str(nobody.pw_gid)]
            programs = _reachable(programs, self._become, folder)
        self._programs = programs
        cluster = ["-D", str(self._data), "-U", "postgres", "--auth=trust", "--no-sync"]
        initdb = [*self._become, f"{programs}/initdb", *cluster, "--encoding=UTF8", "--locale=C"]
        subprocess.run(initdb, check=True, capture_output=True)
        self.start()

    def start(self) -> None:
        """Start on the same data, and return once it answers."""
        log = Path(tempfile.mkdtemp(prefix="graphapi-postgres-log-"))
        options = ["-D", str(self._data), "-h", "127.0.0.1", "-p", str(self.port)]
        options += ["-c", "unix_socket_directories="]
        options += [part for setting in FAST for part in ("-c", setting)]
        self._process = launch([*self._become, f"{self._programs}/postgres", *options], log)
        wait_until(lambda: psql(self.url, "SELECT 1"), "PostgreSQL", log)

    def stop(self, how: Stop) -> None:
        """End it; returns once nobody listens any more, and its data is nobody's."""
        os.kill(self._process, how.value)
        wait_until(lambda: not self._listens(), "the end of PostgreSQL", self._data)
        wait_until(self._data_is_free, "the end of PostgreSQL's children", self._data)
        # A killed one leaves it behind, with an id that another process may have by now.
        (self._data / "postmaster.pid").unlink(missing_ok=True)

    def _listens(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def _data_is_free(self) -> bool:
        """Tell whether no process works in the data folder, as all of PostgreSQL's do."""
        return not any(_works_in(process, self._data) for process in Path("/proc").glob("[0-9]*"))


def _works_in(process: Path, folder: Path) -> bool:
    try:
        return (process / "cwd").readlink() == folder
    except OSError:
        return False  # gone meanwhile, or somebody else's


@contextmanager
def running_postgres() -> Iterator[PostgresServer]:
    """Run one; its data is removed afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="graphapi-postgres-"))
    try:
        server = PostgresServer(folder)
        try:
            yield server
        finally:
            if server._listens():
                server.stop(Stop.IMMEDIATE)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
