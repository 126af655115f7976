"""Keeping pictures: every rendition is in storage before any row speaks of it."""

import asyncio
import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol

from graphapi.domain.images import Picture, Size
from graphapi.domain.keys import copy_key
from graphapi.domain.quality import Glance
from graphapi.domain.sources import SourceLimits
from graphapi.ports.pictures import Ingested, Pictures, Rendition
from graphapi.ports.storage import Storage

# Names the key of a rendition by its content type and size; without a size, of the full picture.
NameKey = Callable[[str, Size | None], str]


# What a copy can be, the likelier first: see `SourceLimits`.
_COPIES = ("image/jpeg", "image/webp")


@dataclass(frozen=True, slots=True)
class Copy:
    """A smaller copy of a picture, and where it lies."""

    key: str
    content_type: str
    content: bytes


class Stored(Protocol):
    """Something in storage: a picture, a recording."""

    @property
    def key(self) -> str:
        """Tell where it lies."""


class Shelf:
    """Takes pictures in: decodes, derives, measures and stores them."""

    def __init__(self, storage: Storage, pictures: Pictures) -> None:
        self._storage = storage
        self._pictures = pictures

    async def keep(self, content: bytes, name_key: NameKey) -> tuple[Picture, Glance]:
        """Store a picture with its derivatives; answers how it looks at a glance, too.

        Doing it again writes the same keys. Raises PictureRefused for bytes that are no picture,
        StorageFailed when nothing can be stored.
        """
        ingested = await self._pictures.ingest(content)
        return await _store(self._storage, ingested, name_key), ingested.glance

    async def load(self, stored: Stored) -> bytes:
        """Read a stored picture, or a recording; raises FileNotFoundError."""
        return await self._storage.get(stored.key)

    async def copy_within(self, picture: Picture, limits: SourceLimits) -> Copy:
        """Read the copy of a picture that keeps within limits, made and stored where there is none.

        Its bytes are the same each time. Raises FileNotFoundError, PictureRefused and
        StorageFailed.
        """
        keys = {kind: copy_key(picture.key, limits.name, kind) for kind in _COPIES}
        for content_type, key in keys.items():
            try:
                return Copy(key, content_type, await self._storage.get(key))
            except FileNotFoundError:
                continue
        made = await self._pictures.copy_within(await self.load(picture), limits)
        copy = Copy(keys[made.content_type], made.content_type, made.content)
        await _put(self._storage, copy.key, made)
        return copy

    async def lay(self, mask: bytes, copy: Copy) -> Rendition:
        """Scale a mask to a copy of its picture; raises PictureRefused."""
        return await self._pictures.lay(mask, copy.content)

    async def fit(self, picture: Picture, longest_side: int) -> bytes:
        """Read a stored picture as a JPEG no longer than this on either side."""
        rendition = await self._pictures.fit(await self.load(picture), longest_side)
        return rendition.content

    async def glance(self, picture: Picture) -> Glance:
        """Take a stored picture in at a glance, by its smallest derivative."""
        small = await self._storage.get(picture.derivatives[Size.SMALL])
        glance = await self._pictures.glance(small)
        return replace(glance, width=picture.width, height=picture.height)


async def _store(storage: Storage, ingested: Ingested, name_key: NameKey) -> Picture:
    original = ingested.original
    keys = {
        size: name_key(rendition.content_type, size)
        for size, rendition in ingested.derivatives.items()
    }
    key = name_key(original.content_type, None)
    await asyncio.gather(
        _put(storage, key, original),
        *(_put(storage, keys[size], each) for size, each in ingested.derivatives.items()),
    )
    return Picture(
        key=key,
        content_type=original.content_type,
        width=original.width,
        height=original.height,
        byte_count=len(original.content),
        sha256=hashlib.sha256(original.content).hexdigest(),
        placeholder=ingested.placeholder,
        colors=ingested.colors,
        derivatives=keys,
    )


async def _put(storage: Storage, key: str, rendition: Rendition) -> None:
    await storage.put(key, rendition.content, rendition.content_type)
