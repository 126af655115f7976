"""How long a PostgreSQL that says nothing may keep anybody waiting.

A server can be gone without a word: its machine froze, or the line was cut in between. Its driver
waits for an answer for as long as it takes, and every request with it.
"""

from typing import Any

from sqlalchemy import ExceptionContext, event
from sqlalchemy.exc import DBAPIError, DisconnectionError
from sqlalchemy.exc import TimeoutError as NoneFree
from sqlalchemy.ext.asyncio import AsyncEngine

# To connect, and to find out that a connection of the pool is dead: together below the five
# seconds that a person waits.
CONNECT_SECONDS = 2.0
ALIVE_SECONDS = 1.5
# A statement may wait for the locks of many others, and in a rush for its turn at a connection.
STATEMENT_SECONDS = 10.0
TURN_SECONDS = 30.0

# The classes of SQLSTATE that are about the server and not about the statement: connection
# exceptions, insufficient resources, operator intervention (PostgreSQL manual, appendix A).
_SERVER_TROUBLE = ("08", "53", "57")


def limits(statement_seconds: float | None) -> dict[str, Any]:
    """Make the options of an engine that waits no longer than this; None: for ever."""
    return {
        "pool_timeout": TURN_SECONDS,
        "connect_args": {"timeout": CONNECT_SECONDS, "command_timeout": statement_seconds},
    }


def watch_over(engine: AsyncEngine) -> None:
    """Use no connection that does not answer; and none again that has not answered."""

    @event.listens_for(engine.sync_engine, "checkout")
    def _taken(connection: Any, _record: Any, _pooled: Any) -> None:
        # SQLAlchemy's own ping takes three trips, and waits as long as a statement does.
        try:
            connection.run_async(_ask)
        except Exception as error:
            raise DisconnectionError from error

    @event.listens_for(engine.sync_engine, "handle_error")
    def _failed(context: ExceptionContext) -> None:
        if isinstance(context.original_exception, TimeoutError):
            # A rollback would wait for the same silence. The others of the pool are asked
            # before they are used.
            context.is_disconnect = True
            context.invalidate_pool_on_disconnect = False


def is_away(error: Exception) -> bool:
    """Tell whether a failure says that the database is away, and nothing about what was asked."""
    if isinstance(error, DBAPIError):
        state = getattr(error.orig, "sqlstate", None) or ""
        return error.connection_invalidated or state.startswith(_SERVER_TROUBLE)
    return isinstance(error, OSError | NoneFree)


async def _ask(connection: Any) -> None:
    try:
        await connection.execute("SELECT 1", timeout=ALIVE_SECONDS)
    except BaseException:
        connection.terminate()  # a graceful end would wait for an answer again
        raise
