"""The bus between processes that share a Redis: one stream, which every process reads.

A stream and not publish/subscribe: what is sent while a connection is lost is read afterwards.
The stream is short and Redis may come back empty, so every reconnection is reported as a gap.
"""

import asyncio
import json
import secrets
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import astuple, replace
from itertools import islice
from typing import Any, Final

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from graphapi.events.outage import Outage
from graphapi.events.tasks import end
from graphapi.ports.bus import Change, ChangeListener, GapListener

STREAM: Final = "graphapi:changes"
# About a minute of a busy server. Who lags further behind is told to read everything again.
_STREAM_LENGTH: Final = 10_000
# How many changed images are kept during an outage; beyond, a gap is announced instead of them.
_OUTBOX_LENGTH: Final = 10_000
_CHANGES_PER_ENTRY: Final = 500
_ENTRIES_PER_READ: Final = 500
# How long a read waits for news; also how soon a silent Redis is noticed, with what follows.
_BLOCK_SECONDS: Final = 1.0
_ANSWER_SECONDS: Final = 1.0
_FLUSH_SECONDS: Final = 0.8

_Position = tuple[int, int]
_BEGINNING: Final[_Position] = (0, 0)


class RedisBus:
    """Tells this process directly and all others through Redis.

    Publishing never waits for Redis: changes lie in an outbox, the newest of each image, until
    Redis has taken them. `url` is `redis://...` and is never logged.
    """

    def __init__(self, url: str, stream: str = STREAM) -> None:
        self._url = url
        self._stream = stream
        self._origin = secrets.token_hex(8)
        self._on_change: ChangeListener | None = None
        self._on_gap: GapListener | None = None
        self._outbox: dict[str, Change] = {}
        self._owes_gap = False
        self._unsent = asyncio.Event()
        self._sender: Redis | None = None
        self._reader: Redis | None = None
        self._tasks: list[asyncio.Task[None]] = []

    def listen(self, on_change: ChangeListener, on_gap: GapListener) -> None:
        """Register the one listener of this process, before `start`."""
        self._on_change, self._on_gap = on_change, on_gap

    async def publish(self, changes: Sequence[Change]) -> None:
        """Tell this process now, and all others as soon as Redis takes it."""
        if not changes:
            return
        self._tell(changes)
        for change in changes:
            self._outbox[change.image_id] = _newer(self._outbox.get(change.image_id), change)
        if len(self._outbox) > _OUTBOX_LENGTH:
            self._outbox.clear()
            self._owes_gap = True
        self._unsent.set()

    async def start(self) -> None:
        """Begin to carry; Redis may be away."""
        self._sender = self._connect(_ANSWER_SECONDS)
        self._tasks = [asyncio.create_task(self._send_for_ever(self._sender), name="redis-send")]
        if self._on_change is not None:
            self._reader = self._connect(_BLOCK_SECONDS + _ANSWER_SECONDS)
            reading = asyncio.create_task(self._read_for_ever(self._reader), name="redis-read")
            self._tasks.append(reading)

    async def stop(self) -> None:
        """Send what waits, if Redis takes it soon, and close the connections."""
        await end(self._tasks)
        self._tasks = []
        if self._sender is not None:
            with suppress(RedisError, OSError, TimeoutError):
                async with asyncio.timeout(_FLUSH_SECONDS):
                    while self._unsent.is_set():
                        await self._send(self._sender)
        for client in (self._sender, self._reader):
            if client is not None:
                await client.aclose()
        self._sender = self._reader = None

    def _connect(self, patience: float) -> Redis:
        # The library's own retries would hide outages from us, and multiply the waiting.
        return Redis.from_url(
            self._url,
            socket_timeout=patience,
            socket_connect_timeout=_ANSWER_SECONDS,
            retry=Retry(NoBackoff(), 0),
            protocol=2,
            legacy_responses=False,
            decode_responses=True,
        )

    def _tell(self, changes: Sequence[Change]) -> None:
        if self._on_change is not None and changes:
            self._on_change(changes)

    def _tell_gap(self) -> None:
        if self._on_gap is not None:
            self._on_gap()

    async def _send_for_ever(self, client: Redis) -> None:
        outage = Outage("Telling other processes through Redis what changed")
        while True:
            await self._unsent.wait()
            try:
                await self._send(client)
                outage.over()
            except Exception as trouble:  # noqa: BLE001 - whatever Redis says, the bus lives
                await outage.endure(trouble)

    async def _send(self, client: Redis) -> None:
        batch = dict(islice(self._outbox.items(), _CHANGES_PER_ENTRY))
        gap, self._owes_gap = self._owes_gap, False
        for image_id in batch:
            del self._outbox[image_id]
        try:
            entry = _encode(self._origin, batch.values(), gap=gap)
            await client.xadd(self._stream, entry, maxlen=_STREAM_LENGTH, approximate=True)
        except BaseException:
            # Perhaps it was taken all the same: twice does no harm.
            for image_id, change in batch.items():
                self._outbox[image_id] = _newer(self._outbox.get(image_id), change)
            self._owes_gap = self._owes_gap or gap
            raise
        if not self._outbox and not self._owes_gap:
            self._unsent.clear()

    async def _read_for_ever(self, client: Redis) -> None:
        outage = Outage("Hearing from other processes through Redis what changed")
        position: _Position | None = None
        while True:
            try:
                position = await self._resume(client, position)
                self._tell_gap()
                while True:
                    outage.over()
                    position = await self._read(client, position)
            except Exception as trouble:  # noqa: BLE001 - whatever Redis says, the bus lives
                await outage.endure(trouble)

    async def _resume(self, client: Redis, position: _Position | None) -> _Position:
        """Go on where we were; at the stream's end when we were nowhere in this stream."""
        newest = _ids(await client.xrevrange(self._stream, count=1))
        if not newest:
            return _BEGINNING
        return newest[0] if position is None else min(position, newest[0])

    async def _oldest(self, client: Redis) -> _Position:
        found = _ids(await client.xrange(self._stream, count=1))
        return found[0] if found else _BEGINNING

    async def _read(self, client: Redis, position: _Position) -> _Position:
        after = f"{position[0]}-{position[1]}"
        answer: Any = await client.xread(
            {self._stream: after}, count=_ENTRIES_PER_READ, block=int(_BLOCK_SECONDS * 1000)
        )
        entries = answer.get(self._stream, [])
        # Only who lags behind can have lost something to the stream's end.
        if len(entries) == _ENTRIES_PER_READ and await self._oldest(client) > position:
            self._tell_gap()
        for _, fields in entries:
            self._hear(fields)
        return _ids(entries)[-1] if entries else position

    def _hear(self, fields: Mapping[str, str]) -> None:
        if fields.get("origin") == self._origin:
            return
        try:
            changes = [Change(*values) for values in json.loads(fields["changes"])]
        except (KeyError, TypeError, ValueError):
            # Another version's words: something changed, we cannot tell what.
            self._tell_gap()
            return
        if fields.get("gap"):
            self._tell_gap()
        self._tell(changes)


def _encode(origin: str, changes: Any, *, gap: bool) -> dict[Any, Any]:
    entry = {"origin": origin, "changes": json.dumps([astuple(change) for change in changes])}
    return entry | {"gap": "1"} if gap else entry


def _newer(kept: Change | None, change: Change) -> Change:
    if kept is None:
        return change
    newest = max(kept, change, key=lambda each: each.version)
    return replace(newest, in_flight=kept.in_flight or change.in_flight)


def _ids(entries: Sequence[Any] | None) -> list[_Position]:
    return [
        (int(ms), int(number)) for ms, number in (str(each[0]).split("-") for each in entries or ())
    ]
