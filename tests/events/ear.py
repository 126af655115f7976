"""A listener that remembers what it heard."""

import asyncio
from collections.abc import Callable, Sequence

from graphapi.ports.bus import Change, ChangeBus

# How long anything may take on a busy machine; what is expected takes milliseconds.
PATIENCE = 20.0


class Ear:
    """Listens to one bus."""

    def __init__(self, bus: ChangeBus) -> None:
        self.changes: list[Change] = []
        self.gaps = 0
        bus.listen(self._on_change, self._on_gap)

    def _on_change(self, changes: Sequence[Change]) -> None:
        self.changes.extend(changes)

    def _on_gap(self) -> None:
        self.gaps += 1

    @property
    def heard(self) -> set[tuple[str, int]]:
        return {(change.image_id, change.version) for change in self.changes}

    async def hears(self, image_id: str, version: int) -> None:
        await eventually(lambda: (image_id, version) in self.heard)


async def eventually(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not true():  # noqa: ASYNC110 - what is awaited tells nobody when it happens
            await asyncio.sleep(0.005)
