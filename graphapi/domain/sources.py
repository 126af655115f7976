"""What a model takes of each source picture, and how a copy that is sent instead is named.

Formats are no matter here: what is stored is JPEG or PNG, a copy is JPEG or, where some of it is
transparent, WebP, and every provider of this server takes all three.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from graphapi.domain.images import Picture
from graphapi.domain.normalisation import Handling, Normalisation

# Begins what is written down of a source in place of an address: the storage key of the bytes that
# travel inside the request. The bytes themselves would bloat rows, hashes and logs.
_INSIDE = "storage:"
_MEGA = 1_000_000


@dataclass(frozen=True, slots=True)
class SourceLimits:
    """How large each input picture may be; None where there is no limit.

    `basis` tells who says so. A request whose pictures have at most `inline_bytes` together carries
    them as data URIs; with 0 it never does.
    """

    most_bytes: int | None = None
    longest_side: int | None = None
    most_pixels: int | None = None
    inline_bytes: int = 0
    basis: str | None = None

    @property
    def name(self) -> str:
        """Name a copy that keeps within these, among the copies of one picture."""
        limits = (self.most_bytes, self.longest_side, self.most_pixels)
        return "within-" + "-".join(str(limit or 0) for limit in limits)

    def admits(self, width: int, height: int, byte_count: int) -> bool:
        """Tell whether a picture can be sent as it is."""
        fits = self.most_bytes is None or byte_count <= self.most_bytes
        return fits and self.box(width, height) == (width, height)

    def box(self, width: int, height: int) -> tuple[int, int]:
        """Tell the most pixels that a picture of this size may keep, its shape unchanged."""
        share = 1.0
        if self.longest_side is not None:
            share = min(share, self.longest_side / max(width, height))
        if self.most_pixels is not None:
            share = min(share, math.sqrt(self.most_pixels / (width * height)))
        if share == 1:
            return width, height
        return max(1, math.floor(width * share)), max(1, math.floor(height * share))

    def in_words(self) -> str:
        """Tell the limits as a part of a sentence."""
        told = []
        if self.most_bytes is not None:
            told.append(f"{self.most_bytes / _MEGA:g} MB")
        if self.longest_side is not None:
            told.append(f"{self.longest_side} pixels a side")
        if self.most_pixels is not None:
            told.append(f"{self.most_pixels / _MEGA:g} million pixels")
        return " and ".join(told)


NO_LIMITS = SourceLimits()


def told_of_copies(
    limits: SourceLimits, sent_as: str | None, pictures: Sequence[Picture]
) -> tuple[Normalisation, ...]:
    """Tell of each picture that is too large for a model that a smaller copy of it is sent."""
    most = {
        "mostBytes": limits.most_bytes,
        "longestSide": limits.longest_side,
        "mostPixels": limits.most_pixels,
    }
    sent = {name: limit for name, limit in most.items() if limit is not None}
    reason = (
        f"A copy is sent that keeps within {limits.in_words()}. The picture itself stays as it is."
    )
    return tuple(
        Normalisation(
            f"sources.{number}",
            {"width": each.width, "height": each.height, "bytes": each.byte_count},
            sent,
            sent_as,
            Handling.CLAMPED,
            reason,
        )
        for number, each in enumerate(pictures)
        if not limits.admits(each.width, each.height, each.byte_count)
    )


def inside(key: str) -> str:
    """Write down that the bytes under a storage key travel inside the request."""
    return f"{_INSIDE}{key}"


def key_inside(address: str) -> str | None:
    """Read the storage key of what travels inside the request; None for an address to fetch."""
    return address.removeprefix(_INSIDE) if address.startswith(_INSIDE) else None
