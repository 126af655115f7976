"""Who watches what: mailboxes found by owner and by the narrowest thing they watch."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from graphapi.domain.library import Image
from graphapi.events.mailbox import Mailbox
from graphapi.ports.bus import Change
from graphapi.ports.watching import Watch

_Place = tuple[str, str | None]


@dataclass(eq=False, slots=True)
class Circle:
    """The mailboxes that share one watch: matched, and read again, together."""

    watch: Watch
    mailboxes: dict[Mailbox, None] = field(default_factory=dict)

    def following(self) -> set[str]:
        """List the images of which any of them must be told the next change."""
        return set().union(*(mailbox.following for mailbox in self.mailboxes))


class Audience:
    """All mailboxes of a process. Finding those of an image costs no more than telling them."""

    def __init__(self) -> None:
        self._circles: dict[Watch, Circle] = {}
        self._shelves: dict[str, dict[_Place, dict[Circle, None]]] = {}
        # How many watches of each owner do not name their images.
        self._unnamed: Counter[str] = Counter()

    def __len__(self) -> int:
        return sum(len(circle.mailboxes) for circle in self._circles.values())

    def join(self, mailbox: Mailbox) -> None:
        """Register a mailbox."""
        circle = self._circles.get(mailbox.watch)
        if circle is None:
            circle = self._circles[mailbox.watch] = Circle(mailbox.watch)
            shelves = self._shelves.setdefault(mailbox.watch.owner_id, {})
            for place in _places(mailbox.watch):
                shelves.setdefault(place, {})[circle] = None
            self._unnamed[mailbox.watch.owner_id] += mailbox.watch.image_ids is None
        circle.mailboxes[mailbox] = None

    def leave(self, mailbox: Mailbox) -> None:
        """Remove a mailbox, and every trace of a watch that nobody else shares."""
        circle = self._circles[mailbox.watch]
        del circle.mailboxes[mailbox]
        if circle.mailboxes:
            return
        del self._circles[mailbox.watch]
        shelves = self._shelves[mailbox.watch.owner_id]
        for place in _places(mailbox.watch):
            del shelves[place][circle]
            if not shelves[place]:
                del shelves[place]
        self._unnamed[mailbox.watch.owner_id] -= mailbox.watch.image_ids is None
        if not shelves:
            del self._shelves[mailbox.watch.owner_id]
            del self._unnamed[mailbox.watch.owner_id]

    def circles(self) -> list[Circle]:
        """List every distinct watch."""
        return list(self._circles.values())

    def mailboxes(self) -> list[Mailbox]:
        """List every mailbox."""
        return [mailbox for circle in self._circles.values() for mailbox in circle.mailboxes]

    def may_care(self, change: Change) -> bool:
        """Tell whether reading this image could be news to anybody."""
        # Whose child an image is, only its row tells: any watch but one by name may care.
        if self._unnamed.get(change.owner_id, 0):
            return True
        return ("image", change.image_id) in self._shelves.get(change.owner_id, {})

    def circles_of(self, image: Image) -> Iterator[Circle]:
        """Find the watches that this image may match, each once."""
        shelves = self._shelves.get(image.owner_id, {})
        for place in (
            ("image", image.id),
            ("generation", image.generation_id),
            ("parent", image.parent_image_id),
            ("parent", image.id),
            ("work", None),
        ):
            yield from shelves.get(place, ())


def _places(watch: Watch) -> list[_Place]:
    if watch.image_ids is not None:
        return [("image", image_id) for image_id in watch.image_ids]
    if watch.generation_id is not None:
        return [("generation", watch.generation_id)]
    if watch.parent_image_id is not None:
        return [("parent", watch.parent_image_id)]
    return [("work", None)]
