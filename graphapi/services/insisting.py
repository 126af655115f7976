"""Writing down what must not be lost, however long the database takes to come back."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from datetime import datetime
from typing import Any, TypeVar

from graphapi.errors import StorageFailed, Unavailable
from graphapi.ports.clock import Clock

logger = logging.getLogger(__name__)

Answer = TypeVar("Answer")

# How long a write waits, in seconds, before it is offered again to what did not take it: doubling.
SHORTEST_WAIT, LONGEST_WAIT = 0.1, 16.0


async def take_or_leave(
    take: Callable[[], Awaitable[Answer]],
    leave: Callable[[], Awaitable[None]],
    what: str,
    until: datetime,
    clock: Clock,
) -> Answer:
    """Take something by one write; raises what that raised, after having left it again.

    A write that fails may be committed all the same, and only the word of it lost. What was taken
    so would be kept from everybody, since nobody knows of having it.
    """
    try:
        return await take()
    except (Exception, asyncio.CancelledError):
        await insist(leave, what, until, clock)
        raise


async def see_through(work: Coroutine[Any, Any, Answer]) -> Answer:
    """Do work to its end, also when it is cancelled meanwhile: it then stops only after that."""
    working = asyncio.create_task(work)
    try:
        return await asyncio.shield(working)
    except asyncio.CancelledError:
        await asyncio.wait([working])
        raise


async def insist(
    write: Callable[[], Awaitable[Answer]], what: str, until: datetime, clock: Clock
) -> Answer:
    """Write until what it is for takes it; once `until` has come, raise what the last try raised.

    A write may have been committed and only its confirmation lost, so doing it again must change
    nothing. `what` names it in the log.
    """
    wait = SHORTEST_WAIT
    while True:
        try:
            return await write()
        except Exception as error:
            if clock.now() >= until:
                raise
            # That something is away is told in a line; anything else is a fault, with its stack.
            away = isinstance(error, Unavailable | StorageFailed)
            reason = error.__cause__ if away else error
            logger.warning("Writing down %s is tried again: %r", what, reason, exc_info=not away)
        await asyncio.sleep(wait)
        wait = min(2 * wait, LONGEST_WAIT)
