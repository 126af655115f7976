"""The bus of the embedded default: one process's own changes, and what others commit.

SQLite tells no one of a commit, but `PRAGMA data_version` says whether another connection has
made one since we last asked, from shared memory, in microseconds. It also moves with this
process's own commits and with those that change no image, so what it says is only a reason to
ask the database which owners' numbers have grown beyond what was already told.
"""

import asyncio
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Final

from graphapi.events.outage import Outage
from graphapi.events.tasks import end
from graphapi.ports.bus import Change, ChangeListener, ChangeReader, GapListener

# Half of it is the median delay of another process's commit.
POLL_SECONDS: Final = 0.015


class SqliteBus:
    """Hands this process's changes straight on, and finds those of other processes.

    `path` is the database, which exists; `reader` reads what changed in it. The poll runs on the
    event loop: it waits for no lock and reads no disk.
    """

    def __init__(
        self, path: Path, reader: ChangeReader, poll_seconds: float = POLL_SECONDS
    ) -> None:
        self._path = path
        self._reader = reader
        self._poll_seconds = poll_seconds
        self._on_change: ChangeListener | None = None
        self._on_gap: GapListener | None = None
        self._task: asyncio.Task[None] | None = None
        # Each owner's number up to which everything was told; None before the first reading.
        self._known: dict[str, int] | None = None

    def listen(self, on_change: ChangeListener, on_gap: GapListener) -> None:
        """Register the one listener of this process, before `start`."""
        self._on_change, self._on_gap = on_change, on_gap

    async def publish(self, changes: Sequence[Change]) -> None:
        """Tell this process; others find the commit by themselves."""
        if self._known is not None:
            for change in changes:
                # Whatever came before is told, so this need not be read again.
                if self._known.get(change.owner_id, 0) == change.seq - 1:
                    self._known[change.owner_id] = change.seq
        self._tell(changes)

    async def start(self) -> None:
        """Begin to look for other processes' commits."""
        if self._on_change is not None:
            self._task = asyncio.create_task(self._look_for_ever(), name="sqlite-bus")

    async def stop(self) -> None:
        """Stop looking."""
        if self._task is not None:
            await end([self._task])
            self._task = None

    async def _look_for_ever(self) -> None:
        outage = Outage("Seeing what other processes commit")
        while True:
            try:
                await self._look(outage)
            except Exception as trouble:  # noqa: BLE001 - whatever the database says, the bus lives
                await outage.endure(trouble)

    async def _look(self, outage: Outage) -> None:
        uri = f"{self._path.absolute().as_uri()}?mode=rw"
        with closing(sqlite3.connect(uri, uri=True, timeout=0, isolation_level=None)) as database:
            # Asked before the first reading, so that no commit falls between the two.
            seen = _data_version(database)
            self._known = dict(await self._reader.watermarks())
            if self._on_gap is not None:
                self._on_gap()
            outage.over()
            while True:
                await asyncio.sleep(self._poll_seconds)
                version = _data_version(database)
                if version != seen:
                    await self._catch_up(self._known)
                    seen = version

    async def _catch_up(self, known: dict[str, int]) -> None:
        for owner_id, number in (await self._reader.watermarks()).items():
            told = known.get(owner_id, 0)
            if number > told:
                self._tell(await self._reader.since(owner_id, told))
                # Our own publishing may have been faster than the reading.
                known[owner_id] = max(number, known.get(owner_id, 0))

    def _tell(self, changes: Sequence[Change]) -> None:
        if self._on_change is not None and changes:
            self._on_change(changes)


def _data_version(database: sqlite3.Connection) -> int:
    version: int = database.execute("PRAGMA data_version").fetchone()[0]
    return version
