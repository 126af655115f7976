"""Measure the push path: `python -m benchmarks.push`.

- one event to 3,000 mailboxes of one process, against 3,000 bare tasks woken with the same value,
  in interleaved rounds;
- memory of an idle mailbox;
- from a commit in another process to the mailbox, through the SQLite poll, and what the poll
  costs when nothing happens.
"""

import asyncio
import subprocess
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from statistics import median, quantiles

from sqlalchemy import create_engine

from graphapi.domain.ids import Noun, new_id
from graphapi.domain.images import AiStatus, ReviewStatus, SourceType
from graphapi.domain.jobs import Stage
from graphapi.domain.library import Image, ImageStatus
from graphapi.domain.standing import Standing
from graphapi.events.hub import Hub
from graphapi.events.memory import MemoryBus
from graphapi.events.sqlite import SqliteBus
from graphapi.persistence import statuses, transition, users
from graphapi.persistence.changes import Changes
from graphapi.persistence.database import Database
from graphapi.persistence.tables import Base
from graphapi.ports.bus import Change
from graphapi.ports.watching import Event, Watch

WATCHERS = 3_000
ROUNDS = 60
COMMITS = 200
IDLE_SECONDS = 5.0

# Another process: commits, and says when each commit returned, on the machine's common clock.
OTHER_PROCESS = """
import random, sqlite3, sys, time
path, owner, image, commits = sys.argv[1:]
database = sqlite3.connect(path, isolation_level=None, timeout=10)
for version in range(2, 2 + int(commits)):
    time.sleep(random.uniform(0.02, 0.06))
    database.execute("BEGIN IMMEDIATE")
    database.execute("UPDATE users SET change_seq = change_seq + 1 WHERE id = ?", [owner])
    database.execute(
        "UPDATE images SET version = ?, changed_seq = "
        "(SELECT change_seq FROM users WHERE id = ?) WHERE id = ?", [version, owner, image])
    database.execute("COMMIT")
    print(version, time.monotonic(), flush=True)
"""


def say(line: str) -> None:
    """Print a line of the report."""
    sys.stdout.write(f"{line}\n")


def milliseconds(seconds: Sequence[float]) -> str:
    """Show the median and the 99th percentile."""
    return (
        f"p50 {median(seconds) * 1e3:6.1f} ms   p99 {quantiles(seconds, n=100)[98] * 1e3:6.1f} ms"
    )


def new_image() -> Image:
    """Make an image in flight."""
    now = datetime.now(UTC)
    return Image(
        id=new_id(Noun.IMAGE),
        owner_id="ann",
        version=1,
        changed_seq=1,
        standing=Standing(AiStatus.PROCESSING),
        created_at=now,
        updated_at=now,
        source_type=SourceType.UPLOAD,
        status=ReviewStatus.DRAFT,
    )


class Crowd:
    """Counts those who were told, and says when all were."""

    def __init__(self) -> None:
        self.told = 0
        self.all_told = asyncio.Event()

    def tell(self) -> None:
        """Count one."""
        self.told += 1
        if self.told == WATCHERS:
            self.told = 0
            self.all_told.set()

    async def timed(self, start: Callable[[], Awaitable[None]]) -> float:
        """Measure from the start until everybody was told."""
        self.all_told.clear()
        begun = time.perf_counter()
        await start()
        await self.all_told.wait()
        return time.perf_counter() - begun


class BareBroadcast:
    """The floor: tasks that wait for a value, each on a future of its own."""

    def __init__(self, crowd: Crowd) -> None:
        self.waiting: list[asyncio.Future[Event]] = []
        self.tasks = [asyncio.create_task(self._listen(crowd)) for _ in range(WATCHERS)]

    async def _listen(self, crowd: Crowd) -> None:
        while True:
            future: asyncio.Future[Event] = asyncio.get_running_loop().create_future()
            self.waiting.append(future)
            await future
            crowd.tell()

    async def send(self, event: Event) -> None:
        """Wake everybody."""
        waiting, self.waiting = self.waiting, []
        for future in waiting:
            future.set_result(event)


async def fan_out() -> None:
    """Compare the hub with the floor, and weigh a mailbox."""
    rows = {image.id: image for image in (new_image() for _ in range(12))}
    bus = MemoryBus()

    async def read(image_ids: object) -> list[ImageStatus]:
        return [ImageStatus(rows[each]) for each in list(image_ids)]  # type: ignore[call-overload] # ids

    async def snapshot() -> list[ImageStatus]:
        return [ImageStatus(row) for row in rows.values()]

    hub, crowd, floor_crowd = Hub(bus, read, resync_seconds=3_600), Crowd(), Crowd()
    await hub.start()
    watch = Watch("ann", frozenset(rows))

    async def follow() -> None:
        async with hub.subscribe(watch, snapshot) as mailbox:
            await mailbox.take()
            async for _ in mailbox:
                crowd.tell()

    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    tasks = [asyncio.create_task(follow()) for _ in range(WATCHERS)]
    await asyncio.sleep(1)
    weight = (tracemalloc.get_traced_memory()[0] - before) / WATCHERS / 1024
    tracemalloc.stop()
    floor = BareBroadcast(floor_crowd)
    await asyncio.sleep(0.2)

    names, hub_times, floor_times = list(rows), list[float](), list[float]()
    for turn in range(ROUNDS):
        row = rows[names[turn % 12]]
        row = rows[row.id] = replace(row, version=row.version + 1)
        bell, event = Change("ann", row.id, row.version), Event(ImageStatus(row))
        hub_times.append(await crowd.timed(lambda bell=bell: bus.publish([bell])))  # type: ignore[misc] # bound now
        floor_times.append(await floor_crowd.timed(lambda event=event: floor.send(event)))  # type: ignore[misc] # bound now
    say(f"one event to {WATCHERS} watchers, hub    {milliseconds(hub_times)}")
    say(f"one event to {WATCHERS} watchers, floor  {milliseconds(floor_times)}")
    say(f"ratio of medians                   {median(hub_times) / median(floor_times):.2f}")
    say(f"memory of an idle subscription     {weight:.1f} KiB (task, mailbox, 12 images told)")
    for task in [*tasks, *floor.tasks]:
        task.cancel()
    await asyncio.gather(*tasks, *floor.tasks, return_exceptions=True)
    await hub.stop()


async def across_processes() -> None:
    """Measure from a commit elsewhere to the mailbox here, and the price of looking."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "push.db"
        engine = create_engine(f"sqlite:///{path}")
        Base.metadata.create_all(engine)
        engine.dispose()
        database = Database(f"sqlite:///{path}")
        owner, image_id = await _one_image(database)

        async def read(image_ids: object) -> Sequence[ImageStatus]:
            async with database.read() as connection:
                return await statuses.of_images(connection, image_ids)  # type: ignore[arg-type] # ids

        bus = SqliteBus(path, Changes(database))
        hub = Hub(bus, read, resync_seconds=3_600)
        async with AsyncExitStack() as stack:
            await bus.start()
            stack.push_async_callback(database.close)
            stack.push_async_callback(bus.stop)
            await hub.start()
            stack.push_async_callback(hub.stop)
            watch = Watch(owner, frozenset({image_id}))
            mailbox = await stack.enter_async_context(
                hub.subscribe(watch, lambda: read([image_id]))
            )
            await mailbox.take()
            arrived: dict[int, float] = {}

            async def note() -> None:
                async for event in mailbox:
                    arrived[event.status.image.version] = time.monotonic()

            noting = asyncio.create_task(note())
            committed = await _commits_elsewhere(path, owner, image_id)
            await asyncio.sleep(0.2)
            delays = [at - committed[version] for version, at in arrived.items()]
            say(f"commit elsewhere to mailbox, SQLite {milliseconds(delays)}")
            before = time.process_time()
            await asyncio.sleep(IDLE_SECONDS)
            spent = (time.process_time() - before) / IDLE_SECONDS
            say(f"the poll when nothing happens      {spent:.2%} of a core")
            noting.cancel()


async def _one_image(database: Database) -> tuple[str, str]:
    now, image_id = datetime.now(UTC), new_id(Noun.IMAGE)
    row = {
        "id": image_id,
        "source_type": SourceType.UPLOAD,
        "status": ReviewStatus.DRAFT,
        "ai_status": AiStatus.PROCESSING,
        "stage": Stage.WAITING,
        "created_at": now,
        "updated_at": now,
        "tags": [],
        "colors": [],
        "color_families": [],
        "authors": {},
        "beats_used": {},
    }
    async with database.write() as unit:
        owner = await users.ensure(unit, "ann", now)
        await transition.add_images(unit, owner.id, [row])
    return owner.id, image_id


async def _commits_elsewhere(path: Path, owner: str, image_id: str) -> dict[int, float]:
    command = [sys.executable, "-c", OTHER_PROCESS, str(path), owner, image_id, str(COMMITS)]
    process = await asyncio.create_subprocess_exec(*command, stdout=subprocess.PIPE)
    output, _ = await process.communicate()
    lines = (line.split() for line in output.decode().splitlines())
    return {int(version): float(at) for version, at in lines}


async def main() -> None:
    """Measure everything."""
    await fan_out()
    await across_processes()


if __name__ == "__main__":
    asyncio.run(main())
