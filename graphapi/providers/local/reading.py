"""Read the source picture of a local job."""

import io

from PIL import Image, UnidentifiedImageError

from graphapi.domain.failures import JobErrorCode
from graphapi.errors import Rejected

# What is stored was encoded by this server, in one of these.
_FORMATS = ("JPEG", "PNG", "WEBP")


def read_picture(content: bytes | None, longest_side: int) -> Image.Image:
    """Decode a picture to RGB, shrunk to fit; raises Rejected when there is none to be read."""
    if content is None:
        raise Rejected(JobErrorCode.SOURCE_MISSING, "The image has no picture to work from.")
    try:
        with Image.open(io.BytesIO(content), formats=_FORMATS) as opened:
            opened.draft("RGB", (longest_side, longest_side))
            picture = opened.convert("RGB")
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, ValueError) as fault:
        raise Rejected(
            JobErrorCode.INVALID_INPUT, "The source picture cannot be read. Upload it again."
        ) from fault
    picture.thumbnail((longest_side, longest_side), Image.Resampling.BICUBIC, reducing_gap=2)
    return picture
