"""What became of each thing that was asked of a model, for a person to see."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Handling(StrEnum):
    """What became of something that was asked."""

    PASSED = "PASSED"
    RENAMED = "RENAMED"
    CONVERTED = "CONVERTED"
    CLAMPED = "CLAMPED"
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
