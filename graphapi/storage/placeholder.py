"""Make the blurred placeholder that is shown while a picture loads."""

import base64

import thumbhash  # type: ignore[import-untyped]  # it ships no types
from PIL import Image

# ThumbHash keeps a handful of frequencies; more pixels cost time and change nothing.
_SIDE = 32


def placeholder(image: Image.Image) -> str:
    """Make a base64 ThumbHash (evanw.github.io/thumbhash), some 25 bytes; RGB in."""
    # The encoder fails on transparency, so it gets opaque pixels alone.
    small = image.convert("RGB")
    small.thumbnail((_SIDE, _SIDE), Image.Resampling.BOX)
    pixels = list(small.convert("RGBA").tobytes())
    return base64.b64encode(bytes(thumbhash.rgba_to_thumb_hash(*small.size, pixels))).decode()
