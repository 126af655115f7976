"""What a bus does while its other end is away: says so once, and tries again ever more slowly."""

import asyncio
import logging
from typing import Final

logger = logging.getLogger(__name__)

_FIRST_PAUSE_SECONDS: Final = 0.05
_LONGEST_PAUSE_SECONDS: Final = 2.0


class Outage:
    """The troubles of one connection, from its first failure to its next success."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._failures = 0

    async def endure(self, trouble: Exception) -> None:
        """Note a failure, logged if it is the first, and pause before the next try."""
        if self._failures == 0:
            logger.warning("%s does not work; trying again until it does: %s", self._what, trouble)
        pause = min(_LONGEST_PAUSE_SECONDS, _FIRST_PAUSE_SECONDS * 2 ** min(self._failures, 10))
        self._failures += 1
        await asyncio.sleep(pause)

    def over(self) -> None:
        """Note a success."""
        if self._failures:
            logger.info("%s works again after %d failures.", self._what, self._failures)
        self._failures = 0
