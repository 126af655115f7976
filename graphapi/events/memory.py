"""The bus within one process."""

from collections.abc import Sequence

from graphapi.ports.bus import Change, ChangeListener, GapListener


class MemoryBus:
    """Hands changes straight to this process's listener; never loses one."""

    def __init__(self) -> None:
        self._on_change: ChangeListener | None = None

    def listen(self, on_change: ChangeListener, on_gap: GapListener) -> None:  # noqa: ARG002 - a gap cannot happen
        """Register the one listener, before `start`."""
        self._on_change = on_change

    async def publish(self, changes: Sequence[Change]) -> None:
        """Tell the listener."""
        if self._on_change is not None and changes:
            self._on_change(changes)

    async def start(self) -> None:
        """Do nothing: there is no other end."""

    async def stop(self) -> None:
        """Forget the listener."""
        self._on_change = None
