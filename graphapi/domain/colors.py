"""Colours as people see them: where they lie in OKLab, and the family that each is named by.

OKLab (Björn Ottosson, 2020) has equal distances where colours look equally different. Its
lightness runs from 0 to 1; its chroma, from 0 for grey to 0.32, tells how colourful it looks.
"""

import math
import re
from collections.abc import Iterable
from itertools import pairwise

Rgb = tuple[int, int, int]
Lab = tuple[float, float, float]

_HEX = re.compile(r"#[0-9a-f]{6}", re.IGNORECASE)
_KNEE = 0.04045
# Where each family of hues begins, in degrees around OKLab's grey.
_HUES = (
    (0, "pink"),
    (10, "red"),
    (36, "orange"),
    (80, "yellow"),
    (115, "green"),
    (175, "cyan"),
    (215, "blue"),
    (285, "purple"),
    (335, "pink"),
    (361, ""),
)
COLOR_FAMILIES = (
    "red", "orange", "brown", "yellow", "green", "cyan", "blue", "purple", "pink",
    "black", "grey", "white",
)  # fmt: skip
_WARM = ("red", "orange", "yellow")


def color_family(color: str) -> str | None:
    """Name the family of `#rrggbb`, or of a family's own name; None for anything else."""
    word = color.strip().lower().replace("gray", "grey")
    if word in COLOR_FAMILIES:
        return word
    if not _HEX.fullmatch(word):
        return None
    lightness, green_red, blue_yellow = oklab(
        (int(word[1:3], 16), int(word[3:5], 16), int(word[5:7], 16))
    )
    chroma = math.hypot(green_red, blue_yellow)
    hue = math.degrees(math.atan2(blue_yellow, green_red)) % 360
    return _neutral(lightness, chroma) or _hued(lightness, chroma, hue)


def color_families(colors: Iterable[str]) -> list[str]:
    """Name the families among these colours, each once, in order."""
    return list(dict.fromkeys(family for color in colors if (family := color_family(color))))


def oklab(rgb: Rgb) -> Lab:
    """Place a colour of sRGB in OKLab: its lightness, then green to red, then blue to yellow."""
    red, green, blue = (_LINEAR[level] for level in rgb)
    long = (0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue) ** (1 / 3)
    middle = (0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue) ** (1 / 3)
    short = (0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue) ** (1 / 3)
    return (
        0.2104542553 * long + 0.7936177850 * middle - 0.0040720468 * short,
        1.9779984951 * long - 2.4285922050 * middle + 0.4505937099 * short,
        0.0259040371 * long + 0.7827717662 * middle - 0.8086757660 * short,
    )


# The bounds of the next two are judged by eye; the tests have the colours that were looked at.


def _neutral(lightness: float, chroma: float) -> str | None:
    """Name what looks colourless, whatever hue its numbers have."""
    if lightness < 0.18 or (lightness < 0.25 and chroma < 0.032):  # noqa: PLR2004 - judged by eye
        return "black"
    if lightness > 0.9 and chroma < 0.04:  # noqa: PLR2004 - judged by eye
        return "white"
    return "grey" if chroma < 0.032 else None  # noqa: PLR2004 - judged by eye


def _hued(lightness: float, chroma: float, hue: float) -> str:
    """Name a colour by its hue; a warm one is brown where it is dull or dark, and pink if pale."""
    name = next(name for (start, name), (end, _) in pairwise(_HUES) if start <= hue < end)
    if name == "red" and lightness > 0.7 and chroma < 0.17:  # noqa: PLR2004 - judged by eye
        return "pink"
    dull = chroma < 0.08 and lightness < 0.88  # noqa: PLR2004 - judged by eye
    dark = name == "orange" and lightness < 0.7 and chroma < 0.14  # noqa: PLR2004 - judged by eye
    return "brown" if (name in _WARM and dull) or dark else name


def _linear(level: float) -> float:
    # The transfer function of sRGB, IEC 61966-2-1: straight near black, then a power.
    straight = level / 12.92
    return straight if level <= _KNEE else ((level + 0.055) / 1.055) ** 2.4


_LINEAR = [_linear(level / 255) for level in range(256)]
