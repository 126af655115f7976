"""Following recordings: versions only rise, lost bells cost time alone, and everybody leaves."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import aclosing
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from graphapi.domain.recordings import Recording
from graphapi.domain.standing import Standing
from graphapi.errors import Unavailable
from graphapi.events.memory import MemoryBus
from graphapi.events.recordings import RecordingBells
from graphapi.events.sharing import SharedBus
from graphapi.ports.bus import Change

IDS = frozenset({"rec_1"})


class Shelf:
    """The rows, as somebody else writes them."""

    def __init__(self) -> None:
        self.version = 1
        self.away = self.deleted = False

    async def read(self) -> Mapping[str, Recording]:
        if self.away:
            raise Unavailable("The database is away.")
        now = datetime.now(UTC)
        recording = Recording("rec_1", "usr_1", self.version, 1, now, Standing())
        return {"rec_1": replace(recording, deleted=self.deleted)}


def change(recording_id: str, version: int) -> Sequence[Change]:
    return [Change("usr_1", recording_id, version)]


async def test_what_changes_is_told_and_nothing_twice() -> None:
    bus, shelf = SharedBus(MemoryBus()), Shelf()
    bells = RecordingBells(bus, resync_seconds=60)
    await bus.start()
    async with asyncio.timeout(5), aclosing(bells.follow(IDS, shelf.read)) as following:
        assert (await anext(following)).version == 1
        await bus.publish(change("rec_1", 1))
        await bus.publish(change("img_1", 9))
        shelf.version = 3
        await bus.publish(change("rec_1", 3))
        assert (await anext(following)).version == 3
        bells.close()
        with pytest.raises(StopAsyncIteration):
            await anext(following)
    await bus.stop()


async def test_a_lost_bell_and_a_database_away_cost_time_alone() -> None:
    bus, shelf = SharedBus(MemoryBus()), Shelf()
    bells = RecordingBells(bus, resync_seconds=0.01)
    async with asyncio.timeout(5), aclosing(bells.follow(IDS, shelf.read)) as following:
        assert (await anext(following)).version == 1
        shelf.away, shelf.version = True, 2
        waiting = asyncio.ensure_future(anext(following))
        await asyncio.sleep(0.05)
        assert not waiting.done()
        shelf.away = False
        assert (await waiting).version == 2


async def test_of_what_is_deleted_is_told_once_and_no_more() -> None:
    bus, shelf = SharedBus(MemoryBus()), Shelf()
    bells = RecordingBells(bus, resync_seconds=0.01)
    async with asyncio.timeout(5), aclosing(bells.follow(IDS, shelf.read)) as following:
        await anext(following)
        shelf.version, shelf.deleted = 2, True
        assert (await anext(following)).deleted
        shelf.version = 3
        waiting = asyncio.ensure_future(anext(following))
        await asyncio.sleep(0.05)
        assert not waiting.done()
        bells.close()
        with pytest.raises(StopAsyncIteration):
            await waiting


async def test_what_cannot_be_read_at_first_is_said() -> None:
    shelf = Shelf()
    shelf.away = True
    bells = RecordingBells(MemoryBus())
    with pytest.raises(Unavailable):
        await anext(bells.follow(IDS, shelf.read))


async def test_everybody_who_shares_a_bus_hears_it() -> None:
    bus, heard = SharedBus(MemoryBus()), list[str]()
    bus.listen(lambda _: heard.append("one"), lambda: None)
    bus.listen(lambda _: heard.append("other"), lambda: None)
    await bus.start()
    await bus.publish(change("rec_1", 1))
    await bus.stop()
    assert sorted(heard) == ["one", "other"]
