"""Commands of `graphapi` as real processes: started, waited for, interrupted and killed."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

GRAPHAPI = Path(sys.executable).with_name("graphapi")
# On a machine that is busy with everything else.
PATIENCE = 60.0


class Process:
    """One command. What it says goes to files, which every restart appends to.

    `ready` is what it prints once it can be used; `through` begins its command line.
    """

    def __init__(
        self,
        command: str,
        ready: str,
        folder: Path,
        environment: Mapping[str, str],
        name: str,
        *,
        through: Sequence[str] = (),
    ) -> None:
        self._command = command
        self._through = through
        self._ready = ready
        self._folder = folder
        self._environment = environment
        self._out = folder / f"{name}.out"
        self._err = folder / f"{name}.err"
        self._popen: subprocess.Popen[bytes] | None = None
        self._said_before = 0

    @property
    def printed(self) -> str:
        """Read everything it printed on standard output."""
        return self._out.read_text()

    @property
    def logged(self) -> str:
        """Read everything it logged to standard error."""
        return self._err.read_text()

    @property
    def id(self) -> int:
        """Tell its process id."""
        assert self._popen is not None
        return self._popen.pid

    @property
    def lives(self) -> bool:
        """Tell whether it runs."""
        return self._popen is not None and self._popen.poll() is None

    async def start(self) -> None:
        """Start it, and return once it says that it is ready."""
        self._said_before = len(self.printed) if self._out.exists() else 0
        self._popen = self._begin()
        end = time.monotonic() + PATIENCE
        while self._ready not in self.printed[self._said_before :]:
            assert self.lives, f"{self._command} ended before it was ready:\n{self.logged}"
            assert time.monotonic() < end, f"{self._command} is not ready:\n{self.logged}"
            await asyncio.sleep(0.02)

    def _begin(self) -> subprocess.Popen[bytes]:
        with self._out.open("ab") as out, self._err.open("ab") as err:
            return subprocess.Popen(
                [*self._through, GRAPHAPI, self._command],
                cwd=self._folder,  # where no .env of a developer's lies
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
            )

    def kill(self) -> None:
        """Kill it, as a crash or the kernel would: nothing of it runs any more."""
        if self._popen is not None:
            self._popen.kill()
            self._popen.wait()

    async def interrupt(self, number: signal.Signals = signal.SIGINT) -> tuple[int, float]:
        """Press Ctrl-C; answers the exit status, and how many seconds it took to end."""
        assert self._popen is not None
        started = time.monotonic()
        os.kill(self._popen.pid, number)
        status = await asyncio.to_thread(self._popen.wait, PATIENCE)
        return status, time.monotonic() - started


def environment(settings: Mapping[str, str]) -> dict[str, str]:
    """Make the environment of a command: these settings, and nothing of the developer's."""
    kept = ("PATH", "PYTHONPATH", "HOME", "TMPDIR")
    return {name: os.environ[name] for name in kept if name in os.environ} | dict(settings)


def run(folder: Path, settings: Mapping[str, str], *arguments: str) -> str:
    """Run a command that ends well by itself; answers what it printed."""
    done = _ended(folder, settings, arguments)
    assert done.returncode == 0, done.stderr
    return done.stdout


def failed(folder: Path, settings: Mapping[str, str], *arguments: str) -> tuple[int, str]:
    """Run a command that ends badly by itself; answers its exit status and its complaint."""
    done = _ended(folder, settings, arguments)
    assert done.returncode != 0, done.stdout
    return done.returncode, done.stderr


def _ended(
    folder: Path, settings: Mapping[str, str], arguments: Sequence[str]
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [GRAPHAPI, *arguments],
        cwd=folder,
        env=environment(settings),
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )


async def eventually(condition: Callable[[], bool], seconds: float = PATIENCE) -> None:
    """Return once the condition holds; fail when it does not come to hold."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"not within {seconds} s"
        await asyncio.sleep(0.01)
