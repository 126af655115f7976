"""The promise of the push path, on a virtual clock with everything going wrong at once.

Bells are dropped, doubled, delayed and so reordered; reads are slow and fail; readers are slow,
leave and come back. Every subscriber must end at the database's version of every image it
watches, never having gone back, and never having seen another owner's image.
"""

import asyncio
import logging
import random
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from graphapi.domain.images import AiStatus
from graphapi.domain.library import Image, ImageStatus
from graphapi.events.hub import RESYNC_SECONDS, Hub
from graphapi.events.mailbox import Mailbox
from graphapi.ports.bus import Change, ChangeListener, GapListener
from graphapi.ports.watching import Watch, in_flight
from tests.events.library import Library, image
from tests.events.virtual_time import run_virtually

OWNERS = ("ann", "bob")
STATUSES = (AiStatus.QUEUED, AiStatus.PROCESSING, AiStatus.COMPLETED, AiStatus.FAILED)
STORM_SECONDS = 30.0
# One resync that fails, one that does not, and the slowest reader's last pause.
QUIET_SECONDS = RESYNC_SECONDS * 3


class StormyBus:
    """Loses 30 % of what it carries, doubles 20 %, delays and so reorders the rest."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.on_change: ChangeListener
        self.on_gap: GapListener

    def listen(self, on_change: ChangeListener, on_gap: GapListener) -> None:
        self.on_change, self.on_gap = on_change, on_gap

    async def publish(self, changes: Sequence[Change]) -> None:
        for change in changes:
            if self.chance.random() < 0.3:
                continue
            for _ in range(2 if self.chance.random() < 0.2 else 1):
                delay = self.chance.choice((0, 0.01, 0.5, 3))
                asyncio.get_running_loop().call_later(delay, self.on_change, [change])

    async def start(self) -> None:
        """Do nothing."""

    async def stop(self) -> None:
        """Do nothing."""


@dataclass
class Subscriber:
    """One client, and the last it was told of each image since it came."""

    watch: Watch
    slowness: float
    last: dict[str, Image] = field(default_factory=dict)


async def read_on(subscriber: Subscriber, mailbox: Mailbox, chance: random.Random) -> None:
    async for event in mailbox:
        row = event.status.image
        before = subscriber.last.get(row.id)
        assert row.owner_id == subscriber.watch.owner_id
        assert before is None or row.version > before.version, "a version repeated or went back"
        assert before is None or not before.deleted, "a deleted image was told of again"
        subscriber.last[row.id] = row
        await asyncio.sleep(chance.uniform(0, subscriber.slowness))


async def come_and_go(
    subscriber: Subscriber, hub: Hub, library: Library, chance: random.Random
) -> None:
    storm_ends = asyncio.get_running_loop().time() + STORM_SECONDS
    while True:
        left = storm_ends - asyncio.get_running_loop().time()
        # Some stay to the end, so that nothing but the hub itself mends what they missed.
        stay = chance.uniform(0.1, 10) if left > 0 and chance.random() < 0.7 else None
        subscriber.last.clear()
        with suppress(TimeoutError, ConnectionError):
            async with (
                asyncio.timeout(stay),
                hub.subscribe(subscriber.watch, library.snapshot(subscriber.watch)) as mailbox,
            ):
                await read_on(subscriber, mailbox, chance)
                return
        await asyncio.sleep(chance.uniform(0, 1))


async def change_things(library: Library, bus: StormyBus, chance: random.Random) -> None:
    ends = asyncio.get_running_loop().time() + STORM_SECONDS
    born = 0
    while asyncio.get_running_loop().time() < ends:
        await asyncio.sleep(chance.expovariate(20))
        if chance.random() < 0.05:
            born += 1
            owner = chance.choice(OWNERS)
            row = image(f"{owner}-new{born}", owner, parent=f"{owner}-0", generation=f"{owner}-g")
            change = library.put(row)
        else:
            deleted = chance.random() < 0.02
            chosen = chance.choice(list(library.rows))
            change = library.move(chosen, chance.choice(STATUSES), deleted=deleted)
        await bus.publish([change])
        if chance.random() < 0.02:
            bus.on_gap()


def watches(chance: random.Random) -> list[Watch]:
    some: list[Watch] = []
    for owner in OWNERS:
        mine = [f"{owner}-{number}" for number in range(4)]
        # A client may name whatever it likes: another owner's ids bring nothing.
        named = frozenset(chance.sample([*mine, "ann-1", "bob-1"], 3))
        some += [
            Watch(owner),
            Watch(owner, named),
            Watch(owner, parent_image_id=f"{owner}-0"),
            Watch(owner, generation_id=f"{owner}-g"),
            Watch(owner, named, parent_image_id=f"{owner}-0"),
        ]
    return some


def check_end(subscriber: Subscriber, library: Library) -> None:
    watch, last = subscriber.watch, subscriber.last
    for row in library.rows.values():
        if not row.deleted and watch.matches(ImageStatus(row)):
            assert row.id in last, f"{watch} never heard of {row.id}"
    for image_id, told in last.items():
        row = library.rows[image_id]
        if told.deleted:
            assert row.deleted
        elif in_flight(told) or in_flight(row) or not watch.follows_work:
            assert told.version == row.version, f"{watch} ended behind on {image_id}"


async def weather(seed: int) -> None:
    chance = random.Random(seed)
    rows = [image(f"{owner}-{n}", owner, parent=f"{owner}-0") for owner in OWNERS for n in range(4)]
    library = Library(*rows, chance=chance)
    library.slowness, library.failure_rate = chance.choice((0, 0.05, 2)), chance.choice((0, 0.2))
    bus = StormyBus(chance)
    hub = Hub(bus, library.read)
    await hub.start()
    subscribers = [
        Subscriber(watch, chance.choice((0, 0.1, 1))) for watch in watches(chance) for _ in "12"
    ]
    async with asyncio.TaskGroup() as group:
        clients = [
            group.create_task(come_and_go(each, hub, library, chance)) for each in subscribers
        ]
        await change_things(library, bus, chance)
        library.failure_rate = 0
        await asyncio.sleep(QUIET_SECONDS + 20)
        for each in subscribers:
            check_end(each, library)
        for client in clients:
            client.cancel()
    await hub.stop()
    assert hub.subscribers == 0


# A course of events does not get simpler with a smaller seed: nothing to shrink.
@settings(max_examples=25, phases=(Phase.reuse, Phase.generate))
@given(seed=st.integers(0, 2**32))
def test_every_subscriber_ends_at_the_databases_version_and_never_goes_back(seed: int) -> None:
    logging.disable(logging.CRITICAL)
    try:
        run_virtually(weather(seed))
    finally:
        logging.disable(logging.NOTSET)
