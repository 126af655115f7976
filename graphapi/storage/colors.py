"""Find the five colours of a picture in its pixels.

Colours near one another are gathered in OKLab, where equal distances look equally different, and
each group is named by a colour that is typical of it and well present.
Nothing is left to chance: the same pixels always give the same colours.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import cast

from PIL import Image

from graphapi.domain.colors import Lab, Rgb, oklab
from graphapi.storage.bars import without_bars

COLOR_COUNT = 5
_SAMPLE_SIDE = 96
_ROUNDS = 8
_OPAQUE = 128

_Counted = tuple[int, tuple[int, int, int, int]]


@dataclass(frozen=True, slots=True)
class _Swatch:
    """Pixels of nearly one colour: how many, their mean, and where that lies in OKLab."""

    count: int
    rgb: Rgb
    lab: Lab


def dominant_colors(image: Image.Image) -> tuple[str, ...]:
    """List exactly five `#rrggbb`, the most present first; RGB or RGBA in.

    They differ from one another unless the picture has fewer than five colours, which are then
    repeated. Black bars and transparent pixels are left out, unless there is nothing else.
    """
    palette = [_hex(swatch.rgb) for swatch in _gathered(_swatches(_counted(image)))]
    return tuple(palette[index % len(palette)] for index in range(COLOR_COUNT))


def _counted(image: Image.Image) -> list[_Counted]:
    sample = without_bars(image) if image.mode == "RGB" else image.copy()
    sample.thumbnail((_SAMPLE_SIDE, _SAMPLE_SIDE), Image.Resampling.BOX)
    every = cast("list[_Counted]", sample.convert("RGBA").getcolors(_SAMPLE_SIDE**2))
    return [pixel for pixel in every if pixel[1][3] >= _OPAQUE] or every


def _swatches(counted: Sequence[_Counted]) -> list[_Swatch]:
    # Sixteen steps for each channel; a nearly flat picture keeps its every shade.
    for step in (16, 1):
        sums = _sums(counted, step)
        if len(sums) >= COLOR_COUNT:
            break
    swatches = [_swatch(*each) for each in sums]
    return sorted(swatches, key=lambda swatch: (-swatch.count, swatch.rgb))


def _sums(counted: Sequence[_Counted], step: int) -> Collection[list[int]]:
    """Add up the pixels of each bin: how many, then their red, green and blue."""
    sums: dict[Rgb, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    for count, (red, green, blue, _) in counted:
        one = sums[red // step, green // step, blue // step]
        one[0] += count
        one[1] += count * red
        one[2] += count * green
        one[3] += count * blue
    return sums.values()


def _swatch(count: int, red: int, green: int, blue: int) -> _Swatch:
    # The mean lies inside the bin, so the colours of two bins are never the same.
    rgb = (red // count, green // count, blue // count)
    return _Swatch(count, rgb, oklab(rgb))


def _gathered(swatches: Sequence[_Swatch]) -> list[_Swatch]:
    # k-means; the first centres are far apart and well present, so that an accent is not lost.
    groups = _grouped(swatches, [swatch.lab for swatch in _spread(swatches)])
    for _ in range(_ROUNDS):
        before, groups = groups, _grouped(swatches, [_mean(group) for group in groups])
        if groups == before:
            break
    groups.sort(key=lambda group: (-sum(swatch.count for swatch in group), group[0].rgb))
    named = [_name(group) for group in groups]
    spare = [swatch for swatch in swatches if swatch not in named]
    return [*named, *spare[: COLOR_COUNT - len(named)]]


def _name(group: Sequence[_Swatch]) -> _Swatch:
    # The most typical of the colours that are well present; the first is the most present.
    centre, enough = _mean(group), group[0].count / 3
    present = [swatch for swatch in group if swatch.count >= enough]
    return min(present, key=lambda swatch: _gap(swatch.lab, centre))


def _spread(swatches: Sequence[_Swatch]) -> list[_Swatch]:
    chosen = [swatches[0]]
    while len(chosen) < min(COLOR_COUNT, len(swatches)):
        rest = [swatch for swatch in swatches if swatch not in chosen]
        chosen.append(
            max(rest, key=lambda s: s.count**0.5 * min(_gap(s.lab, c.lab) for c in chosen))
        )
    return chosen


def _grouped(swatches: Sequence[_Swatch], centres: Sequence[Lab]) -> list[list[_Swatch]]:
    groups: list[list[_Swatch]] = [[] for _ in centres]
    for swatch in swatches:
        x, y, z = swatch.lab
        gaps = [(x - a) ** 2 + (y - b) ** 2 + (z - c) ** 2 for a, b, c in centres]
        groups[gaps.index(min(gaps))].append(swatch)
    return [group for group in groups if group]


def _mean(group: Sequence[_Swatch]) -> Lab:
    total = sum(swatch.count for swatch in group)
    lightness, green_red, blue_yellow = (
        sum(swatch.count * swatch.lab[axis] for swatch in group) / total for axis in range(3)
    )
    return lightness, green_red, blue_yellow


def _gap(one: Lab, other: Lab) -> float:
    return (one[0] - other[0]) ** 2 + (one[1] - other[1]) ** 2 + (one[2] - other[2]) ** 2


def _hex(rgb: Rgb) -> str:
    red, green, blue = rgb
    return f"#{red:02x}{green:02x}{blue:02x}"
