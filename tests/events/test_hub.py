import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest

from graphapi.domain.images import AiStatus
from graphapi.domain.library import ImageStatus
from graphapi.events.hub import RESYNC_SECONDS, Hub
from graphapi.events.mailbox import Mailbox
from graphapi.events.memory import MemoryBus
from graphapi.ports.bus import Change
from graphapi.ports.watching import Event, Watch
from tests.events.library import Library, image
from tests.events.virtual_time import run_virtually

DONE = AiStatus.COMPLETED
Told = tuple[str, int, bool]


@asynccontextmanager
async def running(library: Library) -> AsyncIterator[tuple[Hub, MemoryBus]]:
    bus = MemoryBus()
    hub = Hub(bus, library.read)
    await hub.start()
    try:
        yield hub, bus
    finally:
        await hub.stop()


def told(event: Event) -> Told:
    return event.status.image.id, event.status.image.version, event.snapshot


async def next_of(mailbox: Mailbox) -> Told:
    return told(await asyncio.wait_for(anext(mailbox), RESYNC_SECONDS * 3))


async def nothing_comes(mailbox: Mailbox, seconds: float = RESYNC_SECONDS * 2) -> bool:
    try:
        async with asyncio.timeout(seconds):
            await anext(mailbox)
    except TimeoutError:
        return True
    return False


def test_the_snapshot_comes_first_and_newer_states_follow() -> None:
    async def story() -> None:
        library, watch = Library(image("a"), image("b")), Watch("ann", frozenset({"a", "b"}))
        async with (
            running(library) as (hub, bus),
            hub.subscribe(watch, library.snapshot(watch)) as mailbox,
        ):
            assert [await next_of(mailbox) for _ in "ab"] == [("a", 1, True), ("b", 1, True)]
            await bus.publish([library.move("b")])
            assert await next_of(mailbox) == ("b", 2, False)

    run_virtually(story())


def test_what_changes_while_the_snapshot_is_read_is_not_lost() -> None:
    async def story() -> None:
        library, watch = Library(image("a"), image("b")), Watch("ann")

        async with running(library) as (hub, bus):

            async def slow() -> Sequence[ImageStatus]:
                statuses = await library.snapshot(watch)()
                await bus.publish([library.move("a", DONE), library.put(image("c"))])
                await asyncio.sleep(1)
                return statuses

            async with hub.subscribe(watch, slow) as mailbox:
                assert [await next_of(mailbox) for _ in "abc"] == [
                    ("a", 2, True),
                    ("b", 1, True),
                    ("c", 1, False),
                ]

    run_virtually(story())


def test_a_slow_reader_gets_the_latest_state_of_each_image_the_longest_waiting_first() -> None:
    async def story() -> None:
        library, watch = Library(image("a"), image("b")), Watch("ann", frozenset({"a", "b"}))
        async with (
            running(library) as (hub, bus),
            hub.subscribe(watch, library.snapshot(watch)) as mailbox,
        ):
            assert len(await mailbox.take()) == 2
            for image_id in ["b", "a", "b", "b", "a", "b"]:
                await bus.publish([library.move(image_id)])
                await asyncio.sleep(0.01)
            assert [told(event) for event in await mailbox.take()] == [
                ("b", 5, False),
                ("a", 3, False),
            ]

    run_virtually(story())


def test_a_change_of_what_nobody_watches_costs_no_read() -> None:
    async def story() -> None:
        library = Library(image("a"), image("b"), image("c", "bob"))
        watch = Watch("ann", frozenset({"a"}))
        async with (
            running(library) as (hub, bus),
            hub.subscribe(watch, library.snapshot(watch)) as mailbox,
        ):
            assert await next_of(mailbox) == ("a", 1, True)
            await bus.publish([library.move("b"), library.move("c")])
            assert await nothing_comes(mailbox, RESYNC_SECONDS / 2)
            assert library.reads == []

    run_virtually(story())


def test_changes_of_one_moment_are_read_in_one_batch_and_shared_by_all_watchers() -> None:
    async def story() -> None:
        library = Library(*(image(name) for name in "abcdefghijkl"))
        watch = Watch("ann", frozenset("abcdefghijkl"))
        async with (
            running(library) as (hub, bus),
            hub.subscribe(watch, library.snapshot(watch)) as one,
            hub.subscribe(watch, library.snapshot(watch)) as other,
        ):
            await one.take()
            await other.take()
            for name in "abcdefghijkl":
                await bus.publish([library.move(name)])
            first, second = await one.take(), await other.take()
            assert library.reads == [frozenset("abcdefghijkl")]
            assert [id(event) for event in first] == [id(event) for event in second]

    run_virtually(story())


def test_without_a_filter_work_is_followed_until_its_final_state() -> None:
    async def story() -> None:
        library = Library(image("busy"), image("idle", status=DONE), image("later", status=None))
        watch = Watch("ann")
        async with (
            running(library) as (hub, bus),
            hub.subscribe(watch, library.snapshot(watch)) as mailbox,
        ):
            assert await next_of(mailbox) == ("busy", 1, True)
            await bus.publish([library.move("idle", DONE), library.move("later")])
            assert await next_of(mailbox) == ("later", 2, False)
            await bus.publish([library.move("busy", AiStatus.FAILED)])
            assert await next_of(mailbox) == ("busy", 2, False)
            await bus.publish([library.move("busy", AiStatus.FAILED)])
            assert await nothing_comes(mailbox)

    run_virtually(story())


def test_work_that_ended_before_anybody_could_read_it_is_told_all_the_same() -> None:
    async def story() -> None:
        library, watch = Library(), Watch("ann")
        async with (
            running(library) as (hub, bus),
            hub.subscribe(watch, library.snapshot(watch)) as mailbox,
        ):
            await bus.publish([library.put(image("quick"))])
            await bus.publish([library.move("quick", DONE)])
            assert await next_of(mailbox) == ("quick", 2, False)

    run_virtually(story())


def test_a_final_state_whose_bell_was_lost_comes_with_the_next_resync() -> None:
    async def story() -> None:
        library, watch = Library(image("a")), Watch("ann")
        async with (
            running(library) as (hub, _),
            hub.subscribe(watch, library.snapshot(watch)) as mailbox,
        ):
            assert await next_of(mailbox) == ("a", 1, True)
            library.move("a", DONE)
            before = asyncio.get_running_loop().time()
            assert await next_of(mailbox) == ("a", 2, False)
            assert asyncio.get_running_loop().time() - before < RESYNC_SECONDS * 1.1

    run_virtually(story())


def test_a_gap_makes_every_watch_be_read_again_at_once() -> None:
    async def story() -> None:
        library, watch = Library(image("a"), image("b")), Watch("ann", parent_image_id="a")
        async with (
            running(library) as (hub, _),
            hub.subscribe(watch, library.snapshot(watch)) as mailbox,
        ):
            assert await next_of(mailbox) == ("a", 1, True)
            await asyncio.sleep(1)
            library.put(image("child", parent="a"))
            before = asyncio.get_running_loop().time()
            for _ in range(100):
                hub._on_gap()
            assert await next_of(mailbox) == ("child", 1, False)
            assert asyncio.get_running_loop().time() - before < 0.1
            assert library.snapshots <= 3

    run_virtually(story())


def test_a_deleted_image_is_told_once_and_never_again() -> None:
    async def story() -> None:
        library = Library(image("a"), image("b", parent="a"))
        watch = Watch("ann", parent_image_id="a")
        async with (
            running(library) as (hub, bus),
            hub.subscribe(watch, library.snapshot(watch)) as mailbox,
        ):
            await mailbox.take()
            library.move("b", deleted=True)
            event = await anext(mailbox)
            assert event.status.image.id == "b"
            assert event.status.image.deleted
            await bus.publish([library.move("b")])
            assert await nothing_comes(mailbox)

    run_virtually(story())


def test_a_deletion_while_the_snapshot_is_read_is_told() -> None:
    async def story() -> None:
        library = Library(image("a"), image("b", parent="a"))
        watch = Watch("ann", parent_image_id="a")
        async with running(library) as (hub, bus):

            async def slow() -> Sequence[ImageStatus]:
                statuses = await library.snapshot(watch)()
                await bus.publish([library.move("b", deleted=True)])
                await asyncio.sleep(1)
                return statuses

            async with hub.subscribe(watch, slow) as mailbox:
                events = await mailbox.take()
                assert [event.status.image.deleted for event in events] == [False, True]

    run_virtually(story())


def test_a_failed_read_is_repaired_by_a_resync(caplog: pytest.LogCaptureFixture) -> None:
    async def story() -> None:
        library, watch = Library(image("a")), Watch("ann", frozenset({"a"}))
        async with (
            running(library) as (hub, bus),
            hub.subscribe(watch, library.snapshot(watch)) as mailbox,
        ):
            assert await next_of(mailbox) == ("a", 1, True)
            library.failing = 3
            await bus.publish([library.move("a")])
            before = asyncio.get_running_loop().time()
            assert await next_of(mailbox) == ("a", 2, False)
            assert asyncio.get_running_loop().time() - before < 2

    with caplog.at_level(logging.CRITICAL, logger="graphapi.events.hub"):
        run_virtually(story())


def test_a_day_without_the_database_ends_with_everybody_up_to_date(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def story() -> None:
        library, watch = Library(image("a")), Watch("ann", frozenset({"a"}))
        async with (
            running(library) as (hub, bus),
            hub.subscribe(watch, library.snapshot(watch)) as mailbox,
        ):
            assert await next_of(mailbox) == ("a", 1, True)
            library.failure_rate = 1
            await bus.publish([library.move("a")])
            await asyncio.sleep(24 * 3600)
            library.failure_rate = 0
            assert await next_of(mailbox) == ("a", 2, False)

    with caplog.at_level(logging.CRITICAL, logger="graphapi.events.hub"):
        run_virtually(story(), hours=25)


def test_a_watch_that_cannot_be_read_does_not_blind_the_others() -> None:
    async def story() -> None:
        library = Library(image("a"), image("b"))
        sick, well = Watch("ann", frozenset({"a"})), Watch("ann", frozenset({"b"}))
        healthy = [True]

        async def snapshot() -> Sequence[ImageStatus]:
            if healthy:
                return []
            raise ConnectionError("one broken row")

        async with (
            running(library) as (hub, _),
            hub.subscribe(sick, snapshot),
            hub.subscribe(well, library.snapshot(well)) as mailbox,
        ):
            healthy.clear()
            assert await next_of(mailbox) == ("b", 1, True)
            library.move("b")
            assert await next_of(mailbox) == ("b", 2, False)

    run_virtually(story())


def test_a_snapshot_that_fails_is_the_subscribers_error_and_leaves_nothing_registered() -> None:
    async def story() -> None:
        library, watch = Library(image("a")), Watch("ann")
        library.failing = 1
        async with running(library) as (hub, _):
            with pytest.raises(ConnectionError):
                async with hub.subscribe(watch, library.snapshot(watch)):
                    pass
            assert hub.subscribers == 0
            assert hub._audience.circles() == []
            assert hub._audience._shelves == {}

    run_virtually(story())


def test_a_cancelled_wait_leaves_nothing_registered() -> None:
    async def story() -> None:
        library, watch = Library(), Watch("ann", frozenset({"a"}))
        async with running(library) as (hub, bus):

            async def wait() -> None:
                async with hub.subscribe(watch, library.snapshot(watch)) as mailbox:
                    await anext(mailbox)

            waiting = asyncio.create_task(wait())
            await asyncio.sleep(1)
            assert hub.subscribers == 1
            waiting.cancel()
            # A bell in the very moment of the cancellation finds a mailbox that nobody reads.
            await bus.publish([library.put(image("a"))])
            await asyncio.gather(waiting, return_exceptions=True)
            assert hub.subscribers == 0
            assert hub._audience._shelves == {}
            assert hub._audience._unnamed == {}

    run_virtually(story())


def test_a_stopped_hub_ends_every_subscription_after_what_was_untold() -> None:
    async def story() -> None:
        library, watch = Library(image("a")), Watch("ann")
        bus = MemoryBus()
        hub = Hub(bus, library.read)
        await hub.start()
        async with hub.subscribe(watch, library.snapshot(watch)) as mailbox:
            await hub.stop()
            assert [told(event) async for event in mailbox] == [("a", 1, True)]
            assert await mailbox.take() == []
        async with hub.subscribe(watch, library.snapshot(watch)) as late:
            assert [told(event) async for event in late] == [("a", 1, True)]

    run_virtually(story())


def test_more_dirt_than_the_hub_remembers_becomes_one_resync(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("graphapi.events.hub._MOST_DIRTY", 10)

    async def story() -> None:
        library, watch = Library(image("a")), Watch("ann")
        async with (
            running(library) as (hub, bus),
            hub.subscribe(watch, library.snapshot(watch)) as mailbox,
        ):
            assert await next_of(mailbox) == ("a", 1, True)
            library.move("a")
            await bus.publish([Change("ann", f"img{number}", 1) for number in range(11)])
            assert hub._dirty == {}
            assert await next_of(mailbox) == ("a", 2, False)

    run_virtually(story())


def test_a_snapshot_with_another_owners_image_is_refused() -> None:
    async def story() -> None:
        library = Library(image("a", "bob"))
        async with running(library) as (hub, _):
            with pytest.raises(ValueError, match="another owner"):
                async with hub.subscribe(Watch("ann"), library.snapshot(Watch("bob"))):
                    pass
            assert hub.subscribers == 0

    run_virtually(story())
