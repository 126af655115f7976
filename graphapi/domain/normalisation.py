"""What became of each thing that was asked of a model, for a person to see."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from graphapi.domain.picture_marks import png_size

_DATA = "data:"
# Room for the head of a PNG, as base64.
_HEAD = 64


class Handling(StrEnum):
    """What became of something that was asked."""

    PASSED = "PASSED"
    RENAMED = "RENAMED"
    CONVERTED = "CONVERTED"
    CLAMPED = "CLAMPED"
    OVERRULED = "OVERRULED"
    EMULATED = "EMULATED"
    DEFAULTED = "DEFAULTED"


@dataclass(frozen=True, slots=True)
class Normalisation:
    """What became of one parameter: `asked` by our name, `sent` under the provider's.

    `sent_as` is None where nothing is sent; `reason` is a sentence.
    """

    parameter: str
    asked: Any
    sent: Any
    sent_as: str | None
    handling: Handling
    reason: str


def abridged(value: Any) -> Any:
    """Tell of each file in a data URI what it is, instead of its bytes, however deep it lies."""
    if isinstance(value, str) and value[: len(_DATA)].lower() == _DATA:
        return _in_short(value)
    if isinstance(value, Mapping):
        return {name: abridged(each) for name, each in value.items()}
    return [abridged(each) for each in value] if isinstance(value, list | tuple) else value


def _in_short(address: str) -> str:
    kind, comma, data = address.partition(",")
    if not comma or len(data) <= _HEAD:
        return address
    size = png_size(_head(data))
    pixels = f", {size[0]} x {size[1]}" if size else ""
    return f"{kind},... ({len(data) * 3 // 4 - data[-2:].count('=')} bytes{pixels})"


def _head(data: str) -> bytes:
    try:
        return base64.b64decode(data[:_HEAD], validate=True)
    except ValueError:
        return b""
