"""The change bus: how every process hears that an image changed.

The rows are the truth and the backlog; the bus only says where to look, so it may lose, double
and reorder what it carries. `events.hub` makes up for all three.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Change:
    """An image or a recording of this owner now stands at this version.

    `image_id` is a recording's id then; who watches images finds none of that name.

    `seq` is the owner's number at the change (`Image.changed_seq`), 0 when unknown. `in_flight`
    tells that work on the image was under way at this version, so that whoever follows work in
    flight is told of an image that has finished before anybody could read it.
    """

    owner_id: str
    image_id: str
    version: int
    seq: int = 0
    in_flight: bool = False


# Both are called on the event loop, must not block and must not raise.
ChangeListener = Callable[[Sequence[Change]], None]
GapListener = Callable[[], None]


class ChangeBus(Protocol):
    """Carries changes between processes; may lose, double and reorder them."""

    async def publish(self, changes: Sequence[Change]) -> None:
        """Tell every process, this one included; never raise, never block for over a second.

        Called after the commit, with the changes of one transaction.
        """

    def listen(self, on_change: ChangeListener, on_gap: GapListener) -> None:
        """Register the one listener of this process, before `start`.

        `on_gap` is called when changes may have been missed and all must be read again.
        """

    async def start(self) -> None:
        """Begin to carry; returns at once, also when the other end is away."""

    async def stop(self) -> None:
        """Send what waits, within a second, then stop listening and close connections."""


class ChangeReader(Protocol):
    """Reads from the database what changed: every read sees all that was committed before it."""

    async def watermarks(self) -> Mapping[str, int]:
        """Read every owner's number, as it stands after the owner's latest commit."""

    async def since(self, owner_id: str, seq: int) -> Sequence[Change]:
        """List this owner's images and recordings that changed after `seq`, deleted ones too."""
