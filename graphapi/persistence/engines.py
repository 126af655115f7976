"""How connections are opened; the comments are constraints that cannot be guessed."""

import json
from functools import partial
from typing import Any

from sqlalchemy import Connection, event, make_url
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from graphapi.persistence.patience import STATEMENT_SECONDS, limits, watch_over
from graphapi.persistence.sqlite_driver import open_connection

_BUSY_TIMEOUT_MS = 10_000
# Words in any script stay as they are, so that a text search finds them inside JSON.
_to_json = partial(json.dumps, ensure_ascii=False)
_POOL_SIZE = 10
# Each is a thread that mostly sleeps; to open one takes longer than all that is mostly asked of it.
_SQLITE_READERS = 32
_DRIVERS = {
    "sqlite": "sqlite+aiosqlite",
    "postgresql": "postgresql+asyncpg",
    "postgres": "postgresql+asyncpg",
}


def async_url(url: str) -> str:
    """Name the asyncio driver in a database URL: aiosqlite or asyncpg.

    Raises ValueError for any other database.
    """
    parsed = make_url(url)
    name = parsed.drivername.partition("+")[0]
    if name not in _DRIVERS:
        raise ValueError(f"{name} is not a database graphapi knows: use sqlite or postgresql")
    return parsed.set(drivername=_DRIVERS[name]).render_as_string(hide_password=False)


def open_writer(url: str, statement_seconds: float | None = STATEMENT_SECONDS) -> AsyncEngine:
    """Open the engine that writes; PostgreSQL may take so long for a statement, None: for ever.

    SQLite has one writer at a time whatever we do: a pool of one queues in our process, fairly,
    where more connections would spin on SQLITE_BUSY.
    """
    if not _is_sqlite(url):
        postgres = _create(url, pool_size=_POOL_SIZE, **limits(statement_seconds))
        watch_over(postgres)
        return postgres
    engine = _create(url, pool_size=1, max_overflow=0, pool_timeout=60)
    # FULL, not NORMAL: an intent that is lost with the power would be paid twice.
    # IMMEDIATE: a transaction that began by reading cannot upgrade once another has written.
    _configure(engine, begin="BEGIN IMMEDIATE", pragmas={"synchronous": "FULL"})
    return engine


def open_reader(url: str, writer: AsyncEngine) -> AsyncEngine:
    """Open the engine that reads; on PostgreSQL it is the writer's own."""
    if not _is_sqlite(url):
        return writer
    engine = _create(url, pool_size=_SQLITE_READERS)
    _configure(engine, begin="BEGIN", pragmas={"query_only": "ON"})
    return engine


def _create(url: str, **options: Any) -> AsyncEngine:
    if _is_sqlite(url):
        options["connect_args"] = {"async_creator_fn": open_connection}
    # What a row holds is no business of a log.
    options |= {"json_serializer": _to_json, "hide_parameters": True}
    return create_async_engine(async_url(url), **options)


def _is_sqlite(url: str) -> bool:
    return make_url(url).drivername.partition("+")[0] == "sqlite"


def _configure(engine: AsyncEngine, *, begin: str, pragmas: dict[str, str]) -> None:
    settings = {
        "busy_timeout": str(_BUSY_TIMEOUT_MS),
        "journal_mode": "WAL",
        "foreign_keys": "ON",
    } | pragmas

    @event.listens_for(engine.sync_engine, "connect")
    def _connected(connection: Any, _record: Any) -> None:
        # The driver would begin transactions of its own, too late and deferred.
        connection.isolation_level = None
        cursor = connection.cursor()
        for name, value in settings.items():
            cursor.execute(f"PRAGMA {name}={value}")
        cursor.close()
        # SQLite's own knows no letters beyond A to Z.
        connection.create_function("lower", 1, _lower, deterministic=True)

    @event.listens_for(engine.sync_engine, "begin")
    def _began(connection: Connection) -> None:
        opened: Any = connection.connection.driver_connection
        opened.begin(begin)


def _lower(text: str | None) -> str | None:
    return None if text is None else text.lower()
