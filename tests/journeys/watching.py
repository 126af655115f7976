"""What a subscriber heard, judged as it comes: versions only grow, counts add up."""

import asyncio
import json
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

# On a machine that is busy with everything else.
PATIENCE = 60.0
TERMINAL = frozenset({"COMPLETED", "FAILED"})
_PARTS = ("queued", "processing", "completed", "failed", "cancelled")


@dataclass(frozen=True, slots=True)
class Heard:
    """One event, and when it came, in seconds since the epoch."""

    at: float
    event: dict[str, Any]

    @property
    def image_id(self) -> str:
        """Tell whom it is about."""
        image_id: str = self.event["image"]["id"]
        return image_id


class Watch:
    """Everything that one subscription brought.

    `lists` are the values of `processingImages`, `errors` those of the subscription itself.
    """

    def __init__(self) -> None:
        self.heard: list[Heard] = []
        self.latest: dict[str, dict[str, Any]] = {}
        self.lists: list[Any] = []
        self.errors: list[Any] = []
        self.ended = False
        self.faults: list[str] = []
        self._news = asyncio.Condition()

    async def listen(self, socket: ClientConnection) -> None:
        """Hear everything until the subscription or the connection ends."""
        try:
            async for text in socket:
                await self._take(json.loads(text), socket)
                if self.ended:
                    break
        except ConnectionClosed:
            pass  # the server was killed; that is what some journeys are about
        finally:
            self.ended = True
            async with self._news:
                self._news.notify_all()

    async def until(self, condition: Callable[[], bool], seconds: float = PATIENCE) -> None:
        """Return once the condition holds, judging nothing but what was heard."""
        try:
            async with asyncio.timeout(seconds), self._news:
                await self._news.wait_for(lambda: condition() or self.ended)
        except TimeoutError:
            raise AssertionError(f"Waited {seconds} s in vain. {self.summary()}") from None
        assert condition(), f"The subscription ended too early. {self.summary()}"
        self.check()

    async def until_ended(self, image_ids: Iterable[str], seconds: float = PATIENCE) -> None:
        """Return once each of these images is COMPLETED or FAILED."""
        awaited = set(image_ids)
        await self.until(lambda: all(self.status(each) in TERMINAL for each in awaited), seconds)

    def status(self, image_id: str) -> str | None:
        """Tell the last heard status of an image."""
        event = self.latest.get(image_id)
        return event["aiStatus"] if event else None

    def statuses(self, image_ids: Iterable[str]) -> list[str | None]:
        """Tell the last heard status of each of these."""
        return [self.status(each) for each in image_ids]

    def of(self, image_id: str) -> list[dict[str, Any]]:
        """List what was heard of one image."""
        return [heard.event for heard in self.heard if heard.image_id == image_id]

    def check(self) -> None:
        """Fail if anything heard so far may not be said."""
        assert not self.faults, self.faults

    def summary(self) -> str:
        """Tell what was heard last, for whoever reads a red test."""
        lines = [
            f"{image_id}: {e['aiStatus']} {e['stage']} {e['stageMessage']!r} {e['error']}"
            for image_id, e in self.latest.items()
        ]
        return "\n".join([f"{len(self.heard)} events, errors {self.errors}", *lines])

    async def _take(self, message: dict[str, Any], socket: ClientConnection) -> None:
        match message["type"]:
            case "ping":
                await socket.send(json.dumps({"type": "pong"}))
            case "next" if "errors" in message["payload"]:
                self.errors += message["payload"]["errors"]
            case "next":
                (value,) = message["payload"]["data"].values()
                self._note(value)
            case "error":
                self.errors += message["payload"]
                self.ended = True
            case "complete":
                self.ended = True
        async with self._news:
            self._news.notify_all()

    def _note(self, value: Any) -> None:
        if isinstance(value, list):
            self.lists.append(value)
            return
        heard = Heard(time.time(), value)
        before = self.latest.get(heard.image_id)
        if before is not None and value["version"] <= before["version"]:
            self.faults.append(f"version {value['version']} after {before['version']}")
        if value["version"] != value["image"]["version"]:
            self.faults.append(f"an image of another version than its event: {value}")
        counts = value["generation"]
        if counts and sum(counts[part] for part in _PARTS) != counts["total"]:
            self.faults.append(f"counts that do not add up: {counts}")
        if not 0 <= (value["progress"] or 0) <= 1:
            self.faults.append(f"progress {value['progress']}")
        self.heard.append(heard)
        self.latest[heard.image_id] = value
