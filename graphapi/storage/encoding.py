"""Write pixels down: whole pictures without visible loss, derived ones small and quick to load."""

import io
import math
import zlib

from PIL import Image

from graphapi.domain.images import SIZE_BOXES, Size
from graphapi.domain.sources import SourceLimits
from graphapi.ports.pictures import Rendition

# Beyond 92 a JPEG grows without looking better.
_FULL_QUALITY = 92
_DERIVED_QUALITY = 84
# Aims a little below what is allowed: bytes do not shrink as exactly as pixels do.
_BELOW = 0.95


def full(image: Image.Image, *, lossless: bool) -> Rendition:
    """Encode a picture at its own size: PNG for lossless or transparent ones, else JPEG."""
    if lossless or image.mode == "RGBA":
        # Runs alone take a fifth of the time of the default, for about as many bytes.
        return _encoded(image, "PNG", compress_level=1, compress_type=zlib.Z_RLE)
    # Colour at full resolution: neon and skin edges smear when it is halved.
    return _encoded(image, "JPEG", quality=_FULL_QUALITY, subsampling="4:4:4")


def exact(image: Image.Image) -> Rendition:
    """Encode pixels as they are, as a PNG."""
    return _encoded(image, "PNG")


def within(image: Image.Image, limits: SourceLimits) -> Rendition:
    """Encode a picture within limits, without visible loss, at the most pixels that they allow.

    JPEG, or WebP where some of it is transparent. The same pixels and limits make the same bytes.
    """
    box = limits.box(*image.size)
    while True:
        rendition = _fine(shrunk(image, box))
        count = len(rendition.content)
        if limits.most_bytes is None or count <= limits.most_bytes or max(box) == 1:
            return rendition
        share = math.sqrt(limits.most_bytes / count) * _BELOW
        box = max(1, int(box[0] * share)), max(1, int(box[1] * share))


def _fine(image: Image.Image) -> Rendition:
    if image.mode == "RGBA":
        return _encoded(image, "WEBP", quality=_FULL_QUALITY, method=2)
    return full(image, lossless=False)


def scaled(image: Image.Image) -> dict[Size, Image.Image]:
    """Make the pixels of every derived size, each from the next larger one; none is enlarged."""
    scaled_images: dict[Size, Image.Image] = {}
    for size in sorted(SIZE_BOXES, key=lambda size: SIZE_BOXES[size], reverse=True):
        image = shrunk(image, SIZE_BOXES[size])
        scaled_images[size] = image
    return scaled_images


def small(image: Image.Image) -> Rendition:
    """Encode pixels for a page: JPEG, or WebP where some are transparent."""
    if image.mode == "RGBA":
        return _encoded(image, "WEBP", quality=_DERIVED_QUALITY, method=2)
    return _encoded(image, "JPEG", quality=_DERIVED_QUALITY)


def shrunk(image: Image.Image, box: tuple[int, int]) -> Image.Image:
    """Scale a picture down to fit inside a box; one that fits already stays as it is."""
    if image.width <= box[0] and image.height <= box[1]:
        return image
    copy = image.copy()
    # Hamming takes less than half the time of Lanczos, and rings at no edge.
    copy.thumbnail(box, Image.Resampling.HAMMING, reducing_gap=3.0)
    return copy


def _encoded(image: Image.Image, file_format: str, **options: object) -> Rendition:
    buffer = io.BytesIO()
    image.save(buffer, file_format, **options)
    return Rendition(buffer.getvalue(), Image.MIME[file_format], image.width, image.height)
