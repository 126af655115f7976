"""One bus for several who listen."""

from collections.abc import Sequence

from graphapi.ports.bus import Change, ChangeBus, ChangeListener, GapListener


class SharedBus:
    """Passes what one bus says to everybody who listens here; starts and stops with it."""

    def __init__(self, bus: ChangeBus) -> None:
        self._bus = bus
        self._listeners: list[tuple[ChangeListener, GapListener]] = []
        bus.listen(self._on_change, self._on_gap)

    def listen(self, on_change: ChangeListener, on_gap: GapListener) -> None:
        """Register one of several listeners of this process, before `start`."""
        self._listeners.append((on_change, on_gap))

    async def publish(self, changes: Sequence[Change]) -> None:
        """Tell every process."""
        await self._bus.publish(changes)

    async def start(self) -> None:
        """Begin to carry."""
        await self._bus.start()

    async def stop(self) -> None:
        """Stop listening and close connections."""
        await self._bus.stop()

    def _on_change(self, changes: Sequence[Change]) -> None:
        for on_change, _ in self._listeners:
            on_change(changes)

    def _on_gap(self) -> None:
        for _, on_gap in self._listeners:
            on_gap()
