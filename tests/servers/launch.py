"""Start servers that live as long as the test run, however it ends.

The workers of one run (pytest-xdist) come and go, so no worker owns a server: a watcher, a few
lines of shell, kills it and removes its folder as soon as the run's own process is gone.
"""

import fcntl
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest

# How long a server may take to answer, on a machine that is busy with everything else.
PATIENCE = 30.0

# $1: the run's process. $2: the server's folder. The rest: the server's command line.
# Everything but the last line is cut off from stdout, so that the caller gets the process id.
WATCHED = """
run=$1 folder=$2
shift 2
"$@" >"$folder/log" 2>&1 </dev/null &
server=$!
(
    while kill -0 "$run" && kill -0 "$server"; do sleep 0.5; done
    kill -TERM "$server" && sleep 1 && kill -KILL "$server"
    rm -rf "$folder"
) >/dev/null 2>&1 </dev/null &
echo "$server"
"""


def launch(
    command: Sequence[str | Path], folder: Path, environment: Mapping[str, str] | None = None
) -> int:
    """Start `command` in the background and return its process id.

    Its output goes to `folder`/log; `folder` is removed when the server or the run has ended.
    """
    line = ["sh", "-c", WATCHED, "sh", str(_run()), str(folder), *map(str, command)]
    started = subprocess.run(
        line,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,  # Ctrl-C is for the tests, which still need their servers
        env={**os.environ, **(environment or {})},
    )
    return int(started.stdout)


def _run() -> int:
    # A worker's parent is the process that a person started.
    return os.getppid() if "PYTEST_XDIST_WORKER" in os.environ else os.getpid()


def free_port() -> int:
    """Return a port of 127.0.0.1 that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_until(ready: Callable[[], bool], name: str, folder: Path) -> None:
    """Return once `ready` says so; else fail, showing what the server wrote to its log."""
    end = time.monotonic() + PATIENCE
    while not ready():
        if time.monotonic() > end:
            log = folder / "log"
            said = log.read_text(errors="replace") if log.exists() else "nothing"
            pytest.fail(f"{name} did not answer within {PATIENCE:.0f} s. It said:\n{said}")
        time.sleep(0.02)


def shared_by_workers(
    temporary: pytest.TempPathFactory, name: str, start: Callable[[], str]
) -> str:
    """Return what the first worker that asked got from `start`."""
    root = temporary.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        root = root.parent
    answer = root / f"{name}.answer"
    with (root / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not answer.exists():
            answer.write_text(start())
        return answer.read_text()


def discard(folder: Path) -> None:
    """Remove a server's folder, if its watcher has not done so already."""
    shutil.rmtree(folder, ignore_errors=True)
