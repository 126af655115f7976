"""The hub while the database is away."""

import asyncio

import pytest

from graphapi.domain.images import AiStatus
from graphapi.domain.library import Image, ImageStatus
from graphapi.errors import Unavailable
from graphapi.events.hub import Hub
from graphapi.events.memory import MemoryBus
from graphapi.ports.watching import Watch
from tests.events.library import Library, image
from tests.events.virtual_time import run_virtually

REASON = "refused by 10.1.2.3"


class AwayLibrary(Library):
    """Rows that cannot be reached while it is `away`."""

    away = False
    refused = 0

    async def _answer(self, rows: list[Image]) -> list[ImageStatus]:
        if self.away:
            self.refused += 1
            raise Unavailable("Try again in a moment.") from OSError(REASON)
        return await super()._answer(rows)


def test_a_database_that_is_away_is_asked_once_a_round_and_told_of_without_a_stack(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def story() -> None:
        library, bus = AwayLibrary(*(image(name) for name in "abc")), MemoryBus()
        hub = Hub(bus, library.read, resync_seconds=5.0)
        watches = [Watch("ann", frozenset({name})) for name in "abc"]
        await hub.start()
        async with (
            hub.subscribe(watches[0], library.snapshot(watches[0])) as first,
            hub.subscribe(watches[1], library.snapshot(watches[1])),
            hub.subscribe(watches[2], library.snapshot(watches[2])),
        ):
            await first.take()
            library.away = True
            await asyncio.sleep(5.1)
            assert library.refused == 1, "the other two would have been refused as well"
            await bus.publish([library.move("a", AiStatus.COMPLETED)])
            await asyncio.sleep(1)
            library.away = False
            [event] = await first.take()
            assert event.status.image.version == 2
        await hub.stop()

    run_virtually(story())
    assert REASON in caplog.text
    assert "Traceback" not in caplog.text
