"""Work on pixels with Pillow, in threads of its own."""

import asyncio
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from PIL import Image

from graphapi.domain.images import Size
from graphapi.domain.quality import GLANCE_SIDE, Glance
from graphapi.domain.sources import SourceLimits
from graphapi.ports.pictures import Ingested, Rendition
from graphapi.storage import encoding
from graphapi.storage.colors import dominant_colors
from graphapi.storage.decoding import decode, loaded
from graphapi.storage.placeholder import placeholder

# Each picture under work may hold several hundred megabytes of pixels.
_MOST_WORKERS = 4


class PillowPictures:
    """Ingests and fits pictures, as many at once as there are processors, four at most."""

    def __init__(self, workers: int | None = None) -> None:
        count = workers or min(_MOST_WORKERS, os.cpu_count() or 1)
        self._threads = ThreadPoolExecutor(count, thread_name_prefix="pictures")

    async def ingest(self, content: bytes) -> Ingested:
        """Decode, check, re-encode, derive and measure a picture; raises PictureRefused."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, _ingest, content)

    async def fit(self, content: bytes, longest_side: int) -> Rendition:
        """Shrink a picture to a JPEG no longer than this on either side; raises PictureRefused."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, _fit, content, longest_side)

    async def copy_within(self, content: bytes, limits: SourceLimits) -> Rendition:
        """Make a copy of a stored picture that keeps within limits; raises PictureRefused."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, _copy_within, content, limits)

    async def lay(self, mask: bytes, picture: bytes) -> Rendition:
        """Scale a mask to the size of a stored picture, as a PNG without any new colour.

        Raises PictureRefused for a mask that cannot be read.
        """
        return await asyncio.get_running_loop().run_in_executor(self._threads, _lay, mask, picture)

    async def glance(self, content: bytes) -> Glance:
        """Squeeze a picture into a small square, to compare it; raises PictureRefused."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, _glance, content)

    def close(self) -> None:
        """End the threads once what they work on is done."""
        self._threads.shutdown()


def _ingest(content: bytes) -> Ingested:
    decoded = decode(content)
    width, height = decoded.image.size
    scaled = encoding.scaled(decoded.image)
    derivatives = {size: encoding.small(image) for size, image in scaled.items()}
    return Ingested(
        original=encoding.full(decoded.image, lossless=decoded.lossless),
        derivatives=derivatives,
        placeholder=placeholder(_on_white(scaled[Size.SMALL])),
        colors=dominant_colors(scaled[Size.SMALL]),
        # As it is stored: it is compared with others that were.
        glance=replace(_glance(derivatives[Size.SMALL].content), width=width, height=height),
    )


def _fit(content: bytes, longest_side: int) -> Rendition:
    image = encoding.shrunk(decode(content, own=True).image, (longest_side, longest_side))
    return encoding.small(_on_white(image))


def _copy_within(content: bytes, limits: SourceLimits) -> Rendition:
    return encoding.within(decode(content, own=True).image, limits)


def _lay(mask: bytes, picture: bytes) -> Rendition:
    size = decode(picture, own=True).image.size
    drawn = loaded(mask)
    # A palette may hold what is transparent, where some look for it in a channel of its own.
    drawn = drawn.convert("RGBA") if drawn.has_transparency_data else drawn
    return encoding.exact(drawn.resize(size, Image.Resampling.NEAREST))


def _glance(content: bytes) -> Glance:
    image = _on_white(decode(content).image)
    squeezed = image.resize((GLANCE_SIDE, GLANCE_SIDE), Image.Resampling.BOX)
    return Glance(image.width, image.height, squeezed.tobytes())


def _on_white(image: Image.Image) -> Image.Image:
    if image.mode == "RGB":
        return image
    page = Image.new("RGBA", image.size, "white")
    page.alpha_composite(image)
    return page.convert("RGB")
