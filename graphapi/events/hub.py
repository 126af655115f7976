"""The hub: takes what the bus says, reads where each image stands, tells who watches it.

Push is state, not messages: a bell only marks an image as dirty, one read at a time brings the
newest rows of all that are dirty, and each mailbox keeps what is newer than it has told. Lost
bells cost time, never truth: every watch is read again whenever bells may have been missed, and
every five seconds.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterable, Sequence
from contextlib import asynccontextmanager
from typing import Final

from graphapi.domain.library import ImageStatus
from graphapi.errors import Unavailable
from graphapi.events.audience import Audience, Circle
from graphapi.events.mailbox import Mailbox
from graphapi.events.tasks import end
from graphapi.metrics import SUBSCRIBERS
from graphapi.ports.bus import Change, ChangeBus
from graphapi.ports.watching import Event, Snapshot, Watch

ReadStatuses = Callable[[Collection[str]], Awaitable[Sequence[ImageStatus]]]

logger = logging.getLogger(__name__)

RESYNC_SECONDS: Final = 5.0
# Gaps that come in a burst are answered by one reading.
_RESYNC_SPACING_SECONDS: Final = 0.05
_RETRY_SECONDS: Final = 0.1
# A database that does not answer by then is asked again.
_READ_TIMEOUT_SECONDS: Final = 10.0
_BATCH: Final = 500
# More dirty images than this are forgotten, and every watch is read again instead.
_MOST_DIRTY: Final = 50_000
# After so many mailboxes a long round lets the rest of the process have its turn.
_SLICE: Final = 200


class Hub:
    """Feeds the mailboxes of one process.

    `read` answers the current rows of these images, deleted ones with `image.deleted` set,
    missing ones left out; it must see everything committed before it was called. The hub
    registers itself with `bus`; whoever made the bus starts and stops it.
    """

    def __init__(
        self, bus: ChangeBus, read: ReadStatuses, *, resync_seconds: float = RESYNC_SECONDS
    ) -> None:
        self._read = read
        self._resync_seconds = resync_seconds
        self._audience = Audience()
        # Image ids in the order they became dirty, and whether work was under way meanwhile.
        self._dirty: dict[str, bool] = {}
        self._rung = asyncio.Event()
        self._missed = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._closed = False
        bus.listen(self._on_change, self._on_gap)

    @property
    def subscribers(self) -> int:
        """Count the mailboxes."""
        return len(self._audience)

    async def start(self) -> None:
        """Begin to feed mailboxes."""
        self._tasks = [
            asyncio.create_task(self._feed(), name="hub-feed"),
            asyncio.create_task(self._resync_regularly(), name="hub-resync"),
        ]

    async def stop(self) -> None:
        """End every subscription, each after what it was yet to be told."""
        self._closed = True
        for mailbox in self._audience.mailboxes():
            mailbox.close()
        await end(self._tasks)
        self._tasks = []

    @asynccontextmanager
    async def subscribe(self, watch: Watch, snapshot: Snapshot) -> AsyncIterator[Mailbox]:
        """Watch images: first where they stand, then every newer state.

        `snapshot` reads the watched images as they stand, in a read of its own that begins when
        it is called; it is called again at each resync, perhaps for others with the same watch,
        so it must not depend on anything of this one request. What it raises now is raised here.
        """
        mailbox = Mailbox(watch, snapshot)
        # Registered first: what changes while the snapshot is read is kept, so nothing is lost.
        self._audience.join(mailbox)
        SUBSCRIBERS.inc()
        try:
            mailbox.admit(await snapshot())
            if self._closed:
                mailbox.close()
            yield mailbox
        finally:
            self._audience.leave(mailbox)
            SUBSCRIBERS.dec()

    def _on_change(self, changes: Sequence[Change]) -> None:
        for change in changes:
            if self._audience.may_care(change):
                flew = self._dirty.get(change.image_id, False)
                self._dirty[change.image_id] = flew or change.in_flight
        if len(self._dirty) > _MOST_DIRTY:
            self._dirty.clear()
            self._missed.set()
        if self._dirty:
            self._rung.set()

    def _on_gap(self) -> None:
        self._missed.set()

    async def _feed(self) -> None:
        while True:
            await self._rung.wait()
            batch = {image_id: self._dirty.pop(image_id) for image_id in self._first_dirty()}
            if not self._dirty:
                self._rung.clear()
            try:
                statuses = await self._read_within_bounds(batch)
                self._deliver(statuses, batch)
            except Exception as error:  # noqa: BLE001 - whatever a read raises, the hub must live
                _warn("Could not read changed images; every watch will be read again", error)
                self._missed.set()
                await asyncio.sleep(_RETRY_SECONDS)

    def _first_dirty(self) -> list[str]:
        return [image_id for image_id, _ in zip(self._dirty, range(_BATCH), strict=False)]

    def _deliver(self, statuses: Iterable[ImageStatus], flown: dict[str, bool]) -> None:
        for status in statuses:
            event, flew = Event(status), flown.get(status.image.id, False)
            for circle in self._audience.circles_of(status.image):
                for mailbox in circle.mailboxes:
                    mailbox.offer(event, flew=flew)

    async def _resync_regularly(self) -> None:
        failures = 0
        while True:
            if failures:
                pause = _RETRY_SECONDS * 2 ** min(failures, 10)
                await asyncio.sleep(min(self._resync_seconds, pause))
            else:
                await self._resync_due()
            self._missed.clear()
            failures = 0 if await self._resync() else failures + 1

    async def _resync_due(self) -> None:
        await asyncio.sleep(_RESYNC_SPACING_SECONDS)
        try:
            async with asyncio.timeout(self._resync_seconds):
                await self._missed.wait()
        except TimeoutError:
            return

    async def _resync(self) -> bool:
        """Read every watch again; tell whether all could be read."""
        whole = True
        for circle in self._audience.circles():
            try:
                await self._resync_circle(circle)
            except Unavailable as error:
                _warn("Could not read any watch again; it will be tried again", error)
                return False
            except Exception as error:  # noqa: BLE001 - one watch must not blind the others
                _warn("Could not read a watch again; it will be tried again", error)
                whole = False
        return whole

    async def _resync_circle(self, circle: Circle) -> None:
        if not circle.mailboxes:
            return
        snapshot = next(iter(circle.mailboxes)).snapshot
        async with asyncio.timeout(_READ_TIMEOUT_SECONDS):
            statuses = list(await snapshot())
        # What is finished or deleted is no longer in the snapshot of its watch.
        gone = circle.following() - {status.image.id for status in statuses}
        statuses += await self._read_within_bounds(gone)
        events = [Event(status) for status in statuses]
        for count, mailbox in enumerate(tuple(circle.mailboxes), start=1):
            for event in events:
                mailbox.offer(event)
            if count % _SLICE == 0:
                await asyncio.sleep(0)

    async def _read_within_bounds(self, image_ids: Collection[str]) -> list[ImageStatus]:
        ids, statuses = list(image_ids), list[ImageStatus]()
        for start in range(0, len(ids), _BATCH):
            async with asyncio.timeout(_READ_TIMEOUT_SECONDS):
                statuses += await self._read(ids[start : start + _BATCH])
        return statuses


def _warn(what: str, error: Exception) -> None:
    """Log a failure: with its stack, unless it is that of somebody else."""
    if isinstance(error, Unavailable):
        logger.warning("%s: %r", what, error.__cause__)
    else:
        logger.error("%s.", what, exc_info=error)
