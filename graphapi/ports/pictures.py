"""What is done to pixels on their way in, and how remote pictures are fetched."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from graphapi.domain.images import Size
from graphapi.domain.quality import Glance
from graphapi.domain.sources import SourceLimits
from graphapi.errors import Refused, UserErrorCode

# The most bytes that are taken in for one picture, uploaded or fetched.
MAX_PICTURE_BYTES = 32 * 1024 * 1024

# What may be uploaded; the bytes themselves decide, whatever their Content-Type says.
ACCEPTED_TYPES = frozenset({"image/jpeg", "image/png", "image/webp", "image/gif", "image/avif"})


class PictureFault(StrEnum):
    """Why bytes were not taken in as a picture."""

    TOO_LARGE = "TOO_LARGE"
    TRUNCATED = "TRUNCATED"
    NOT_AN_IMAGE = "NOT_AN_IMAGE"


class PictureRefused(Refused):
    """Bytes that are no picture we can keep; `fault` tells an upload how to answer."""

    def __init__(self, fault: PictureFault, message: str) -> None:
        too_large = fault is PictureFault.TOO_LARGE
        super().__init__(
            UserErrorCode.SOURCE_TOO_LARGE if too_large else UserErrorCode.SOURCE_NOT_AN_IMAGE,
            message,
        )
        self.fault = fault


@dataclass(frozen=True, slots=True)
class Rendition:
    """Encoded pixels."""

    content: bytes
    content_type: str
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Ingested:
    """A picture decoded within limits and encoded again, with its derivatives and measures.

    `colors` are five `#rrggbb` sampled from the pixels, black bars ignored; `placeholder` is a
    base64 thumbhash; `glance` is of its smallest derivative, in its true size.
    """

    original: Rendition
    derivatives: dict[Size, Rendition]
    placeholder: str
    colors: tuple[str, ...]
    glance: Glance


class Pictures(Protocol):
    """Works on pixels, away from the event loop."""

    async def ingest(self, content: bytes) -> Ingested:
        """Decode, check, re-encode, derive and measure a picture.

        Raises PictureRefused, with its reason in words.
        """

    async def fit(self, content: bytes, longest_side: int) -> Rendition:
        """Shrink a stored picture to a JPEG no longer than this on either side."""

    async def copy_within(self, content: bytes, limits: SourceLimits) -> Rendition:
        """Make a copy of a stored picture that keeps within limits, always the same one."""

    async def lay(self, mask: bytes, picture: bytes) -> Rendition:
        """Scale a mask to the size of a stored picture, as a PNG without any new colour.

        Raises PictureRefused for a mask that cannot be read.
        """

    async def glance(self, content: bytes) -> Glance:
        """Take a picture in at a glance; raises PictureRefused."""


class Fetcher(Protocol):
    """Fetches remote pictures safely."""

    def check(self, url: str) -> None:
        """Check what `fetch` checks and needs no network for: form, scheme, a private host.

        Raises Refused with SOURCE_UNREACHABLE, in the words of `fetch`.
        """

    async def fetch(self, url: str) -> bytes:
        """Fetch the bytes behind an address given by a stranger.

        Only public addresses, the connection pinned to the address that was checked, redirects
        checked again, size and time capped. Raises Refused with SOURCE_UNREACHABLE,
        SOURCE_NOT_AN_IMAGE or SOURCE_TOO_LARGE.
        """
