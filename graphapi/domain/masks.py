"""Masks: pictures that tell which part of another to make anew, and are scaled along with it."""

import base64
from collections.abc import Sequence
from dataclasses import replace

from graphapi.domain.images import Picture
from graphapi.domain.normalisation import Handling, Normalisation
from graphapi.domain.parameters import MaskSize, Parameter, Unfit
from graphapi.domain.picture_marks import looks_like_picture, png_has_alpha, png_size
from graphapi.domain.sources import SourceLimits

_DATA = "data:"


def content_of(address: str) -> bytes | None:
    """Read the bytes that a checked data URI carries; None for an address to fetch."""
    if address[: len(_DATA)].lower() != _DATA:
        return None
    return base64.b64decode(address.partition(",")[2])


def check_mask(
    parameter: Parameter, address: str, sources: Sequence[Picture] | None, limits: SourceLimits
) -> None:
    """Check that a mask can lie on the first of the sources, None while unknown; raises Unfit.

    One that has yet to be fetched cannot be scaled along with its picture.
    """
    if parameter.mask is None:
        return
    content = content_of(address)
    if content is not None:
        _check_picture(content, parameter.mask)
    if sources is None:
        return
    if not sources:
        raise Unfit("lies on a picture, and none is given. Leave it out, or ask `editImage`.")
    picture = sources[0]
    if content is None:
        if is_scaled(picture, limits):
            raise Unfit(
                f"is to be fetched, but its picture is too large, so a copy is sent that keeps "
                f"within {limits.in_words()}. Give the mask as a data URI: it is scaled with it."
            )
    elif parameter.mask is not MaskSize.ANY:
        _check_equal(content, picture)


def told_of_mask(
    parameter: Parameter,
    note: Normalisation,
    sources: Sequence[Picture] | None,
    limits: SourceLimits,
) -> Normalisation:
    """Tell of a mask that it is scaled, where a smaller copy is sent of its picture."""
    if parameter.mask is None or not sources or not is_scaled(sources[0], limits):
        return note
    width, height = limits.box(sources[0].width, sources[0].height)
    # Bytes may be what is too many: then only the making of the copy tells how large it is.
    most = "" if limits.most_bytes is None else "at most "
    sent = f"data:image/png;base64,... ({most}{width} x {height})"
    reason = "It is scaled to the smaller copy that is sent of its picture."
    return replace(note, sent=sent, handling=Handling.CLAMPED, reason=reason)


def is_scaled(picture: Picture, limits: SourceLimits) -> bool:
    """Tell whether a smaller copy is sent of a picture, so that its mask must be scaled too."""
    return not limits.admits(picture.width, picture.height, picture.byte_count)


def _check_picture(content: bytes, wanted: MaskSize) -> None:
    if wanted is MaskSize.ANY:
        if not looks_like_picture(content):
            raise Unfit("is no picture. Give a PNG as data:image/png;base64, and the bytes.")
    elif png_size(content) is None:
        raise Unfit("is no PNG. Give it as data:image/png;base64, and the bytes.")
    elif wanted is MaskSize.TRANSPARENT and not png_has_alpha(content):
        raise Unfit("has no transparency. Make the PNG transparent where the picture is to change.")


def _check_equal(content: bytes, picture: Picture) -> None:
    width, height = png_size(content) or (0, 0)
    if (width, height) != (picture.width, picture.height):
        raise Unfit(
            f"has {width} x {height} pixels, and its picture {picture.width} x {picture.height}. "
            "Make it as large as its picture."
        )
