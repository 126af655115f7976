"""Disks that are full: a small file system of a test's own, and a limit on the size of files."""

import contextlib
import errno
import os
import resource
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

# Room for a library and some pictures, and soon full.
SIZE = "32m"
# Shorter than any picture, and than the database.
LONGEST_FILE = 4096
_BLOCK = bytes(65536)
# Ends, and takes the file system with it, as soon as nobody holds the other end of its input.
_MOUNT = 'mount -t tmpfs -o "size=$1" graphapi "$2" && echo mounted && read -r _'


class Disk(Protocol):
    """A disk that a process writes to."""

    def fill(self, process: int) -> None:
        """Leave no room on it, for this process."""

    def free(self, process: int) -> None:
        """Make room again."""


class SmallDisk:
    """A file system at `folder` that only those see who come `through` here."""

    def __init__(self, folder: Path, holder: int) -> None:
        self._ballast = Path(f"/proc/{holder}/root{folder}/ballast")
        enter = [] if os.geteuid() == 0 else ["--user", "--preserve-credentials"]
        self.through: Sequence[str] = ["nsenter", f"--target={holder}", "--mount", *enter]

    def fill(self, process: int) -> None:
        """Leave no byte."""
        del process
        with self._ballast.open("wb", buffering=0) as file:
            for size in (len(_BLOCK), 1):
                try:
                    while file.write(_BLOCK[:size]):
                        pass
                except OSError as error:
                    if error.errno != errno.ENOSPC:
                        raise

    def free(self, process: int) -> None:
        """Make room again."""
        del process
        self._ballast.unlink()


class LimitedDisk:
    """A disk on which no file may grow: any process can be given that, and the kernel says no."""

    through: Sequence[str] = ()

    def fill(self, process: int) -> None:
        """Let no file of this process grow beyond what none of ours is."""
        _, most = resource.prlimit(process, resource.RLIMIT_FSIZE)
        resource.prlimit(process, resource.RLIMIT_FSIZE, (LONGEST_FILE, most))

    def free(self, process: int) -> None:
        """Let files grow again."""
        _, most = resource.prlimit(process, resource.RLIMIT_FSIZE)
        resource.prlimit(process, resource.RLIMIT_FSIZE, (most, most))


@contextmanager
def small_disk(folder: Path) -> Iterator[SmallDisk | None]:
    """Mount a small file system that only this test's processes see; None: it is not allowed."""
    folder.mkdir(parents=True, exist_ok=True)
    unshare = ["unshare", "--mount", *([] if os.geteuid() == 0 else ["--map-root-user"])]
    line = [*unshare, "sh", "-c", _MOUNT, "sh", SIZE, str(folder)]
    with contextlib.ExitStack() as stack:
        try:
            holder = stack.enter_context(
                subprocess.Popen(
                    line,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL,
                )
            )
        except FileNotFoundError:
            yield None
            return
        assert holder.stdout is not None
        mounted = holder.stdout.readline() == b"mounted\n"
        yield SmallDisk(folder, holder.pid) if mounted else None
