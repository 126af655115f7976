"""What is done to pixels on their way in, and how remote pictures are fetched."""

from dataclasses import dataclass
from typing import Protocol

from graphapi.domain.images import Size


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
    base64 thumbhash.
    """

    original: Rendition
    derivatives: dict[Size, Rendition]
    placeholder: str
    colors: tuple[str, ...]


class Pictures(Protocol):
    """Works on pixels, away from the event loop."""

    async def ingest(self, content: bytes) -> Ingested:
        """Decode, check, re-encode, derive and measure a picture.

        Raises Refused with SOURCE_NOT_AN_IMAGE or SOURCE_TOO_LARGE, and its reason in words.
        """

    async def fit(self, content: bytes, longest_side: int) -> Rendition:
        """Shrink a stored picture to a JPEG no longer than this on either side."""


class Fetcher(Protocol):
    """Fetches remote pictures safely."""

    async def fetch(self, url: str) -> bytes:
        """Fetch the bytes behind an address given by a stranger.

        Only public addresses, the connection pinned to the address that was checked, redirects
        checked again, size and time capped. Raises Refused with SOURCE_UNREACHABLE,
        SOURCE_NOT_AN_IMAGE or SOURCE_TOO_LARGE.
        """
