"""The newest untold state of each image that one subscriber watches."""

import asyncio
from collections import OrderedDict, deque
from collections.abc import Iterable
from typing import Final, Self

from graphapi.domain.library import Image, ImageStatus
from graphapi.metrics import EVENTS_SENT
from graphapi.ports.watching import Event, Snapshot, Watch, in_flight

# Above every version: nothing is told of an image after its tombstone.
_GONE: Final = 1 << 62
# How many finished images a watch that follows work remembers, so that a slow read that began
# before they finished cannot tell of them again.
_FINISHED_REMEMBERED: Final = 1000


class Mailbox:
    """One subscriber's images: at most one untold state each, the longest waiting first.

    Versions of an image never repeat or go back, whatever is offered. For one reader:
    `async for event in mailbox`, or `take` for everything at once.
    """

    __slots__ = (
        "_closed",
        "_early",
        "_finished",
        "_following",
        "_follows_work",
        "_pending",
        "_told",
        "_waiter",
        "snapshot",
        "watch",
    )

    def __init__(self, watch: Watch, snapshot: Snapshot) -> None:
        self.watch = watch
        self.snapshot = snapshot
        self._follows_work = watch.follows_work
        self._pending: OrderedDict[str, Event] = OrderedDict()
        self._told: dict[str, int] = {}
        # What nobody wanted while the snapshot is read; None from then on.
        self._early: dict[str, Event] | None = {}
        self._following: set[str] = set()
        self._finished: deque[str] = deque()
        self._waiter: asyncio.Future[None] | None = None
        self._closed = False

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Event:
        """Wait for the next event; ends when the hub stops."""
        if not self._pending:
            await self._wait()
            if not self._pending:
                raise StopAsyncIteration
        image_id, event = self._pending.popitem(last=False)
        if self._follows_work:
            self._forget(image_id)
        EVENTS_SENT.inc()
        return event

    async def take(self) -> list[Event]:
        """Wait until something is untold, then take it all; empty only when the hub stopped."""
        await self._wait()
        taken, self._pending = self._pending, OrderedDict()
        if self._follows_work:
            for image_id in taken:
                self._forget(image_id)
        EVENTS_SENT.inc(len(taken))
        return list(taken.values())

    @property
    def following(self) -> frozenset[str]:
        """List the images whose next change this subscriber must be told."""
        return frozenset(self._following)

    def admit(self, statuses: Iterable[ImageStatus]) -> None:
        """Take the snapshot, brought up to date by what was offered while it was read."""
        early, self._early = self._early or {}, None
        offered, self._pending = self._pending, OrderedDict()
        for status in statuses:
            if status.image.owner_id != self.watch.owner_id:
                raise ValueError("A snapshot brought another owner's image.")
            newer = (found.pop(status.image.id, None) for found in (offered, early))
            newest = max((Event(status), *filter(None, newer)), key=_version).status
            self._note(newest.image)
            self._pending[newest.image.id] = Event(newest, snapshot=True)
        self._pending.update(offered)
        for event in early.values():
            self.offer(event)
        self._wake()

    def offer(self, event: Event, *, flew: bool = False) -> None:
        """Take an event if it is watched and newer than what was told.

        `flew`: work on the image was under way since the last event, even if it is over.
        """
        image = event.status.image
        image_id = image.id
        if image.version <= self._told.get(image_id, -1):
            return
        if self._wants(event.status, flew):
            self._note(image)
            self._pending[image_id] = event
            self._wake()
        elif self._early is not None and image.owner_id == self.watch.owner_id:
            # The snapshot, still being read, may show alive what has ended meanwhile.
            kept = self._early.get(image_id, event)
            self._early[image_id] = max(kept, event, key=_version)

    def close(self) -> None:
        """End the iteration once everything is told."""
        self._closed = True
        self._wake()

    def _wants(self, status: ImageStatus, flew: bool) -> bool:  # noqa: FBT001 - passed through
        image, watch = status.image, self.watch
        if image.id in self._following:
            return True  # the same image as before, so the same owner's
        if image.deleted:
            # Of a deleted image only those hear who know of it.
            return image.id in (watch.image_ids or ()) and watch.matches(status)
        if flew and self._follows_work:
            return image.owner_id == watch.owner_id
        return watch.matches(status)

    def _note(self, image: Image) -> None:
        if image.deleted:
            self._told[image.id] = _GONE
            self._following.discard(image.id)
            return
        self._told[image.id] = image.version
        if self._follows_work and not in_flight(image):
            self._following.discard(image.id)
        else:
            self._following.add(image.id)

    def _forget(self, image_id: str) -> None:
        if image_id in self._following:
            return
        self._finished.append(image_id)
        if len(self._finished) > _FINISHED_REMEMBERED:
            oldest = self._finished.popleft()
            if oldest not in self._following and oldest not in self._pending:
                self._told.pop(oldest, None)

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    async def _wait(self) -> None:
        while not self._pending and not self._closed:
            self._waiter = asyncio.get_running_loop().create_future()
            try:
                await self._waiter
            finally:
                self._waiter = None


def _version(event: Event) -> int:
    return event.status.image.version
