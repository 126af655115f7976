"""What may be asked of a variation, and what a plan for several of them is."""

from dataclasses import dataclass, field
from enum import StrEnum

MAX_VARIATIONS = 12
MAX_DETAIL_LENGTH = 500


class ModificationMode(StrEnum):
    """What kind of variation to make."""

    SHOT_VARIATION = "shot-variation"
    B_ROLL = "b-roll"
    ACTION_SHOT = "action-shot"
    STYLE_VARIATION = "style-variation"
    SUBTLE_VARIATION = "subtle-variation"
    COVERAGE = "coverage"


class ShotType(StrEnum):
    """The sixteen shots, in the order in which any first N are a spread."""

    WS = "WS"
    CU = "CU"
    OTS = "OTS"
    LOW = "LOW"
    EWS = "EWS"
    MCU = "MCU"
    PROF = "PROF"
    HIGH = "HIGH"
    MS = "MS"
    ECU = "ECU"
    BACK = "BACK"
    POV = "POV"
    COWBOY = "COWBOY"
    TOP = "TOP"
    DUTCH = "DUTCH"
    HANDS = "HANDS"


@dataclass(frozen=True, slots=True)
class Position:
    """Where an image left off: how many shots, and how many beats of each mode, it has used."""

    shots: int = 0
    beats: dict[ModificationMode, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class VariationRequest:
    """One request for variations, with what the stored image adds to it.

    `description` is what an analysis said of the image, and anchors identity and place.
    """

    mode: ModificationMode
    count: int
    detail: str | None = None
    group: str | None = None
    shot_types: tuple[ShotType, ...] | None = None
    description: str | None = None
    position: Position = field(default_factory=Position)


@dataclass(frozen=True, slots=True)
class PlannedVariation:
    """One variation of a plan. `shot_type` is null where the mode or a detail decides the shot."""

    prompt: str
    shot_type: ShotType | None
    beat: int | None


@dataclass(frozen=True, slots=True)
class Plan:
    """The variations in order, and where the image stands once they are scheduled."""

    variations: tuple[PlannedVariation, ...]
    position: Position
