"""Following recordings: what the bus says wakes a follower, and the rows tell it the news.

As with images (see `graphapi.events.hub`), lost bells cost time and never truth: everything that
is followed is read again every few seconds. A slow reader is told the latest state alone.
"""

import asyncio
import logging
import math
from collections.abc import AsyncGenerator, Mapping, Sequence

from graphapi.domain.recordings import Recording
from graphapi.errors import Unavailable
from graphapi.events.hub import RESYNC_SECONDS
from graphapi.ports.bus import Change, ChangeBus
from graphapi.ports.watching import ReadRecordings

logger = logging.getLogger(__name__)


class RecordingBells:
    """Wakes the followers of one process; registers itself with `bus`."""

    def __init__(self, bus: ChangeBus, *, resync_seconds: float = RESYNC_SECONDS) -> None:
        self._resync_seconds = resync_seconds
        self._followers: dict[asyncio.Event, frozenset[str]] = {}
        self._closed = False
        bus.listen(self._on_change, self._on_gap)

    async def follow(
        self, recording_ids: frozenset[str], read: ReadRecordings
    ) -> AsyncGenerator[Recording, None]:
        """Tell where recordings stand: as they do now, then whenever one has changed."""
        rung, told = asyncio.Event(), dict[str, float]()
        self._followers[rung] = recording_ids
        try:
            found = await read()
            while not self._closed:
                for recording in found.values():
                    if recording.version > told.get(recording.id, 0):
                        # Of one that is deleted nothing more is told.
                        deleted, version = recording.deleted, recording.version
                        told[recording.id] = math.inf if deleted else version
                        yield recording
                found = await self._next(rung, read)
        finally:
            del self._followers[rung]

    def close(self) -> None:
        """End every subscription."""
        self._closed = True
        self._on_gap()

    async def _next(self, rung: asyncio.Event, read: ReadRecordings) -> Mapping[str, Recording]:
        """Wait for a bell, but not for too long, then read; nothing while the database is away."""
        try:
            async with asyncio.timeout(self._resync_seconds):
                await rung.wait()
        except TimeoutError:
            logger.debug("Recordings that are followed are read again unasked")
        rung.clear()
        try:
            return {} if self._closed else await read()
        except Unavailable as error:
            logger.warning("Could not read recordings that are followed: %r", error.__cause__)
            return {}

    def _on_change(self, changes: Sequence[Change]) -> None:
        changed = {change.image_id for change in changes}
        for rung, recording_ids in self._followers.items():
            if changed & recording_ids:
                rung.set()

    def _on_gap(self) -> None:
        for rung in self._followers:
            rung.set()
