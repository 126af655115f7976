"""Which shape a provider was told, read off what was sent to it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from graphapi.domain.framing import SIZE, Sizes
from graphapi.domain.images import AspectRatio
from graphapi.domain.models import Model
from graphapi.domain.normalisation import Handling, Normalisation

_RATIO = re.compile(r"(\d{1,5}(?:\.\d{1,3})?):(\d{1,5}(?:\.\d{1,3})?)")
_PIXELS = re.compile(r"(\d{1,5})x(\d{1,5})")


@dataclass(frozen=True, slots=True)
class Shape:
    """A shape that was sent, of any unit: `sent` says it in words, `asked` what it was sent for.

    `asked` is None where nobody asked for a shape.
    """

    width: float
    height: float
    sent: str
    asked: str | None = None


def shape_sent(
    model: Model, wire: Mapping[str, Any], notes: Sequence[Normalisation] = ()
) -> Shape | None:
    """Tell the shape among what is sent; None where that is left to the model, or unknown."""
    field = SIZE if model.sizes and SIZE in wire else model.ratio_field
    value = wire.get(field)
    told = _told(model, value)
    if told is None:
        return None
    asked = (note.asked for note in notes if note.sent_as == field and note.asked is not None)
    return Shape(*told, _words(value), next((_words(each) for each in asked), None))


def ratio_sent(
    model: Model, wire: Mapping[str, Any], notes: Sequence[Normalisation], ratio: str
) -> str:
    """Tell the shape of a variation by its name: that of the argument unless a size overrules it.

    Where that has none of the shapes of variations, the argument's is told all the same.
    """
    if not any(note.handling is Handling.OVERRULED and note.asked == ratio for note in notes):
        return ratio
    shape = shape_sent(model, wire, notes)
    name = f"{shape.width:g}:{shape.height:g}" if shape else ratio
    return name if name in set(AspectRatio) else ratio


def _told(model: Model, value: Any) -> tuple[float, float] | None:
    if isinstance(value, Mapping):
        return _pair((value.get("width"), value.get("height")))
    if not isinstance(value, str):
        return None
    preset = model.parameter_sent_as(model.ratio_field)
    pixels = preset.dimensions(value) if preset else None
    if pixels is not None:
        return pixels
    named = (ratio for ratio, sent in model.ratio_values.items() if sent == value)
    # The sizes of a table are rounded, and what comes is as near to the shape as can be.
    tabled = _tabled(model.sizes, value)
    return _read(tabled or next(named, value))


def _tabled(sizes: Sizes, value: str) -> str | None:
    named = ((name, size) for name, tiers in sizes.items() for size in tiers.values())
    return next((name for name, size in named if f"{size[0]}x{size[1]}" == value), None)


def _read(text: str) -> tuple[float, float] | None:
    found = _RATIO.fullmatch(text) or _PIXELS.fullmatch(text)
    return _pair((float(found[1]), float(found[2]))) if found else None


def _pair(sides: tuple[Any, Any]) -> tuple[float, float] | None:
    plain = all(isinstance(side, int | float) and side > 0 for side in sides)
    return sides if plain else None


def _words(value: Any) -> str:
    if isinstance(value, Mapping):
        return f"{value.get('width')}x{value.get('height')}"
    return str(value)
