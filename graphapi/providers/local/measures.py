"""What can honestly be said of a picture by measuring its pixels."""

import colorsys
from collections import Counter
from dataclasses import dataclass

from PIL import Image, ImageStat

from graphapi.domain.colors import color_family
from graphapi.providers.local.subject import find_subject

_MINI = 64


@dataclass(frozen=True, slots=True)
class Measures:
    """The measured facts of one picture; all but `ratio` and `warmth` run from 0 to 1.

    `ratio` is width to height. `brightness` is the mean luma and `contrast` its spread, both as
    parts of the greatest possible. `warmth` is red less blue, -1 to 1. `colors` are the names of
    the colours that strike most, each with its share: what it covers, vivid pixels counting up
    to three times as much as grey ones. `weight` is where the eye goes, from the upper left.
    """

    ratio: float
    brightness: float
    contrast: float
    saturation: float
    warmth: float
    colors: tuple[tuple[str, float], ...]
    weight: tuple[float, float]


def measure(picture: Image.Image) -> Measures:
    """Measure an RGB picture; the same pixels always give the same answer."""
    mini = picture.resize((_MINI, _MINI), Image.Resampling.BOX)
    luma = ImageStat.Stat(mini.convert("L"))
    red, _, blue = ImageStat.Stat(mini).mean
    return Measures(
        ratio=picture.width / picture.height,
        brightness=luma.mean[0] / 255,
        contrast=luma.stddev[0] / 127.5,
        saturation=_saturation(mini),
        warmth=(red - blue) / 255,
        colors=_colors(mini),
        weight=find_subject(picture).point,
    )


def _pixels(mini: Image.Image) -> list[tuple[int, int, int]]:
    values = iter(mini.tobytes())
    return list(zip(values, values, values, strict=True))


def _saturation(mini: Image.Image) -> float:
    """Average how colourful the pixels are; dark and pale ones count little."""
    return sum(max(pixel) - min(pixel) for pixel in _pixels(mini)) / (255 * _MINI * _MINI)


def _colors(mini: Image.Image) -> tuple[tuple[str, float], ...]:
    few = mini.quantize(24, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE).convert("RGB")
    shares: Counter[str] = Counter()
    for pixel, count in Counter(_pixels(few)).items():
        shares[_shade(*pixel)] += count * (128 + max(pixel) - min(pixel))
    return tuple((name, share / shares.total()) for name, share in shares.most_common())


def _shade(red: int, green: int, blue: int) -> str:
    """Name a colour as people do: its family, called dark or pale where it is."""
    family = color_family(f"#{red:02x}{green:02x}{blue:02x}") or "grey"
    if family in ("black", "white"):
        return family
    lightness = colorsys.rgb_to_hls(red / 255, green / 255, blue / 255)[1]
    prefix = "dark " if lightness < 0.25 else "pale " if lightness > 0.75 else ""  # noqa: PLR2004 - quarters
    return prefix + family
