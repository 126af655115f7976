"""The family of a colour, so that a library can be searched by colour as people name it."""

import colorsys
import re
from collections.abc import Iterable
from itertools import pairwise

_HEX = re.compile(r"#[0-9a-f]{6}", re.IGNORECASE)
_BLACK_BELOW, _WHITE_ABOVE, _GREY_BELOW, _BROWN_BELOW = 0.12, 0.9, 0.12, 0.45
# Where each family of hues begins, in degrees on the colour wheel.
_HUES = (
    (0, "red"),
    (16, "orange"),
    (46, "yellow"),
    (70, "green"),
    (165, "cyan"),
    (195, "blue"),
    (255, "purple"),
    (290, "pink"),
    (345, "red"),
    (361, ""),
)
COLOR_FAMILIES = (
    "red", "orange", "brown", "yellow", "green", "cyan", "blue", "purple", "pink",
    "black", "grey", "white",
)  # fmt: skip


def color_family(color: str) -> str | None:
    """Name the family of `#rrggbb`, or of a family's own name; None for anything else."""
    word = color.strip().lower().replace("gray", "grey")
    if word in COLOR_FAMILIES:
        return word
    if not _HEX.fullmatch(word):
        return None
    red, green, blue = (int(word[start : start + 2], 16) / 255 for start in (1, 3, 5))
    return _family_of(*colorsys.rgb_to_hls(red, green, blue))


def color_families(colors: Iterable[str]) -> list[str]:
    """Name the families among these colours, each once, in order."""
    return list(dict.fromkeys(family for color in colors if (family := color_family(color))))


def _family_of(hue: float, lightness: float, saturation: float) -> str:
    if lightness < _BLACK_BELOW:
        return "black"
    if lightness > _WHITE_ABOVE:
        return "white"
    if saturation < _GREY_BELOW:
        return "grey"
    degrees = hue * 360
    name = next(name for (start, name), (end, _) in pairwise(_HUES) if start <= degrees < end)
    return "brown" if name == "orange" and lightness < _BROWN_BELOW else name
