"""How large a picture is asked for, where a model makes just the sizes of a table.

`size`, `aspect_ratio` and `resolution` may all be asked. `size` comes first: WxH decides shape and
scale, W:H the shape alone; then shape and resolution together, then either alone. What decides is
the nearest that the model makes. Source: docs.lumenfall.ai, unified model behaviour.
"""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from graphapi.domain.normalisation import Handling, Normalisation
from graphapi.errors import Refused, UserErrorCode

Pixels: TypeAlias = tuple[int, int]
# For each shape, such as `16:9`, the width and height of each tier, such as `2K`.
Sizes: TypeAlias = Mapping[str, Mapping[str, Pixels]]

SIZE, RATIO, RESOLUTION = "size", "aspect_ratio", "resolution"
AUTO = "auto"

_PIXELS = re.compile(r"([1-9]\d{0,4})[xX×]([1-9]\d{0,4})")  # noqa: RUF001 - people type that sign
_SHAPE = re.compile(r"(\d{1,5}(?:\.\d{1,3})?):(\d{1,5}(?:\.\d{1,3})?)")
_TIER = re.compile(r"(\d{1,3}(?:\.\d{1,3})?)([kK]?)")
_K = 1024
# How it is measured what is nearest to each.
_NEAREST = {
    RATIO: "by how many times the one shape is as wide as the other",
    RESOLUTION: "by how many times the one side of a square is the other",
    SIZE: "first in shape, then in area, each by how many times the one is the other",
}


@dataclass(frozen=True, slots=True)
class Framed:
    """What is sent, by the provider's names; `used` are those asked that decided it.

    Of these, `met` are those that get just what was asked, and not the nearest to it.
    `clamped`: the size asked for was outside of what the model makes.
    """

    wire: Mapping[str, str]
    used: frozenset[str]
    clamped: bool = False
    met: frozenset[str] = frozenset()


def frame(
    sizes: Sizes, size: str | None = None, ratio: str | None = None, resolution: str | None = None
) -> Framed:
    """Settle the size of a picture by what was asked, each None where it was not.

    Framing what is sent once more changes nothing. Raises Refused for what is no size, shape or
    resolution.
    """
    pixels, by_size = _read_size(size)
    if pixels is not None:
        return _of_pixels(sizes, pixels)
    shape = by_size or _read_ratio(ratio)
    side = _read_resolution(resolution)
    source = SIZE if by_size else RATIO
    if shape is not None and side is not None:
        name = nearest_shape(sizes, shape)
        tier = nearest_tier(sizes[name], side)
        met = _met(source, shape, name) | _of_tier(side, tier)
        both = frozenset({source, RESOLUTION})
        return Framed({SIZE: _written(sizes[name][tier])}, both, met=met)
    left = {RESOLUTION: AUTO} if resolution == AUTO else {}
    if shape is not None:
        name = nearest_shape(sizes, shape)
        used = frozenset({source, *left})
        return Framed({RATIO: name} | left, used, met=_met(source, shape, name) | frozenset(left))
    if side is not None:
        tiers = next(iter(sizes.values()))
        tier = nearest_tier(tiers, side)
        return Framed({RESOLUTION: tier}, frozenset({RESOLUTION}), met=_of_tier(side, tier))
    left |= {SIZE: AUTO} if size == AUTO else {}
    return Framed(left, frozenset(left), met=frozenset(left))


def _met(source: str, shape: float, name: str) -> frozenset[str]:
    return frozenset({source} if math.isclose(shape, _shape(name)) else ())


def _of_tier(side: float, tier: str) -> frozenset[str]:
    return frozenset({RESOLUTION} if _read_resolution(tier) == side else ())


def reframed(sizes: Sizes, notes: Sequence[Normalisation]) -> list[Normalisation]:
    """Settle the size of a picture among what is to be sent, and say what became of each part."""
    asked = {note.sent_as: note for note in notes if note.sent_as in (SIZE, RATIO, RESOLUTION)}
    spoken = {name: note.sent for name, note in asked.items()}
    default = RESOLUTION in asked and asked[RESOLUTION].handling is Handling.DEFAULTED
    if default and spoken.get(SIZE) == AUTO:
        del spoken[RESOLUTION]  # who asks for auto leaves it to the model, not to a default
    framed = frame(sizes, spoken.get(SIZE), spoken.get(RATIO), spoken.get(RESOLUTION))
    return [
        changed
        for note in notes
        if (changed := _told(note, framed) if note.sent_as in asked else note) is not None
    ]


def nearest_shape(sizes: Sizes, shape: float) -> str:
    """Find the shape nearest to width by height, by how many times the one is the other.

    7:1 is nearer to 8:1 than to 4:1, and 1:7 to 1:8 just as much: so logarithms are compared.
    """
    return min(sizes, key=lambda name: abs(math.log(_shape(name) / shape)))


def nearest_tier(tiers: Mapping[str, Pixels], side: float) -> str:
    """Find the tier whose pictures are nearest in size to a square of this side."""
    return min(tiers, key=lambda name: abs(math.log(_side(tiers[name]) / side)))


def tier_of(sizes: Sizes, size: str | None) -> str | None:
    """Find the tier of a size as it is sent; None for anything else, such as a shape or `auto`."""
    named = ((tier, pixels) for tiers in sizes.values() for tier, pixels in tiers.items())
    return next((tier for tier, pixels in named if _written(pixels) == size), None)


def clamped(pixels: tuple[float, float], least: int, most: int) -> Pixels:
    """Scale a size until both sides are within the limits, in pixels, with its ratio kept.

    Only a ratio that no size within them has is given up: then each side goes to its limit.
    """
    longest, shortest = max(pixels), min(pixels)
    scale = min(1.0, most / longest)
    scale = max(scale, least / shortest)
    width, height = (min(most, max(least, round(side * scale))) for side in pixels)
    return width, height


def _of_pixels(sizes: Sizes, pixels: Pixels) -> Framed:
    width, height = pixels
    name = nearest_shape(sizes, width / height)
    # The same area in the nearest shape, then within what the model makes, then the nearest tier.
    side, stretch = _side(pixels), math.sqrt(_shape(name))
    wanted = (side * stretch, side / stretch)
    sides = [each for made in sizes.values() for size in made.values() for each in size]
    inside = clamped(wanted, min(sides), max(sides))
    tier = nearest_tier(sizes[name], _side(inside))
    outside = inside != (round(wanted[0]), round(wanted[1]))
    met = frozenset({SIZE} if sizes[name][tier] == pixels else ())
    return Framed({SIZE: _written(sizes[name][tier])}, frozenset({SIZE}), outside, met)


def _told(note: Normalisation, framed: Framed) -> Normalisation | None:
    """Say what became of one part; None for a default that nobody asked for and nobody needs."""
    name = note.sent_as or ""
    if name not in framed.used:
        if note.handling is Handling.DEFAULTED:
            return None
        handling, reason = Handling.OVERRULED, f"`{SIZE}` comes before it, so this is not sent."
        if note.sent == AUTO:
            handling = Handling.CONVERTED
            reason = "It leaves the size to the rest, which is sent instead."
        return replace(note, sent=None, sent_as=None, handling=handling, reason=reason)
    sent_as = name if name in framed.wire else (SIZE if SIZE in framed.wire else RATIO)
    sent = framed.wire[sent_as]
    if (sent_as, sent) == (name, note.sent):
        return note
    if note.handling is Handling.DEFAULTED:
        return replace(note, sent=sent, sent_as=sent_as)
    met = name in framed.met
    handling = Handling.CONVERTED if met else Handling.CLAMPED
    reason = _reason(name, sent_as, sent, note.sent, met=met, outside=framed.clamped)
    return replace(note, sent=sent, sent_as=sent_as, handling=handling, reason=reason)


def _reason(  # noqa: PLR0913 - all that the sentence is made of, by name
    name: str, sent_as: str, sent: str, asked: str, *, met: bool, outside: bool
) -> str:
    if met and sent_as == SIZE:
        return f"Shape and resolution go out together, as the model makes them: {sent}."
    if met:
        return f"It goes out as `{sent_as}`, which means the same."
    lacks = "is outside of what the model makes" if outside else "is not among what the model makes"
    return f"{asked} {lacks}; {sent} is the nearest that it does, {_NEAREST[name]}."


def _read_size(size: str | None) -> tuple[Pixels | None, float | None]:
    """Read a size as pixels or as a shape; neither for `auto`, or for none."""
    if size is None or size == AUTO:
        return None, None
    if found := _PIXELS.fullmatch(size):
        return (int(found[1]), int(found[2])), None
    shape = _ratio_of(size)
    if shape is None:
        message = f"`size` is {size[:40]!r}. Give pixels such as 1365x768, a shape, or auto."
        raise Refused(UserErrorCode.INVALID_INPUT, message, ("options", "size"))
    return None, shape


def _read_ratio(ratio: str | None) -> float | None:
    if ratio is None or ratio == AUTO:
        return None
    shape = _ratio_of(ratio)
    if shape is None:
        message = f"{ratio[:40]!r} is no shape. Give width to height, such as 16:9."
        raise Refused(UserErrorCode.RATIO_UNSUPPORTED, message, ("aspectRatio",))
    return shape


def _read_resolution(resolution: str | None) -> float | None:
    """Read a resolution as the side of a square: thousands of pixels, or megapixels."""
    if resolution is None or resolution == AUTO:
        return None
    found = _TIER.fullmatch(resolution)
    number = float(found[1]) if found else 0.0
    if found is None or not number:
        message = (
            f"`resolution` is {resolution[:40]!r}. Give 1K, 2K or 4K, megapixels such as 0.25, or "
            "auto."
        )
        raise Refused(UserErrorCode.INVALID_INPUT, message, ("options", "resolution"))
    return number * _K if found[2] else math.sqrt(number) * _K


def _ratio_of(text: str) -> float | None:
    found = _SHAPE.fullmatch(text)
    wide, high = (float(found[1]), float(found[2])) if found else (0.0, 0.0)
    return wide / high if wide and high else None


def _shape(name: str) -> float:
    shape = _ratio_of(name)
    if shape is None:
        raise ValueError(f"{name} is no shape")
    return shape


def _side(pixels: tuple[float, float]) -> float:
    return math.sqrt(pixels[0] * pixels[1])


def _written(pixels: Pixels) -> str:
    return f"{pixels[0]}x{pixels[1]}"
