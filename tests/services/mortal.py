"""Workers that die, and databases that break: at any write, before, within, or after its commit."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy.ext.asyncio import AsyncConnection

from graphapi.persistence.database import Database
from graphapi.persistence.unit_of_work import UnitOfWork


class Killed(BaseException):
    """The end of a process: no handler of ours may catch it, and nothing is written after it."""


class Broken(OSError):
    """The end of a connection: whether what was written is committed, nobody was told."""


class Mortal(Database):
    """A worker's way to the database, which ends after so many moments; None: it lives.

    Every write has three moments at which its process may die: before it, before its commit, and
    after its commit.
    """

    def __init__(self, database: Database, moments: int | None = None) -> None:
        self._database = database
        self._left = moments

    @property
    def dead(self) -> bool:
        """Tell whether it has died."""
        return self._left == 0

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """Read, as long as the worker lives."""
        if self.dead:
            raise Killed
        async with self._database.read() as connection:
            yield connection

    @asynccontextmanager
    async def write(self) -> AsyncIterator[UnitOfWork]:
        """Write, unless the worker dies of it."""
        self._live_on()
        async with self._database.write() as unit:
            yield unit
            self._live_on()
        self._live_on()

    def _live_on(self) -> None:
        if self._left is not None:
            self._left = max(0, self._left - 1)
        if self.dead:
            raise Killed


class Fickle(Mortal):
    """A worker's way to the database, which breaks after so many moments, `times` in a row.

    The moments are those of a death; but the worker lives on, and is told that it is broken.
    """

    def __init__(self, database: Database, moments: int, times: int = 1) -> None:
        super().__init__(database)
        self._ahead = moments
        self._times = times

    def _live_on(self) -> None:
        self._ahead -= 1
        if self._ahead <= 0 < self._times:
            self._times -= 1
            raise Broken("The connection was lost.")
