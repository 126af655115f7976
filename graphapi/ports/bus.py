"""The change bus: how every process hears that an image changed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Change:
    """An image of this owner now stands at this version."""

    owner_id: str
    image_id: str
    version: int


ChangeListener = Callable[[Sequence[Change]], None]
GapListener = Callable[[], None]


class ChangeBus(Protocol):
    """Carries changes between processes; may lose, double and reorder them."""

    async def publish(self, changes: Sequence[Change]) -> None:
        """Tell every process; never raise, never block for longer than a second."""

    def listen(self, on_change: ChangeListener, on_gap: GapListener) -> None:
        """Register the one listener of this process, before `start`.

        `on_gap` is called when changes may have been missed and all must be read again.
        """

    async def start(self) -> None:
        """Begin to listen."""

    async def stop(self) -> None:
        """Stop listening and close connections."""
