"""aiosqlite with one trip to its thread for a statement, where it takes four.

Each trip costs two changes of thread, which together take longer than most statements do. The
cursor is made, executed, read to its end and closed in the thread at once; SQLAlchemy, which reads
every result whole, notices no difference. A transaction begins with its first statement, on the
same trip.
"""

import asyncio
import sqlite3
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import partial
from queue import SimpleQueue
from threading import Thread
from typing import Any, TypeAlias

import aiosqlite
from aiosqlite.core import _STOP_RUNNING_SENTINEL

_Trip: TypeAlias = tuple[asyncio.Future[Any] | None, Callable[[], object]]
_Run = Callable[[sqlite3.Cursor], object]


class _Cursor(aiosqlite.Cursor):
    """A cursor whose rows have all been fetched once it was executed."""

    def __init__(self, connection: "_Connection") -> None:
        self._connection = connection
        self._rows: list[Any] = []

    async def execute(self, sql: str, parameters: Iterable[Any] | None = None) -> "_Cursor":
        """Run a statement and fetch what it answers."""
        return await self._run(lambda cursor: cursor.execute(sql, tuple(parameters or ())))

    async def executemany(self, sql: str, parameters: Iterable[Iterable[Any]]) -> "_Cursor":
        """Run a statement for each of these rows."""
        rows = [tuple(row) for row in parameters]
        return await self._run(lambda cursor: cursor.executemany(sql, rows))

    async def fetchall(self) -> list[Any]:
        """Answer the rows that were fetched."""
        return self._rows

    async def close(self) -> None:
        """Do nothing: it was closed in the thread."""

    async def _run(self, run: _Run) -> "_Cursor":
        self._cursor, self._rows = await self._connection.trip(run)
        return self


class _Connection(aiosqlite.Connection):
    def __init__(self, connect: Callable[[], sqlite3.Connection]) -> None:
        super().__init__(connect, iter_chunk_size=64)
        # One that nobody closed must not keep the process alive.
        self._thread = Thread(target=_work, args=(self._tx,), daemon=True)
        self._to_begin: str | None = None

    def begin(self, statement: str) -> None:
        """Begin a transaction, by this statement, with the next one."""
        self._to_begin = statement

    async def commit(self) -> None:
        """Commit, if anything was asked since the beginning."""
        if not self._begins_no_more():
            await super().commit()

    async def rollback(self) -> None:
        """Roll back, if anything was asked since the beginning."""
        if not self._begins_no_more():
            await super().rollback()

    def cursor(self) -> _Cursor:  # type: ignore[override]  # without a trip there is nothing to await
        """Make a cursor; nothing is opened before it is executed."""
        return _Cursor(self)

    async def trip(self, run: _Run) -> tuple[sqlite3.Cursor, list[Any]]:
        """Go to the thread once: begin if need be, run a statement, fetch its rows, close it."""
        begin, self._to_begin = self._to_begin, None
        answer: tuple[sqlite3.Cursor, list[Any]] = await self._execute(_run, self._conn, begin, run)  # type: ignore[no-untyped-call]  # aiosqlite leaves its own door untyped
        return answer

    def _begins_no_more(self) -> bool:
        """Forget a beginning that nothing came of; tells whether there was one."""
        waited, self._to_begin = self._to_begin is not None, None
        return waited


def open_connection(*args: Any, **options: Any) -> aiosqlite.Connection:
    """Open a connection as `sqlite3.connect` does, once it is awaited."""
    return _Connection(partial(sqlite3.connect, *args, **options))


def _work(trips: SimpleQueue[_Trip]) -> None:
    """Do what is asked, one after another, until told to stop.

    Unlike the loop of aiosqlite it outlives whoever asked: one that was cancelled when its event
    loop closed waits for no answer, and what it left open is still closed.
    """
    result: object = None
    while result is not _STOP_RUNNING_SENTINEL:
        future, function = trips.get()
        error: BaseException | None = None
        try:
            result = function()
        except BaseException as caught:  # noqa: BLE001 - whatever it is, it is for who asked
            result, error = None, caught
        if future is not None:
            with suppress(RuntimeError):  # the loop is closed
                future.get_loop().call_soon_threadsafe(_settle, future, result, error)


def _settle(future: asyncio.Future[Any], result: object, error: BaseException | None) -> None:
    if future.done():
        return  # who asked was cancelled
    if error is None:
        future.set_result(result)
    else:
        future.set_exception(error)


def _run(
    connection: sqlite3.Connection, begin: str | None, run: _Run
) -> tuple[sqlite3.Cursor, list[Any]]:
    cursor = connection.cursor()
    try:
        if begin is not None:
            cursor.execute(begin)
        run(cursor)
        return cursor, cursor.fetchall()
    finally:
        cursor.close()
