"""What a subscriber watches, what it is told, and who tells it."""

from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol

from graphapi.domain.images import IN_FLIGHT
from graphapi.domain.library import Image, ImageStatus
from graphapi.domain.recordings import Recording


@dataclass(frozen=True, slots=True)
class Watch:
    """The images one subscriber watches; never another owner's.

    An image must pass every filter given: `image_ids` names images; `parent_image_id` takes the
    children of an image and the image itself, since a frontend shows both; `generation_id` takes
    the children of a generation. With no filter it follows work: the owner's images in flight
    and those that start later, each until its final state is told.
    """

    owner_id: str
    image_ids: frozenset[str] | None = None
    parent_image_id: str | None = None
    generation_id: str | None = None

    @property
    def follows_work(self) -> bool:
        """Tell whether no filter is given."""
        return (
            self.image_ids is None and self.parent_image_id is None and self.generation_id is None
        )

    def matches(self, status: ImageStatus) -> bool:
        """Tell whether an image, as it stands, is watched.

        A watch that follows work also wants the final state of what it was told is in flight;
        the mailbox remembers that.
        """
        image = status.image
        if image.owner_id != self.owner_id:
            return False
        if self.follows_work:
            return in_flight(image)
        return (
            (self.image_ids is None or image.id in self.image_ids)
            and (self.parent_image_id in (None, image.parent_image_id, image.id))
            and (self.generation_id in (None, image.generation_id))
        )


@dataclass(frozen=True, slots=True)
class Event:
    """Where an image stands. `snapshot` marks what was so when the subscriber came.

    One event is shared by all who receive it.
    """

    status: ImageStatus
    snapshot: bool = False


def in_flight(image: Image) -> bool:
    """Tell whether work on an image is under way, for those who may still see the image."""
    return image.standing.ai_status in IN_FLIGHT and not image.deleted


# Reads the watched images as they stand now.
Snapshot = Callable[[], Awaitable[Sequence[ImageStatus]]]


# Reads the followed recordings as they stand now, by their ids.
ReadRecordings = Callable[[], Awaitable[Mapping[str, Recording]]]


class RecordingListener(Protocol):
    """Tells subscribers where the recordings they follow stand."""

    def follow(
        self, recording_ids: frozenset[str], read: ReadRecordings
    ) -> AsyncGenerator[Recording, None]:
        """Tell where recordings stand: as they do now, then whenever one has changed.

        Versions never repeat or go back. What the first reading raises is raised here.
        """


class Watcher(Protocol):
    """Tells subscribers where the images they watch stand."""

    def subscribe(
        self, watch: Watch, snapshot: Snapshot
    ) -> AbstractAsyncContextManager[AsyncIterator[Event]]:
        """Watch images: first where they stand, then every newer state.

        `snapshot` may be called again, also for others with the same watch, so it must not
        depend on anything of this one request. What it raises at first is raised here.
        """
