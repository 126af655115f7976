"""How the push path ends what it runs in the background."""

import asyncio
from collections.abc import Iterable
from typing import Final

_AGAIN_SECONDS: Final = 0.1


async def end(tasks: Iterable[asyncio.Task[None]]) -> None:
    """Cancel tasks and wait until they are over, whatever they raise."""
    left = set(tasks)
    while left:
        for task in left:
            # More than once: until Python 3.12 `asyncio.wait_for`, which drivers use, swallows a
            # cancellation that comes together with its answer.
            task.cancel()
        _, left = await asyncio.wait(left, timeout=_AGAIN_SECONDS)
