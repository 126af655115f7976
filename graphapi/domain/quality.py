"""What is doubtful about a picture that a model made. It is told, never hidden."""

from dataclasses import dataclass
from enum import StrEnum

from graphapi.domain.shapes import Shape

# A picture at a glance has so many pixels on each side.
GLANCE_SIDE = 32
# More than this is another shape, unless it comes of rounding a side to whole blocks: 21:9 is made
# at 1584 by 672, and is 1.02 percent off.
_MOST_ASKEW = 0.01
_BLOCK = 16
# Levels of 255. A compressed flat picture wavers by less than the first; a copy that was merely
# encoded again differs by less than the second on average, and nowhere by more than the third.
_FLAT = 6
_ALIKE_ON_AVERAGE = 1.5
_ALIKE_ANYWHERE = 12


class QualityFlagKind(StrEnum):
    """What may be wrong with a picture that was made."""

    WRONG_RATIO = "WRONG_RATIO"
    BLANK = "BLANK"
    COPY_OF_SOURCE = "COPY_OF_SOURCE"


@dataclass(frozen=True, slots=True)
class QualityFlag:
    """One doubt about a picture; `message` is a sentence for a person."""

    kind: QualityFlagKind
    message: str


@dataclass(frozen=True, slots=True)
class Glance:
    """A picture at a glance: its true size, and its pixels squeezed into a small square.

    `pixels` are red, green and blue in turn, GLANCE_SIDE of them on each side.
    """

    width: int
    height: int
    pixels: bytes


def doubts(made: Glance, *sources: Glance, shape: Shape | None = None) -> tuple[QualityFlag, ...]:
    """Tell what is doubtful about a picture, beside its sources and the shape that was sent.

    Without a `shape`, that was left to the model.
    """
    found = []
    if shape is not None and _is_askew(made, shape):
        message = f"{_told(shape)}, and this is {made.width} by {made.height} pixels."
        found.append(QualityFlag(QualityFlagKind.WRONG_RATIO, message))
    if _is_blank(made):
        message = "The picture is of one colour all over."
        found.append(QualityFlag(QualityFlagKind.BLANK, message))
    elif any(_is_copy(made, source) for source in sources):
        message = "The picture is the source again: nothing that a person would see was changed."
        found.append(QualityFlag(QualityFlagKind.COPY_OF_SOURCE, message))
    return tuple(found)


def _is_askew(made: Glance, shape: Shape) -> bool:
    wanted = made.height * shape.width / shape.height
    return abs(made.width - wanted) > max(_MOST_ASKEW * wanted, _BLOCK)


def _told(shape: Shape) -> str:
    if shape.asked is None:
        return f"No shape was asked for and {shape.sent} was sent"
    if shape.asked == shape.sent:
        return f"{shape.asked} was asked for"
    return f"{shape.asked} was asked for and {shape.sent} was sent"


def _is_blank(made: Glance) -> bool:
    channels = (made.pixels[band::3] for band in range(3))
    return all(max(channel) - min(channel) <= _FLAT for channel in channels)


def _is_copy(made: Glance, source: Glance) -> bool:
    gaps = [abs(one - other) for one, other in zip(made.pixels, source.pixels, strict=True)]
    return max(gaps) <= _ALIKE_ANYWHERE and sum(gaps) <= _ALIKE_ON_AVERAGE * len(gaps)
