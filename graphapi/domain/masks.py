"""Masks: pictures that tell which part of another to make anew, and are scaled along with it."""

import base64
import struct
from collections.abc import Sequence
from dataclasses import replace

from graphapi.domain.images import Picture
from graphapi.domain.normalisation import Handling, Normalisation
from graphapi.domain.parameters import MaskSize, Parameter, Unfit
from graphapi.domain.sources import SourceLimits

_PNG, _HEADER = b"\x89PNG\r\n\x1a\n", b"IHDR"
_HEADER_ENDS = 24
_DATA = "data:"


def content_of(address: str) -> bytes | None:
    """Read the bytes that a checked data URI carries; None for an address to fetch."""
    if address[: len(_DATA)].lower() != _DATA:
        return None
    return base64.b64decode(address.partition(",")[2])


def check_mask(
    parameter: Parameter, address: str, sources: Sequence[Picture], limits: SourceLimits
) -> None:
    """Check that a mask can lie on the first of the sources; raises Unfit.

    One that has yet to be fetched cannot be scaled along with its picture.
    """
    if parameter.mask is None or not sources:
        return
    picture, content = sources[0], content_of(address)
    if content is None:
        if is_scaled(picture, limits):
            raise Unfit(
                f"is to be fetched, but its picture is too large, so a copy is sent that keeps "
                f"within {limits.in_words()}. Give the mask as a data URI: it is scaled with it."
            )
    elif parameter.mask is MaskSize.EQUAL:
        _check_equal(content, picture)


def told_of_mask(
    parameter: Parameter, note: Normalisation, sources: Sequence[Picture], limits: SourceLimits
) -> Normalisation:
    """Tell of a mask that it is scaled, where a smaller copy is sent of its picture."""
    if parameter.mask is None or not sources or not is_scaled(sources[0], limits):
        return note
    reason = "It is scaled to the smaller copy that is sent of its picture."
    return replace(note, handling=Handling.CLAMPED, reason=reason)


def is_scaled(picture: Picture, limits: SourceLimits) -> bool:
    """Tell whether a smaller copy is sent of a picture, so that its mask must be scaled too."""
    return not limits.admits(picture.width, picture.height, picture.byte_count)


def _check_equal(content: bytes, picture: Picture) -> None:
    if not content.startswith(_PNG) or content[12:16] != _HEADER or len(content) < _HEADER_ENDS:
        raise Unfit("is no PNG. Give it as data:image/png;base64, and the bytes.")
    width, height = struct.unpack(">II", content[16:_HEADER_ENDS])
    if (width, height) != (picture.width, picture.height):
        raise Unfit(
            f"has {width} x {height} pixels, and its picture {picture.width} x {picture.height}. "
            "Make it as large as its picture."
        )
