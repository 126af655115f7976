"""The database: one way to read, one way to write, on SQLite and on PostgreSQL alike."""

import asyncio
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from graphapi.errors import Unavailable
from graphapi.metrics import JOB_MOVES
from graphapi.persistence.engines import open_reader, open_writer
from graphapi.persistence.patience import is_away
from graphapi.persistence.unit_of_work import UnitOfWork
from graphapi.ports.bus import ChangeBus
from graphapi.ports.clock import Clock, SystemClock
from graphapi.ports.doorbell import Doorbell

_writing: ContextVar[bool] = ContextVar("graphapi_writing", default=False)


class NestedWriteError(RuntimeError):
    """A write was opened inside another one of the same task; it would wait for itself."""


class Database:
    """Opens read and write transactions.

    Never hold one across an outside call, a file write or a subscription. A reader sees the
    state at its first query for as long as it is open, so open short ones.

    `daily_cap` is the most, in millionths of a dollar, that an owner may ask for in a UTC day.
    """

    def __init__(self, url: str, daily_cap: int | None = None, clock: Clock | None = None) -> None:
        self.daily_cap = daily_cap
        self._clock = clock or SystemClock()
        self._writer: AsyncEngine = open_writer(url)
        self._reader: AsyncEngine = open_reader(url, self._writer)
        self._doorbell: Doorbell | None = None
        self._bus: ChangeBus | None = None
        self._telling: set[asyncio.Task[None]] = set()

    def tell(self, doorbell: Doorbell, bus: ChangeBus) -> None:
        """Name who is told after each commit; until then nobody is, and the sweeper finds it."""
        self._doorbell = doorbell
        self._bus = bus

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """Open a read-only transaction; raises Unavailable when the database is away."""
        with _told_when_away():
            async with self._reader.connect() as connection:
                yield connection

    @asynccontextmanager
    async def write(self) -> AsyncIterator[UnitOfWork]:
        """Open a write transaction; it commits on leaving, and rolls back on an error.

        After the commit the noted bells are rung and the noted changes published, without
        keeping the caller waiting. Raises NestedWriteError inside another write, and Unavailable
        when the database is away: then it may have been committed all the same.
        """
        if _writing.get():
            raise NestedWriteError("A write is already open in this task; pass its unit on.")
        mark = _writing.set(True)
        try:
            with _told_when_away():
                async with self._writer.begin() as connection:
                    unit = UnitOfWork(connection, self.daily_cap, self._clock)
                    yield unit
        finally:
            _writing.reset(mark)
        for kind, state in unit.moves:
            JOB_MOVES.labels(kind.value, state.value).inc()
        if unit.changes and self._bus:
            self._hold(self._bus.publish(tuple(unit.changes.values())))
        if unit.bells and self._doorbell:
            self._hold(self._doorbell.ring(tuple(unit.bells)))

    async def check(self) -> None:
        """Run the smallest query; raises Unavailable when the database is away."""
        async with self.read() as connection:
            await connection.execute(text("SELECT 1"))

    async def close(self) -> None:
        """Wait until everybody was told, then close every connection."""
        await asyncio.gather(*self._telling, return_exceptions=True)
        await self._reader.dispose()
        await self._writer.dispose()

    def _hold(self, telling: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(telling)
        # The loop keeps only weak references to tasks: hold each until it is done.
        self._telling.add(task)
        task.add_done_callback(self._telling.discard)


@contextmanager
def _told_when_away() -> Iterator[None]:
    try:
        yield
    except Exception as error:
        if not is_away(error):
            raise
        message = (
            "The database does not answer just now. Try again in a moment; what is asked for again "
            "with the same idempotencyKey is done once."
        )
        raise Unavailable(message) from (getattr(error, "orig", None) or error)
